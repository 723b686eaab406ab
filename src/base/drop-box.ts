import { constants } from "node:fs";
import { chmod, lstat, mkdir, open, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Failure, failureDetail } from "./failure.ts";
import type { JsonObject } from "./json.ts";

// How a second person confirms from their own login on the same host: the operating system says whose file it is, and nobody but root
// can give a file to somebody else. No access to the requester's own folders is needed, and none is given.

const REQUEST = "request.json";
/** Others may put files in, but neither list nor take away what is not theirs. */
const BOX_MODE = 0o1733;
/** The longest answer that is read, bytes. */
const MOST_BYTES = 4096;

/** An answer that somebody put into a box. */
export interface Dropped {
  /** Whose it is, by the operating system. */
  uid: number;
  content: JsonObject;
}

const pathOf = (id: string, root = process.env.MAYDAY_CONFIRM_DIRECTORY ?? tmpdir()) => {
  // The id comes from a command line: it must not lead out of the folder.
  if (!/^[a-z0-9]{4}-[a-z0-9]{4}$/.test(id))
    throw new Failure({
      kind: "invalid",
      what: "confirm",
      why: `"${id.slice(0, 40)}" is no code of a request`,
      next: "Take it from the requester's screen: two groups of four, such as k3f9-7q2m.",
    });
  return join(root, `mayday-confirm-${id}`);
};

/** Makes a box with a request in it that everybody on this host may read. Returns its path. */
export async function openBox(id: string, request: JsonObject): Promise<string> {
  const path = pathOf(id);
  await mkdir(path, { mode: 0o700 });
  const handle = await open(join(path, REQUEST), "wx", 0o644);
  try {
    await handle.writeFile(JSON.stringify(request));
    // Whatever the umask says: others read it, and put their answer beside it.
    await handle.chmod(0o644);
  } finally {
    await handle.close();
  }
  await chmod(path, BOX_MODE);
  return path;
}

/** The request of a box with the uid of who made it. @throws Failure when there is no such box, or it is not what it should be. */
export async function readRequest(id: string): Promise<Dropped> {
  const path = pathOf(id);
  try {
    const box = await lstat(path);
    const found = await readOwn(join(path, REQUEST));
    if (box.isDirectory() && found && found.uid === box.uid) return found;
  } catch (error) {
    const { why } = failureDetail(error, path);
    throw new Failure({
      kind: "not-found",
      what: `request ${id}`,
      why: /ENOENT/.test(why) ? `there is no such request in ${dirname(path)} on this host, or it is over` : why,
      next: "Log in to the host on which it was made; the code is on the requester's screen. Where your TMPDIR is not the requester's, set MAYDAY_CONFIRM_DIRECTORY to it.",
    });
  }
  throw new Failure({
    kind: "refused",
    what: `request ${id}`,
    why: "its files do not belong to whoever made it",
    next: "Do not confirm it. Ask the requester for a new one.",
  });
}

/** Puts an answer into a box, as the user who runs this. @throws Failure when it cannot be written. */
export async function answerBox(id: string, content: JsonObject): Promise<void> {
  const path = join(pathOf(id), `${process.getuid?.() ?? 0}.json`);
  try {
    const handle = await open(path, "wx", 0o644);
    try {
      await handle.writeFile(JSON.stringify(content));
      await handle.chmod(0o644);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { why } = failureDetail(error, path);
    throw new Failure({
      kind: "refused",
      what: `request ${id}`,
      why: /EEXIST/.test(why) ? "you have answered it already" : why,
      next: "Tell the requester.",
    });
  }
}

/**
 * The answers in a box, each with the uid that the operating system gives. What is not a plain file of one owner, or cannot be read, is
 * left out: everybody on the host may put something into a box, and must not end the request by that.
 */
export async function readAnswers(id: string): Promise<Dropped[]> {
  const path = pathOf(id);
  const names = (await readdir(path)).filter((name) => name !== REQUEST);
  const found = await Promise.all(names.map((name) => readOwn(join(path, name)).catch(passOver)));
  return found.filter((answer) => answer !== undefined);
}

/** A link, a file without permission (also one that is just being made), one that is gone again. */
function passOver(error: NodeJS.ErrnoException): undefined {
  if (!["ELOOP", "EACCES", "ENOENT", "ENXIO", "EISDIR"].includes(error.code ?? "")) throw error;
}

export const closeBox = (id: string): Promise<void> => rm(pathOf(id), { recursive: true, force: true });

/** A file's content with its owner; undefined for a link, a file with several names, one too long, or one that is no JSON object. */
async function readOwn(path: string): Promise<Dropped | undefined> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { uid, nlink, size } = await handle.stat().then((found) => (found.isFile() ? found : { ...found, nlink: 0 }));
    if (nlink !== 1 || size > MOST_BYTES) return undefined;
    const content: unknown = JSON.parse(await handle.readFile("utf8"));
    return typeof content === "object" && content !== null && !Array.isArray(content)
      ? { uid, content: content as JsonObject }
      : undefined;
  } catch (error) {
    // A half-written answer is no answer yet.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  } finally {
    await handle.close();
  }
}
