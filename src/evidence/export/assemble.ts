import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { collectYoungGarbage } from "../../base/young-garbage.ts";

const PRIVATE_FILE = 0o600;
/** Of buffers that zlib fills and nobody uses again. */
const COLLECT_EVERY_BYTES = 8_000_000;

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
  const out = await open(target, "w", PRIVATE_FILE);
  try {
    for (const { path, bytes } of parts) {
      const part = createHash("sha256");
      if (bytes > 0) uncompressedBytes += await copyAndHash(path, bytes, out, [part, whole], signal);
      partSha256.push(part.digest("hex"));
    }
    await out.sync();
  } finally {
    await out.close();
  }
  return { partSha256, sha256: whole.digest("hex"), uncompressedBytes };
}

/** Appends a gzip file's first bytes to `out`, and hashes what is in them. Returns the length of that. */
async function copyAndHash(
  path: string,
  bytes: number,
  out: FileHandle,
  hashes: Hash[],
  signal: AbortSignal | undefined,
): Promise<number> {
  let length = 0;
  let used = 0;
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      length += chunk.byteLength;
      used += chunk.byteLength;
      for (const hash of hashes) hash.update(chunk);
      if (used > COLLECT_EVERY_BYTES) {
        used = 0;
        collectYoungGarbage();
      }
      done();
    },
  });
  await pipeline(copied(path, bytes, out), createGunzip(), sink, signal ? { signal } : {});
  return length;
}

async function* copied(path: string, bytes: number, out: FileHandle): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(path, { end: bytes - 1 })) {
    await out.appendFile(chunk);
    yield chunk;
  }
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
