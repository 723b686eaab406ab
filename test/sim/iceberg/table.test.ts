import { expect, test } from "vitest";
import { IcebergTable } from "../../../src/sim/world/iceberg/table.ts";
import { randomStream } from "../../../src/sim/world/random.ts";
import { Bucket } from "../../../src/sim/world/s3/bucket.ts";
import { testSimulator } from "../../support/simulator.ts";
import { readAvro } from "./avro-reader.ts";

const DAY_MS = 86_400_000;
const CREATED_MS = Date.UTC(2026, 10, 1);

function newTable(partitionBy?: string) {
  const bucket = new Bucket(
    { name: "b", region: "r", accountId: "1", createdAtMs: 0, versioning: "Enabled" },
    (entity) => randomStream(1, entity),
  );
  const table = new IcebergTable({
    bucket,
    namespace: "lakehouse",
    name: "events",
    columns: [
      { id: 1, name: "id", type: "string", required: true },
      { id: 2, name: "at", type: "timestamptz", required: true },
    ],
    ...(partitionBy !== undefined && { partitionBy }),
    createdAtMs: CREATED_MS,
    random: randomStream(1, "table"),
  });
  return { bucket, table };
}

const keyOf = (path: unknown) => String(path).replace(/^s3:\/\/[^/]+\//, "");

function bytesAt(bucket: Bucket, path: unknown): Uint8Array {
  const content = bucket.latest(keyOf(path))?.content;
  if (!content) throw new Error(`nothing at ${path}`);
  return content.bytes(0, content.size);
}

/** Large ids as texts: JSON.parse would round them. */
function metadataOf(bucket: Bucket, key: string) {
  const text = Buffer.from(bytesAt(bucket, key)).toString("utf8");
  return JSON.parse(text.replace(/(: |\[\s*)(\d{16,})/g, '$1"$2"'));
}

/** Paths of the live files, read from the metadata file on as any reader does. */
function liveFiles(bucket: Bucket, metadataKey: string): { path: string; bytes: number }[] {
  const metadata = metadataOf(bucket, metadataKey);
  const snapshot = metadata.snapshots.find(
    (one: Record<string, unknown>) => one["snapshot-id"] === metadata["current-snapshot-id"],
  );
  if (!snapshot) return [];
  const manifests = readAvro(bytesAt(bucket, snapshot["manifest-list"])).records;
  return manifests.flatMap((manifest) => {
    const bytes = bytesAt(bucket, manifest.manifest_path);
    expect(Number(manifest.manifest_length)).toBe(bytes.byteLength);
    return readAvro(bytes).records.map((entry) => {
      const file = entry.data_file as Record<string, unknown>;
      return { path: String(file.file_path), bytes: Number(file.file_size_in_bytes) };
    });
  });
}

test("a new table has metadata and nothing else", () => {
  const { bucket, table } = newTable();
  const metadata = metadataOf(bucket, table.metadataKey);
  expect(metadata).toMatchObject({
    "format-version": 2,
    location: "s3://b/lakehouse/events",
    "current-snapshot-id": -1,
    "last-column-id": 2,
    snapshots: [],
  });
  expect([...bucket.objects.from()].map(([key]) => key)).toEqual([table.metadataKey]);
});

test("a commit's files are found from its metadata file, and exist with their sizes", () => {
  const { bucket, table } = newTable("at");
  table.append([{ records: 10, bytes: 1000, dayMs: CREATED_MS }], CREATED_MS + DAY_MS);
  const first = table.metadataKey;
  table.append(
    [
      { records: 5, bytes: 500 },
      { records: 6, bytes: 600 },
    ],
    CREATED_MS + 2 * DAY_MS,
  );
  const live = liveFiles(bucket, table.metadataKey);
  expect(live.map(({ bytes }) => bytes).sort((a, b) => a - b)).toEqual([500, 600, 1000]);
  for (const { path, bytes } of live) expect(bucket.latest(keyOf(path))?.size).toBe(bytes);
  expect(live.some(({ path }) => path.includes("/data/at_day=2026-11-01/"))).toBe(true);
  expect(liveFiles(bucket, first)).toHaveLength(1);
  const metadata = metadataOf(bucket, table.metadataKey);
  const [one, two] = table.snapshots;
  expect(metadata.snapshots.map((snapshot: Record<string, unknown>) => snapshot["snapshot-id"])).toEqual([
    String(one?.snapshotId),
    String(two?.snapshotId),
  ]);
  expect(metadata.snapshots[1]["parent-snapshot-id"]).toBe(String(one?.snapshotId));
  expect(metadata["metadata-log"]).toHaveLength(2);
  expect(metadata["metadata-log"][1]["metadata-file"]).toBe(`s3://b/${first}`);
  expect(metadata.snapshots[1].summary).toMatchObject({
    operation: "append",
    "total-data-files": "3",
    "total-records": "21",
  });
});

test("manifests carry the schema, the partition spec and each file's day", () => {
  const { bucket, table } = newTable("at");
  const snapshot = table.append([{ records: 10, bytes: 1000 }], CREATED_MS);
  const list = readAvro(bytesAt(bucket, snapshot.manifestList));
  expect(list.metadata).toMatchObject({ "snapshot-id": String(snapshot.snapshotId), "format-version": "2" });
  const [manifest] = list.records;
  expect(manifest).toMatchObject({
    added_snapshot_id: snapshot.snapshotId,
    added_files_count: 1,
    added_rows_count: 10n,
  });
  const day = CREATED_MS / DAY_MS;
  const [summary] = (manifest?.partitions ?? []) as { lower_bound: Buffer; upper_bound: Buffer }[];
  expect([summary?.lower_bound.readInt32LE(), summary?.upper_bound.readInt32LE()]).toEqual([day, day]);
  const { metadata, records } = readAvro(bytesAt(bucket, manifest?.manifest_path));
  expect(JSON.parse(metadata["partition-spec"]!)).toEqual([
    { name: "at_day", transform: "day", "source-id": 2, "field-id": 1000 },
  ]);
  expect(JSON.parse(metadata.schema!).fields.map(({ name }: { name: string }) => name)).toEqual(["id", "at"]);
  expect(records).toMatchObject([
    { status: 1, snapshot_id: snapshot.snapshotId, sequence_number: null, data_file: { partition: { at_day: day } } },
  ]);
});

test("a schema change keeps ids and old schemas, and makes no snapshot", () => {
  const { bucket, table } = newTable();
  table.append([{ records: 1, bytes: 10 }], CREATED_MS);
  const schema = table.evolveSchema(
    [...table.schema.columns, { name: "extra", type: "long", required: false }],
    CREATED_MS,
  );
  expect(schema.columns.map(({ id, name }) => [id, name])).toEqual([
    [1, "id"],
    [2, "at"],
    [3, "extra"],
  ]);
  const metadata = metadataOf(bucket, table.metadataKey);
  expect([metadata["current-schema-id"], metadata.schemas.length, metadata.snapshots.length]).toEqual([1, 2, 1]);
  expect(metadata.snapshots[0]["schema-id"]).toBe(0);
});

test("the template's tables are whole: every file that their metadata leads to is there", async () => {
  const { world } = await testSimulator();
  const { lakehouse, tables } = world.storage;
  expect([...tables.keys()]).toEqual(["event_stream", "orders", "customers", "inventory"]);
  for (const table of tables.values()) {
    const live = liveFiles(lakehouse, table.metadataKey);
    expect(live.length).toBe(table.dataFiles.length);
    for (const { path, bytes } of live) expect(lakehouse.latest(keyOf(path))?.size).toBe(bytes);
    expect(table.snapshots.at(-1)!.atMs).toBeLessThanOrEqual(world.epochMs);
  }
});
