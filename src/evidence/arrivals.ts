import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Recorder } from "../record/contract.ts";
import type { EntryPayloads } from "../record/entries.ts";
import { sha256OfFile } from "./file-hash.ts";

type Stored = EntryPayloads["evidence.stored"];

/** In the incident's folder: a note for each file that is on its way into the bundle. */
const NOTES_FOLDER = "arriving-evidence";

/**
 * Puts a file into the bundle and records it, so that a process that is ended in between leaves no file of which nobody knows: a note
 * with the entry is written first and removed last, and `settleArrivals` goes by it.
 * @param put writes or moves the file to its place (`stored.path` in the incident's folder); it is durable when it resolves.
 */
export async function arrive(recorder: Recorder, stored: Stored, put: () => Promise<void>): Promise<void> {
  const folder = join(recorder.folder, NOTES_FOLDER);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const note = join(folder, `${recorder.writerId}.${randomUUID()}.json`);
  const handle = await open(note, "wx", 0o600);
  try {
    await handle.writeFile(JSON.stringify(stored));
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await put();
  } catch (error) {
    // What another one put there stays; half a file of ours does not.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST")
      await rm(join(recorder.folder, stored.path), { force: true });
    await rm(note, { force: true });
    throw error;
  }
  await recorder.append({ kind: "evidence.stored", payload: stored });
  await rm(note);
}

/**
 * Ends what processes that are gone had begun to put into the bundle: a file that is whole is recorded, one that is not is removed (the
 * export that it came from makes it again). Files on their way in this or another living process are left alone.
 */
export async function settleArrivals(recorder: Recorder): Promise<void> {
  const folder = join(recorder.folder, NOTES_FOLDER);
  const notes = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  if (notes.length === 0) return;
  const alive = await recorder.liveWriters();
  const left = notes.filter((name) => !alive.has(name.split(".")[0] ?? ""));
  if (left.length === 0) return;
  const entries = await recorder.entries();
  const known = new Set(entries.flatMap((entry) => (entry.kind === "evidence.stored" ? [entry.payload.path] : [])));
  for (const name of left) {
    const note = join(folder, name);
    const stored = parseNote(await readFile(note, "utf8"));
    if (stored && !known.has(stored.path)) await settle(recorder, stored);
    await rm(note, { force: true });
  }
}

/** A note that was cut off while it was written: nothing had been put anywhere yet. */
function parseNote(text: string): Stored | undefined {
  try {
    return JSON.parse(text) as Stored;
  } catch {
    return undefined;
  }
}

async function settle(recorder: Recorder, stored: Stored): Promise<void> {
  const file = join(recorder.folder, stored.path);
  const found = await stat(file).catch(() => undefined);
  if (!found) return;
  if (found.size === stored.bytes && (await sha256OfFile(file)) === stored.sha256)
    await recorder.append({ kind: "evidence.stored", payload: stored });
  else await rm(file);
}
