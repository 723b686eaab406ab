import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { GrowingFile } from "./workspace.ts";

const compress = promisify(gzip);

/** How far one of a container's two outputs has been read: part of the checkpoint. */
export interface LogSide {
  /** Length of its file. */
  bytes: number;
  lines: number;
  /** docker's time of the first and the last line that is in the file; empty before there is one. */
  first: string;
  last: string;
  /** How many lines have the last time: when docker sends them again, so many are known. */
  atLast: number;
}

export const newSide = (): LogSide => ({ bytes: 0, lines: 0, first: "", last: "", atLast: 0 });

/** Lines are compressed in batches of about so many bytes, each a member of the gzip file. */
const BATCH_BYTES = 512 * 1024;
/** A longer line is cut into pieces of the same time, so that one without an end cannot fill the memory. */
const LINE_BYTES = 1024 * 1024;
const NEWLINE = 10;
/** RFC 3339 with nine digits, and the space after it. */
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z) ?/;

/** Takes one of a container's outputs into a file of compressed JSON lines, with the members in the order of RFC 8785. */
export class SideWriter {
  readonly #name: "stdout" | "stderr";
  readonly #side: LogSide;
  readonly #file: GrowingFile;
  /** How many lines of the time that was reached are still to be sent again; their time. */
  readonly #known: { stamp: string; count: number };
  #skipped = 0;
  #batch: string[] = [];
  #batchBytes = 0;
  #pending: Pick<LogSide, "lines" | "first" | "last" | "atLast">;

  private constructor(name: "stdout" | "stderr", side: LogSide, file: GrowingFile) {
    this.#name = name;
    this.#side = side;
    this.#file = file;
    this.#known = { stamp: side.last, count: side.atLast };
    this.#pending = { ...side };
  }

  /** @param side of the checkpoint; it is advanced with what is written. */
  static async open(name: "stdout" | "stderr", side: LogSide, path: string): Promise<SideWriter> {
    return new SideWriter(name, side, await GrowingFile.open(path, side.bytes));
  }

  /** Reads the output to its end. `advanced` is waited for after each batch: meanwhile docker waits too. */
  async take(output: Readable, advanced: () => Promise<void>): Promise<void> {
    let rest: Buffer = Buffer.alloc(0);
    /** Time of the line whose beginning has been taken already. */
    let begun = "";
    for await (const chunk of output as AsyncIterable<Buffer>) {
      const all = rest.byteLength === 0 ? chunk : Buffer.concat([rest, chunk]);
      let from = 0;
      for (let at = all.indexOf(NEWLINE); at >= 0; at = all.indexOf(NEWLINE, from)) {
        this.#line(this.#pieces(all.subarray(from, at), begun));
        begun = "";
        from = at + 1;
        if (this.#batchBytes >= BATCH_BYTES) await this.#write(advanced);
      }
      const { left, stamp } = this.#pieces(all.subarray(from), begun);
      begun = stamp;
      rest = Buffer.from(left);
      if (this.#batchBytes >= BATCH_BYTES) await this.#write(advanced);
    }
    if (rest.byteLength > 0) this.#line({ left: rest, stamp: begun });
    await this.#write(advanced);
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** Takes what is more than a line may have. @returns what is left of the line, and its time where its beginning was taken. */
  #pieces(line: Buffer, begun: string): { left: Buffer; stamp: string } {
    let left = line;
    let stamp = begun;
    while (left.byteLength > LINE_BYTES) {
      let cut = LINE_BYTES;
      // Not within a character: its other bytes begin with 10 in UTF-8.
      while (((left[cut] ?? 0) & 0xc0) === 0x80) cut--;
      stamp = this.#line({ left: left.subarray(0, cut), stamp });
      left = left.subarray(cut);
    }
    return { left, stamp };
  }

  /** @returns the line's time: its own, or that of the line that it goes on. */
  #line({ left, stamp }: { left: Buffer; stamp: string }): string {
    const text = left.toString("utf8");
    const found = stamp === "" ? STAMP.exec(text) : null;
    const timestamp = found?.[1] ?? (stamp || this.#pending.last);
    if (timestamp === "" || this.#isKnown(timestamp)) return timestamp;
    const message = text.slice(found?.[0].length ?? 0);
    const line = `${JSON.stringify({ message, stream: this.#name, timestamp })}\n`;
    this.#batch.push(line);
    this.#batchBytes += line.length;
    const { lines, first, last, atLast } = this.#pending;
    this.#pending = {
      lines: lines + 1,
      first: first || timestamp,
      last: timestamp,
      atLast: timestamp === last ? atLast + 1 : 1,
    };
    return timestamp;
  }

  /** After a resume docker sends again what was there before. */
  #isKnown(timestamp: string): boolean {
    const { stamp, count } = this.#known;
    if (stamp === "") return false;
    if (timestamp > stamp) {
      // From here on it is new, also where the host's clock was set back.
      this.#known.stamp = "";
      return false;
    }
    if (timestamp < stamp) return true;
    this.#skipped += 1;
    return this.#skipped <= count;
  }

  async #write(advanced: () => Promise<void>): Promise<void> {
    if (this.#batch.length > 0) {
      const text = Buffer.from(this.#batch.join(""));
      const pending = this.#pending;
      this.#batch = [];
      this.#batchBytes = 0;
      const bytes = await this.#file.append(await compress(text, { level: 6 }));
      Object.assign(this.#side, pending, { bytes });
    }
    await advanced();
  }
}
