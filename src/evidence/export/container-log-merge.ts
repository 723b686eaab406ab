import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";

/** `"timestamp":"2026-11-23T03:00:00.000000000Z"}` ends every line: one of nine digits, so that text is compared as time. */
const STAMP_FROM_END = '2026-11-23T03:00:00.000000000Z"}'.length;
/** Lines are written in packets of about so many characters. */
const PACKET_LENGTH = 64 * 1024;

export interface Merged {
  uncompressedBytes: number;
  /** Of the uncompressed lines. */
  sha256OfLines: string;
}

/**
 * Merges two gzip files of lines by the time at their end into one, the first file's before the second's where times are the same. Each
 * is in order of time by itself. No more than some packets are held. An undefined file has no lines.
 */
export async function mergeByTime(
  files: readonly [string | undefined, string | undefined],
  target: string,
): Promise<Merged> {
  const hash = createHash("sha256");
  let uncompressedBytes = 0;
  async function* packets(): AsyncGenerator<string> {
    const [first, second] = files.map((path) => new LineReader(path)) as [LineReader, LineReader];
    let packet: string[] = [];
    let length = 0;
    for (;;) {
      if (first.needsMore) await first.more();
      if (second.needsMore) await second.more();
      const [a, b] = [first.line, second.line];
      if (a === undefined && b === undefined) break;
      const reader = b === undefined || (a !== undefined && stampOf(a) <= stampOf(b)) ? first : second;
      const line = reader.take();
      packet.push(line);
      length += line.length;
      if (length < PACKET_LENGTH) continue;
      yield whole(packet);
      packet = [];
      length = 0;
    }
    if (packet.length > 0) yield whole(packet);
  }
  const whole = (lines: readonly string[]): string => {
    const text = `${lines.join("\n")}\n`;
    hash.update(text);
    uncompressedBytes += Buffer.byteLength(text);
    return text;
  };
  await pipeline(packets, createGzip({ level: 6 }), createWriteStream(target, { mode: 0o600, flush: true }));
  return { uncompressedBytes, sha256OfLines: hash.digest("hex") };
}

const stampOf = (line: string): string => line.slice(-STAMP_FROM_END);

/** The lines of a gzip file, of which a chunk is held at a time. */
class LineReader {
  readonly #chunks: AsyncIterator<string> | undefined;
  #lines: string[] = [];
  #at = 0;
  #rest = "";
  #hasEnded = false;

  constructor(path: string | undefined) {
    if (path === undefined) this.#hasEnded = true;
    else {
      const text = createReadStream(path).pipe(createGunzip()).setEncoding("utf8");
      this.#chunks = text[Symbol.asyncIterator]() as AsyncIterator<string>;
    }
  }

  get needsMore(): boolean {
    return this.#at >= this.#lines.length && !this.#hasEnded;
  }

  /** The next line; undefined at the end. */
  get line(): string | undefined {
    return this.#lines[this.#at];
  }

  take(): string {
    return this.#lines[this.#at++] ?? "";
  }

  /** Reads on until there is a line, or the end. */
  async more(): Promise<void> {
    while (this.needsMore) {
      const chunk = await this.#chunks?.next();
      if (!chunk || chunk.done) {
        this.#hasEnded = true;
        return;
      }
      const lines = (this.#rest + chunk.value).split("\n");
      this.#rest = lines.pop() ?? "";
      this.#lines = lines;
      this.#at = 0;
    }
  }
}
