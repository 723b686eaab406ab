import { Readable } from "node:stream";
import { deflateRaw, zstdCompress } from "node:zlib";
import avro from "avsc";
import { describe, expect, it } from "vitest";
import { avroRecords } from "../../src/recovery/iceberg/avro.ts";
import { parseTableFiles, s3Place } from "../../src/recovery/iceberg/metadata.ts";
import { avroFile } from "../../src/sim/world/iceberg/avro.ts";

const SNAPSHOT = 8_765_432_109_876_543_210n;
const SCHEMA = {
  type: "record" as const,
  name: "manifest_entry",
  fields: [
    { name: "status", type: "int" as const, "field-id": 0 },
    { name: "snapshot_id", type: ["null", "long"] as ["null", "long"], "field-id": 1, default: null },
    {
      name: "data_file",
      "field-id": 2,
      type: {
        type: "record" as const,
        name: "r2",
        fields: [
          { name: "file_path", type: "string" as const, "field-id": 100 },
          { name: "file_size_in_bytes", type: "long" as const, "field-id": 104 },
        ],
      },
    },
  ],
};
const records = Array.from({ length: 5000 }, (_, index) => ({
  status: index % 3,
  snapshot_id: index % 2 === 0 ? null : SNAPSHOT,
  data_file: { file_path: `s3://b/ü ${index}.parquet`, file_size_in_bytes: index * 1_000_000_007 },
}));

async function read(bytes: Uint8Array): Promise<unknown[]> {
  const found: unknown[] = [];
  // In small pieces, as they come over a network.
  const pieces = Array.from({ length: Math.ceil(bytes.length / 777) }, (_, index) =>
    bytes.subarray(index * 777, (index + 1) * 777),
  );
  for await (const record of avroRecords(Readable.from(pieces.map((piece) => Buffer.from(piece))), "file"))
    found.push(record);
  return found;
}

/** The same file by the library's own writer, with a codec. */
async function written(codec: string, codecs: Record<string, unknown>): Promise<Buffer> {
  const long = avro.types.LongType.__with({
    fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
    toBuffer: (value: bigint) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt(value));
      return bytes;
    },
    fromJSON: Number,
    toJSON: Number,
    isValid: (value: unknown) => typeof value === "number" || typeof value === "bigint",
    compare: () => 0,
  });
  const type = avro.Type.forSchema(SCHEMA as never, { registry: { long } });
  const encoder = new avro.streams.BlockEncoder(type, { codec, codecs, blockSize: 4096 } as never);
  const chunks: Buffer[] = [];
  encoder.on("data", (chunk: Buffer) => chunks.push(chunk));
  for (const record of records) encoder.write(record);
  encoder.end();
  await new Promise((resolve) => encoder.once("end", resolve));
  return Buffer.concat(chunks);
}

describe("reading Avro", () => {
  it.each([
    ["deflate", { deflate: deflateRaw }],
    [
      "zstandard",
      { zstandard: (data: Buffer, done: (error: Error | null, data: Buffer) => void) => zstdCompress(data, done) },
    ],
  ])("with codec %s, in many blocks, with ids of 63 bits", async (codec, codecs) => {
    const file = await written(codec, codecs);
    expect(file.includes(codec)).toBe(true);
    expect(await read(file)).toEqual(records);
  });

  it("of another writer, not compressed", async () => {
    const file = avroFile(SCHEMA, records, { "format-version": "2" });
    expect(await read(file)).toEqual(records);
  });

  it.each([
    ["nothing", Buffer.alloc(0), /it is empty/],
    ["text", Buffer.from("this is no Avro file at all"), /magic/],
    ["an unknown codec", Buffer.from(avroFile(SCHEMA, [], {})).fill("x", 20, 24), /cannot be read/],
  ])("says why it cannot read %s", async (_what, bytes, why) => {
    await expect(read(bytes)).rejects.toThrow(why);
  });
});

describe("reading metadata", () => {
  it("of format version 1: manifests without a list, ids that no number holds", () => {
    const text = `{"format-version": 1, "location": "s3://b/t", "last-updated-ms": 5, "current-snapshot-id": ${SNAPSHOT},
      "snapshots": [{"snapshot-id": ${SNAPSHOT}, "timestamp-ms": 5, "manifests": ["s3://b/t/metadata/m0.avro"], "summary": {"operation": "append"}}]}`;
    const files = parseTableFiles(text);
    expect(files.currentSnapshotId).toBe(String(SNAPSHOT));
    expect(files.snapshots).toEqual([
      {
        id: String(SNAPSHOT),
        atMs: 5,
        operation: "append",
        manifestList: "",
        manifests: ["s3://b/t/metadata/m0.avro"],
        dataFiles: undefined,
      },
    ]);
    expect(
      parseTableFiles('{"format-version": 2, "location": "s3://b/t", "current-snapshot-id": -1}').currentSnapshotId,
    ).toBeUndefined();
    expect(() => parseTableFiles("[]")).toThrow();
    expect(() => parseTableFiles("{}")).toThrow(/not the metadata/);
  });

  it("places of files", () => {
    expect(s3Place("s3a://b/a b/ü.parquet")).toEqual({ bucket: "b", key: "a b/ü.parquet" });
    for (const path of ["gs://b/k", "s3://b", "s3://b/", "/k"]) expect(s3Place(path)).toBeUndefined();
  });
});
