import { createReadStream } from "node:fs";
import { GrowingFile } from "../../evidence/export/workspace.ts";

/**
 * A line of the undo manifest: what is about to be done to a key, with what was there before, and, for a copy, the version that it
 * left. The first kind is on disk before its call leaves. After a crash a key may stand twice: the last line counts.
 */
export type ManifestLine =
  /** The markers `m` are removed from above version `v` (bytes `s`, ETag `e`). */
  | { o: "unmark"; k: string; r: number; m: string[]; v: string; s: number; e: string }
  /**
   * Version `v` of `from` (bucket; left out: the same) with `s` bytes is copied on top of `f`: a version with `fs` bytes of storage
   * class `fc`, a marker (`fm`), or nothing (null).
   */
  | {
      o: "copy";
      k: string;
      r: number;
      v: string;
      from?: string;
      s: number;
      f: string | null;
      fm?: true;
      fs?: number;
      fc?: string;
    }
  /** The copy is version `n` with ETag `e`. */
  | { o: "copied"; k: string; r: number; n: string; e: string };

/** The undo manifest of a recovery, which only grows. */
export class Manifest {
  readonly #file: GrowingFile;

  private constructor(file: GrowingFile) {
    this.#file = file;
  }

  /** @param bytes how much of it counts: what lies behind was written by a run that died, and is kept all the same. */
  static async open(path: string): Promise<Manifest> {
    return new Manifest(await GrowingFile.open(path, await sizeOf(path)));
  }

  get bytes(): number {
    return this.#file.bytes;
  }

  /** Resolves once the lines are on disk. */
  async write(lines: readonly ManifestLine[]): Promise<void> {
    if (lines.length === 0) return;
    await this.#file.append(Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join("")));
    await this.#file.sync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

async function sizeOf(path: string): Promise<number> {
  let bytes = 0;
  for await (const line of linesOf(path, 0)) bytes = line.end;
  return bytes;
}

export interface FileLine {
  text: string;
  /** Bytes from the beginning of the file to behind this line. */
  end: number;
}

/**
 * The lines of a file from a byte on; none when there is no file. A last line without its end, which a crash left behind, is not
 * given. @param to bytes that count; all of them when left out.
 */
export async function* linesOf(path: string, from: number, to?: number): AsyncGenerator<FileLine, undefined> {
  if (to !== undefined && to <= from) return;
  let rest: Buffer = Buffer.alloc(0);
  let end = from;
  const stream = createReadStream(path, { start: from, ...(to === undefined ? {} : { end: to - 1 }) });
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let start = 0;
      for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, start)) {
        end += at + 1 - start;
        yield { text: bytes.toString("utf8", start, at), end };
        start = at + 1;
      }
      rest = bytes.subarray(start);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
