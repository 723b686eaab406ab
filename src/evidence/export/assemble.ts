import { createHash, type Hash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

const PRIVATE_FILE = 0o600;

export interface Assembled {
  /** Of the uncompressed lines of each part, in order. */
  partSha256: string[];
  /** Of all uncompressed lines. */
  sha256: string;
  uncompressedBytes: number;
}

/**
 * Joins gzip files to one (members of a gzip file may follow each other, RFC 1952) and hashes what is in them, part by part,
 * without holding more than a buffer of it. An empty part is allowed.
 */
export async function joinGzip(
  parts: readonly { path: string; bytes: number }[],
  target: string,
  signal?: AbortSignal,
): Promise<Assembled> {
  const whole = createHash("sha256");
  const partSha256: string[] = [];
  let uncompressedBytes = 0;
  const out = createWriteStream(target, { flags: "w", mode: PRIVATE_FILE, flush: true });
  try {
    for (const { path, bytes } of parts) {
      const part = createHash("sha256");
      if (bytes > 0) {
        uncompressedBytes += await hashUncompressed(path, bytes, [part, whole], signal);
        await pipeline(createReadStream(path, { end: bytes - 1 }), out, { end: false, ...(signal ? { signal } : {}) });
      }
      partSha256.push(part.digest("hex"));
    }
  } finally {
    await new Promise<void>((resolve, reject) => {
      out.once("error", reject);
      out.end(resolve);
    });
  }
  return { partSha256, sha256: whole.digest("hex"), uncompressedBytes };
}

async function hashUncompressed(
  path: string,
  bytes: number,
  hashes: Hash[],
  signal: AbortSignal | undefined,
): Promise<number> {
  let length = 0;
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      length += chunk.byteLength;
      for (const hash of hashes) hash.update(chunk);
      done();
    },
  });
  await pipeline(createReadStream(path, { end: bytes - 1 }), createGunzip(), sink, signal ? { signal } : {});
  return length;
}

/** The uncompressed lines of a gzip file, one at a time. */
export async function* linesOfGzip(path: string): AsyncGenerator<string> {
  let rest = "";
  const text = Readable.from(createReadStream(path).pipe(createGunzip())).setEncoding("utf8");
  for await (const chunk of text) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
