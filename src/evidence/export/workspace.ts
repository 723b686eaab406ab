import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm, truncate } from "node:fs/promises";
import { join } from "node:path";

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

/**
 * The folder of one export until it is finished: data files that only grow, and a checkpoint that says how far each of them counts.
 * The same key finds the same folder again, which is how an export goes on after a crash.
 */
export class Workspace<State> {
  readonly folder: string;
  readonly #checkpoint: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.#checkpoint = join(folder, "checkpoint.json");
  }

  /** Opens or makes the workspace of `key` below `root`. `key`: everything that makes two exports the same one. */
  static async open<State>(root: string, key: string): Promise<Workspace<State>> {
    const name = createHash("sha256").update(key).digest("hex").slice(0, 32);
    return Workspace.at<State>(join(root, name));
  }

  /** Opens or makes the workspace in this folder. */
  static async at<State>(folder: string): Promise<Workspace<State>> {
    await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
    return new Workspace<State>(folder);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** The last checkpoint; undefined when there is none. Rejects when it cannot be read or is no JSON. */
  async load(): Promise<State | undefined> {
    try {
      return JSON.parse(await readFile(this.#checkpoint, "utf8")) as State;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Replaces the checkpoint by `text` (JSON) at once and durably: a crash leaves the old one or the new one. */
  async save(text: string): Promise<void> {
    const next = `${this.#checkpoint}.${randomUUID()}`;
    const handle = await open(next, "wx", PRIVATE_FILE);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(next, this.#checkpoint);
  }

  async discard(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A data file of a workspace: appended to, never rewritten. What lies behind the checkpoint's length is cut off at opening. */
export class GrowingFile {
  readonly path: string;
  readonly #handle: Awaited<ReturnType<typeof open>>;
  #bytes: number;

  private constructor(path: string, handle: Awaited<ReturnType<typeof open>>, bytes: number) {
    this.path = path;
    this.#handle = handle;
    this.#bytes = bytes;
  }

  /** @param bytes how much of it the checkpoint counts. Rejects when the file is shorter: then the checkpoint is not its own. */
  static async open(path: string, bytes: number): Promise<GrowingFile> {
    const handle = await open(path, "a", PRIVATE_FILE);
    const { size } = await handle.stat();
    if (size < bytes) {
      await handle.close();
      throw new Error(`${path} has ${size} bytes, its checkpoint says ${bytes}`);
    }
    if (size > bytes) await truncate(path, bytes);
    return new GrowingFile(path, handle, bytes);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Returns the new length. */
  async append(data: Uint8Array): Promise<number> {
    await this.#handle.appendFile(data);
    this.#bytes += data.byteLength;
    return this.#bytes;
  }

  async sync(): Promise<void> {
    await this.#handle.datasync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
