import { describe, expect, it } from "vitest";
import type { RunResult } from "../../src/actions/contract.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import type { RunningSimulator } from "../../src/sim/index.ts";
import type { IcebergTable } from "../../src/sim/world/iceberg/table.ts";
import { textContent } from "../../src/sim/world/s3/content.ts";
import { account, opened, stateFolder, YES } from "../incident/support.ts";
import { dataVersions } from "./support.ts";

const TABLE = "lakehouse.orders";
const TYPED = { typedName: TABLE };

async function lakehouse(catalogType: "glue" | "nessie" = "glue") {
  const simulator = await account({ speed: 1, catalogType });
  const { world } = simulator;
  world.dagster.runs.scheduled = false;
  const incident = await opened(simulator, stateFolder(), {
    ...(catalogType === "glue" ? { deployment: glueDeployment(simulator) } : {}),
  });
  const bucket = world.storage.lakehouse;
  const table = world.storage.tables.get("orders")!;
  const atMs = simulator.epochMs - 60_000;
  const remove = (key: string) => bucket.delete(key, { atMs, origin: "world" });
  return { simulator, incident, bucket, table, remove, atMs };
}

const glueDeployment = ({ region }: RunningSimulator) => ({
  project: "lakehouse",
  environment: "prod",
  catalogType: "glue" as const,
  region,
  buckets: { lakehouse: "lakehouse-prod-lakehouse", audit: "lakehouse-prod-audit-trail" },
  alarmPrefixes: [],
  logGroups: [],
});

const keyOf = (path: string) => path.replace(/^s3:\/\/[^/]+\//, "");
const dataKeys = (table: IcebergTable) => table.dataFiles.map(({ path }) => keyOf(path));
const listKey = (table: IcebergTable) => keyOf(table.snapshots.at(-1)!.manifestList);

/** Every file of the table's folder that is no data file of the current snapshot. */
function metadataKeys({
  bucket,
  table,
}: {
  bucket: { objects: { from(key: string): Iterable<[string, unknown]> } };
  table: IcebergTable;
}) {
  const folder = `${table.prefix}/metadata/`;
  const keys: string[] = [];
  for (const [key] of bucket.objects.from(folder)) {
    if (!key.startsWith(folder)) break;
    keys.push(key);
  }
  return keys;
}

async function run(incident: OpenIncident, parameters: Record<string, string> = {}) {
  const plan = await incident.prepare("recover-table", { table: TABLE, ...parameters });
  expect(plan.refusedReason, JSON.stringify(plan.checks)).toBeUndefined();
  return { plan, result: await incident.execute(plan, TYPED) };
}
const noteOf = ({ outcomes }: RunResult) => outcomes[0]?.note ?? "";

describe("recovering a table", () => {
  it("restores exactly what the current snapshot needs, data before metadata, and leaves the rest; the undo hides it again", async () => {
    const { incident, bucket, table, remove, simulator } = await lakehouse();
    const all = metadataKeys({ bucket, table });
    const data = dataKeys(table);
    // Everything of the table goes, and something that no snapshot names, too.
    bucket.write(`${table.prefix}/data/orphan.parquet`, textContent("orphan"), {
      atMs: simulator.epochMs - 1e6,
      origin: "world",
    });
    for (const key of [...all, ...data, `${table.prefix}/data/orphan.parquet`]) remove(key);
    const before = dataVersions(bucket);
    const { plan, result } = await run(incident);
    expect(plan.facts.catalog).toContain(table.metadataKey);
    expect(plan.facts.metadata).toContain("deleted or covered: read by its version");
    expect(plan.checks).toContainEqual(expect.objectContaining({ label: "metadata", status: "pass" }));
    expect(result.status, noteOf(result)).toBe("done");
    for (const key of [...data, listKey(table), table.metadataKey])
      expect(bucket.latest(key)?.content, key).toBeDefined();
    expect(bucket.latest(`${table.prefix}/data/orphan.parquet`)?.deleteMarker).toBe(true);
    // Older metadata files and lists stay removed; of manifests those that the snapshot names come back.
    const back = all.filter((key) => bucket.latest(key)?.content);
    expect(back.filter((key) => key.endsWith(".metadata.json"))).toEqual([table.metadataKey]);
    expect(back.filter((key) => key.includes("/snap-"))).toEqual([listKey(table)]);
    const order = simulator.calls.filter(({ operation }) => operation === "DeleteObjects").length;
    expect(order).toBeGreaterThanOrEqual(4);
    expect(dataVersions(bucket)).toEqual(expect.arrayContaining(before));
    const undo = await incident.prepareUndo(result.runId);
    expect((await incident.execute(undo, undo.plan.tier === "name" ? TYPED : YES)).status).toBe("done");
    expect([...data, table.metadataKey].every((key) => bucket.latest(key)?.deleteMarker)).toBe(true);
  });

  it("without a catalog that tells, the newest metadata file by its number counts; one that is no JSON is passed over", async () => {
    const { incident, bucket, table, remove, atMs } = await lakehouse("nessie");
    const [first] = dataKeys(table);
    remove(first!);
    remove(table.metadataKey);
    bucket.write(`${table.prefix}/metadata/99999-broken.metadata.json`, textContent("{"), { atMs, origin: "world" });
    const { plan, result } = await run(incident);
    expect(plan.facts.place).toContain("naming rule");
    expect(plan.checks).toContainEqual(expect.objectContaining({ label: "metadata", status: "warn" }));
    expect(result.status, noteOf(result)).toBe("done");
    expect([bucket.latest(first!)?.deleteMarker, bucket.latest(table.metadataKey)?.deleteMarker]).toEqual([
      false,
      false,
    ]);
  });

  it("an older snapshot brings back what was removed on purpose, by its id or its metadata file", async () => {
    const { incident, bucket, table, remove } = await lakehouse();
    const older = table.snapshots.at(-3)!;
    const files = dataKeys(table);
    // Maintenance removed the list of an old snapshot; the current one does not need it.
    remove(keyOf(older.manifestList));
    await expect(incident.prepare("recover-table", { table: TABLE })).rejects.toThrow(/nothing is missing/);
    const { result } = await run(incident, { snapshot: String(older.snapshotId) });
    expect(result.status, noteOf(result)).toBe("done");
    expect(bucket.latest(keyOf(older.manifestList))?.deleteMarker).toBe(false);
    expect(files.every((key) => bucket.latest(key)?.content)).toBe(true);
    await expect(incident.prepare("recover-table", { table: TABLE, snapshot: "42" })).rejects.toThrow(
      /does not have it/,
    );
    const metadata = `s3://${bucket.name}/${table.metadataKey}`;
    await expect(incident.prepare("recover-table", { table: TABLE, metadata })).rejects.toThrow(/nothing is missing/);
    await expect(incident.prepare("recover-table", { table: TABLE, metadata: "s3://b/x" })).rejects.toThrow(
      /is not s3/,
    );
    await expect(incident.prepare("recover-table", { table: "orders" })).rejects.toThrow(/NAMESPACE.TABLE/);
  });

  it("a file that was overwritten with something else is covered by a copy of the one that the manifest describes", async () => {
    const { incident, bucket, table, atMs } = await lakehouse();
    const [first] = dataKeys(table);
    const right = bucket.latest(first!)!;
    bucket.write(first!, textContent("truncated"), { atMs, origin: "world" });
    bucket.delete(first!, { atMs: atMs + 1000, origin: "world" });
    const { result } = await run(incident);
    expect(result.status, noteOf(result)).toBe("done");
    expect(bucket.latest(first!)?.size).toBe(right.size);
    expect(bucket.objects.get(first!)).toHaveLength(4);
  });

  it("when a file is lost for good the metadata stays away, unless it is allowed", async () => {
    const { incident, bucket, table, remove } = await lakehouse();
    const [lost, deleted] = dataKeys(table);
    bucket.objects.delete(lost!);
    remove(deleted!);
    remove(table.metadataKey);
    const { plan, result } = await run(incident);
    expect(plan.checks).toContainEqual(expect.objectContaining({ label: "lost files", status: "warn" }));
    expect(result.status).toBe("partial");
    expect(noteOf(result)).toMatch(/1 object held back/);
    expect([bucket.latest(deleted!)?.deleteMarker, bucket.latest(table.metadataKey)?.deleteMarker]).toEqual([
      false,
      true,
    ]);
    const allowed = await run(incident, { incomplete: "allow" });
    expect(allowed.result.status).toBe("partial");
    expect(bucket.latest(table.metadataKey)?.deleteMarker).toBe(false);
  });

  it("what names the files and cannot be read ends it before anything is changed", async () => {
    const { incident, bucket, table, atMs, remove } = await lakehouse();
    const [first] = dataKeys(table);
    remove(first!);
    const list = listKey(table);
    bucket.objects.delete(list);
    await expect(incident.prepare("recover-table", { table: TABLE })).rejects.toThrow(
      /no version of .*snap-.* is left/,
    );
    bucket.write(list, textContent("not avro"), { atMs, origin: "world" });
    await expect(incident.prepare("recover-table", { table: TABLE })).rejects.toThrow(/cannot be read as an Avro file/);
    expect(bucket.latest(first!)?.deleteMarker).toBe(true);
  });
});
