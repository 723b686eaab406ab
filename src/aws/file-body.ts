import { createReadStream } from "node:fs";
import { Readable } from "node:stream";

/** Bytes of the file, `start` inclusive and `end` exclusive, and what is sent in their place. */
export interface Replacement {
  start: number;
  end: number;
  by: Uint8Array;
}

/**
 * The body of an upload that lies in a file: read piece by piece, and from its beginning again for every attempt. It never is in memory
 * as a whole, and in an `aws` line only its path appears.
 */
export class FileBody {
  readonly path: string;
  /** Length of what is sent. */
  readonly bytes: number;
  readonly #replacement: Replacement | undefined;

  /** @param fileBytes length of the file. */
  constructor(path: string, fileBytes: number, replacement?: Replacement) {
    this.path = path;
    this.#replacement = replacement;
    this.bytes = replacement
      ? fileBytes - (replacement.end - replacement.start) + replacement.by.byteLength
      : fileBytes;
  }

  /** The bytes from the beginning. Ends with the error of the file system when the file cannot be read. */
  open(): Readable {
    return Readable.from(this.#pieces(), { objectMode: false });
  }

  async *#pieces(): AsyncGenerator<Uint8Array> {
    const { path } = this;
    const { start, end, by } = this.#replacement ?? { start: 0, end: 0, by: new Uint8Array() };
    if (start > 0) yield* createReadStream(path, { start: 0, end: start - 1 });
    if (by.byteLength > 0) yield by;
    yield* createReadStream(path, { start: end });
  }
}

/** The input of a call with a body from a file opened anew: an attempt that failed may have read it to its end. */
export function withOpenBody(input: object): object {
  const { Body: body } = input as { Body?: unknown };
  return body instanceof FileBody ? { ...input, Body: body.open(), ContentLength: body.bytes } : input;
}
