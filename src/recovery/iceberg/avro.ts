import type { Readable } from "node:stream";
import { inflateRaw, zstdDecompress } from "node:zlib";
import { Failure, failureDetail } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";

type Decompress = (data: Buffer, done: (error: Error | null, data?: Buffer) => void) => void;

/** The codecs that Iceberg's writers use (Avro specification 1.12, required and optional codecs). Snappy is not among them here. */
const CODECS: Record<string, Decompress> = {
  null: (data, done) => done(null, data),
  deflate: (data, done) => inflateRaw(data, done),
  zstandard: (data, done) => zstdDecompress(data, done),
};

/** Whole numbers of 64 bits: as numbers where these hold them, else as BigInt. Snapshot ids have 63 bits. */
const LONG = {
  fromBuffer: (bytes: Buffer) => {
    const value = bytes.readBigInt64LE();
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  },
  toBuffer: (value: number | bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  },
  fromJSON: Number,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === "number" || typeof value === "bigint",
  compare: (a: number | bigint, b: number | bigint) => (a === b ? 0 : a < b ? -1 : 1),
};

/**
 * The records of an Avro object container file, by the schema that it carries, a block at a time.
 * @param what for a failure: the file's place. Rejects with a Failure when the file cannot be read as Avro.
 */
export async function* avroRecords(body: Readable, what: string): AsyncGenerator<Record<string, unknown>, undefined> {
  const { default: avro } = await import("avsc");
  const long = avro.types.LongType.__with(LONG);
  const decoder = new avro.streams.BlockDecoder({
    codecs: CODECS,
    parseHook: (schema: object) => avro.Type.forSchema(schema as never, { registry: { long } }),
  } as never);
  let bytes = 0;
  body.on("data", (chunk: Buffer) => {
    bytes += chunk.byteLength;
  });
  body.once("error", (error) => decoder.destroy(error));
  let isAvro = false;
  decoder.once("metadata", () => {
    isAvro = true;
  });
  body.pipe(decoder);
  try {
    for await (const record of decoder as AsyncIterable<Record<string, unknown>>) yield record;
    if (!isAvro) throw new Error(bytes === 0 ? "it is empty" : "it ends within its header");
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure({
      kind: "invalid",
      what,
      why: `it cannot be read as an Avro file: ${sanitizeLine(failureDetail(error, what).why)}`,
      next: "Choose another snapshot or metadata file, or restore everything below the table's prefix with recover-s3-deleted.",
    });
  } finally {
    body.destroy();
  }
}
