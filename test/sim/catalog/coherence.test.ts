import { GetTableCommand, GetTablesCommand, GetTableVersionsCommand, GlueClient } from "@aws-sdk/client-glue";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { TEMPLATE_TABLES } from "../../../src/sim/world/iceberg/template-tables.ts";
import { http } from "../../support/http.ts";
import { type TestSimulator, testSimulator } from "../../support/simulator.ts";
import { dataEvents, history, MINUTE_MS, SEEDS } from "../scenarios/dagster-support.ts";

const TABLES = TEMPLATE_TABLES.map(({ name }) => name);

/** The current schema's columns and the snapshot of a metadata file in the bucket, as texts: snapshot ids have 63 bits. */
async function metadataAt({ clients, world }: TestSimulator, location: string) {
  const Key = location.replace(`s3://${world.names.lakehouseBucket}/`, "");
  const client = new S3Client(clients);
  const { Body } = await client.send(new GetObjectCommand({ Bucket: world.names.lakehouseBucket, Key }));
  const text = (await Body?.transformToString()) ?? "";
  const metadata = JSON.parse(text);
  const schema = metadata.schemas.find(
    (one: Record<string, unknown>) => one["schema-id"] === metadata["current-schema-id"],
  );
  return {
    columns: schema.fields.map(({ name, type }: Record<string, string>) => [name, type]) as [string, string][],
    snapshotId: /"current-snapshot-id":(\d+)/.exec(text)?.[1],
    updatedMs: metadata["last-updated-ms"] as number,
  };
}

const GLUE_TYPES: Record<string, string> = {
  long: "bigint",
  timestamptz: "timestamp",
  "decimal(12, 2)": "decimal(12,2)",
};

test.each(SEEDS)(
  "Glue's tables are the Iceberg tables in S3, before and after Dagster's appends (seed %i)",
  async (seed) => {
    const simulator = await testSimulator({ catalogType: "glue", seed });
    const { world, clients } = simulator;
    const glue = new GlueClient(clients);
    const DatabaseName = world.names.glueDatabase;
    for (const afterMs of [0, 61 * MINUTE_MS]) {
      world.advanceBy(afterMs);
      const { TableList = [] } = await glue.send(new GetTablesCommand({ DatabaseName }));
      expect(TableList.map(({ Name }) => Name)).toEqual(TABLES);
      for (const table of TableList) {
        const found = await metadataAt(simulator, table.Parameters?.metadata_location ?? "");
        const columns = table.StorageDescriptor?.Columns?.map(({ Name, Type }) => [Name, Type]);
        expect(columns).toEqual(found.columns.map(([name, type]) => [name, GLUE_TYPES[type] ?? type]));
        expect(table.UpdateTime?.getTime()).toBe(found.updatedMs);
      }
    }
    // Appends leave no versions behind; each is in the event history as Dagster's.
    const { TableVersions } = await glue.send(new GetTableVersionsCommand({ DatabaseName, TableName: "event_stream" }));
    expect(TableVersions).toHaveLength(1);
    const updates = await history(simulator, "UpdateTable");
    expect(updates.length).toBeGreaterThan(5);
    for (const { userIdentity } of updates) {
      expect(userIdentity.sessionContext.sessionIssuer.userName).toBe(`${world.names.prefix}-dagster-task`);
    }
  },
);

/** Nessie's content of a table, its snapshot id as text. */
async function contentOf({ endpoint }: TestSimulator, table: string) {
  const { text, json } = await http(`${endpoint}/nessie/api/v2/trees/main/contents/lakehouse.${table}`);
  return { location: json.content.metadataLocation as string, snapshotId: /"snapshotId":(\d+)/.exec(text)?.[1] };
}

test.each(SEEDS)(
  "Nessie's contents are the Iceberg tables in S3, before and after Dagster's appends (seed %i)",
  async (seed) => {
    const simulator = await testSimulator({ seed });
    const { world, clients } = simulator;
    for (const afterMs of [0, 61 * MINUTE_MS]) {
      world.advanceBy(afterMs);
      for (const table of TABLES) {
        const { location, snapshotId } = await contentOf(simulator, table);
        expect((await metadataAt(simulator, location)).snapshotId).toBe(snapshotId);
        expect(location).toBe(world.storage.tables.get(table)?.metadataLocation);
      }
    }
    const tables = await new GlueClient(clients).send(new GetTablesCommand({ DatabaseName: world.names.glueDatabase }));
    expect(tables.TableList).toEqual([]);
  },
);

test("an append writes data, manifest, list and metadata as Dagster's role, and the data events say so", async () => {
  const simulator = await testSimulator({ seed: 2 });
  simulator.world.advanceBy(20 * MINUTE_MS);
  const [run] = simulator.world.dagster.runs.ended.slice(-2);
  const during = (await dataEvents(simulator)).filter(({ eventTime }) => {
    return Math.abs(Date.parse(eventTime) - run!.endedAtMs) < 1000;
  });
  const keys = during.map(({ eventName, requestParameters }) => `${eventName} ${requestParameters.key}`);
  const start = `lakehouse/${run!.table}`;
  expect(keys[0]).toMatch(new RegExp(`^GetObject ${start}/metadata/\\d{5}-.*\\.metadata\\.json$`));
  expect(keys.at(1)).toMatch(new RegExp(`^PutObject ${start}/data/.*\\.parquet$`));
  expect(keys.at(-3)).toMatch(new RegExp(`^PutObject ${start}/metadata/.*-m0\\.avro$`));
  expect(keys.at(-2)).toMatch(new RegExp(`^PutObject ${start}/metadata/snap-.*\\.avro$`));
  expect(keys.at(-1)).toMatch(new RegExp(`^PutObject ${start}/metadata/\\d{5}-.*\\.metadata\\.json$`));
  for (const { requestParameters, eventName } of during) {
    if (eventName === "PutObject") expect(requestParameters["x-amz-server-side-encryption"]).toBe("aws:kms");
  }
});

test("after a rollback of the branch Dagster writes on from there", async () => {
  const simulator = await testSimulator();
  const { world, endpoint } = simulator;
  const api = `${endpoint}/nessie/api/v2`;
  const before = await contentOf(simulator, "event_stream");
  const good = (await http(`${api}/trees/main`)).json.reference;
  world.advanceBy(40 * MINUTE_MS);
  expect(await contentOf(simulator, "event_stream")).not.toEqual(before);
  const bad = (await http(`${api}/trees/main`)).json.reference;
  const moved = await http(`${api}/trees/main@${bad.hash}`, "PUT", { type: "BRANCH", name: "main", hash: good.hash });
  expect(moved.status).toBe(200);
  expect(await contentOf(simulator, "event_stream")).toEqual(before);
  world.advanceBy(40 * MINUTE_MS);
  const after = await contentOf(simulator, "event_stream");
  const table = world.storage.tables.get("event_stream")!;
  expect(table.metadataLocation).toBe(after.location);
  const ids = table.snapshots.map(({ snapshotId }) => String(snapshotId));
  const atRollback = ids.indexOf(before.snapshotId!);
  expect(atRollback).toBeGreaterThan(-1);
  expect(table.snapshots.slice(atRollback + 1).every(({ atMs }) => atMs > world.epochMs + 40 * MINUTE_MS)).toBe(true);
  expect(world.dagster.runs.ended.every(({ error }) => error === undefined)).toBe(true);
});

test("GetTable of a table of a Nessie lakehouse finds nothing in Glue", async () => {
  const { clients, world } = await testSimulator();
  const asked = new GetTableCommand({ DatabaseName: world.names.glueDatabase, Name: "orders" });
  await expect(new GlueClient(clients).send(asked)).rejects.toMatchObject({ name: "EntityNotFoundException" });
});
