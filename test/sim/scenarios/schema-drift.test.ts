import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { GetTableCommand, GetTableVersionsCommand, GlueClient, UpdateTableCommand } from "@aws-sdk/client-glue";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { SLACK_WEBHOOK } from "../../../src/sim/world/messaging/slack.ts";
import { http } from "../../support/http.ts";
import type { TestSimulator } from "../../support/simulator.ts";
import { dagsterLog, MINUTE_MS, SEEDS, scenarioWorld, stopDaemon } from "./dagster-support.ts";

interface IcebergField {
  id: number;
  name: string;
  type: string;
  required: boolean;
}

/** Where the catalog in use says that the table's metadata is. */
async function located(simulator: TestSimulator, table: string): Promise<string> {
  const { clients, endpoint, world } = simulator;
  if (simulator.catalogType === "nessie") {
    const { json } = await http(`${endpoint}/nessie/api/v2/trees/main/contents/lakehouse.${table}`);
    return json.content.metadataLocation;
  }
  const DatabaseName = world.names.glueDatabase;
  const { Table } = await new GlueClient(clients).send(new GetTableCommand({ DatabaseName, Name: table }));
  return Table?.Parameters?.metadata_location ?? "";
}

const keyOf = (location: string) => location.replace(/^s3:\/\/[^/]+\//, "");

async function metadataText({ clients, world }: TestSimulator, location: string): Promise<string> {
  const client = new S3Client(clients);
  const { Body } = await client.send(
    new GetObjectCommand({ Bucket: world.names.lakehouseBucket, Key: keyOf(location) }),
  );
  return (await Body?.transformToString()) ?? "";
}

function fieldsOf(text: string): IcebergField[] {
  const metadata = JSON.parse(text);
  const current = metadata["current-schema-id"];
  return metadata.schemas.find((schema: Record<string, unknown>) => schema["schema-id"] === current).fields;
}

/** The live table's columns, read as any reader does. */
async function liveFields(simulator: TestSimulator, table: string): Promise<IcebergField[]> {
  return fieldsOf(await metadataText(simulator, await located(simulator, table)));
}

/** Puts the first schema back in force: a metadata file by hand, and the catalog set to it. Large numbers stay as they are written. */
async function putSchemaBack(simulator: TestSimulator, table: string): Promise<void> {
  const { clients, endpoint, world } = simulator;
  const before = await located(simulator, table);
  const text = (await metadataText(simulator, before)).replace(/"current-schema-id":\s*\d+/, '"current-schema-id":0');
  const Key = keyOf(before).replace(/\d{5}-[^/]+$/, "09000-by-hand.metadata.json");
  const Bucket = world.names.lakehouseBucket;
  await new S3Client(clients).send(new PutObjectCommand({ Bucket, Key, Body: text, ServerSideEncryption: "aws:kms" }));
  const location = `s3://${Bucket}/${Key}`;
  if (simulator.catalogType === "nessie") {
    const api = `${endpoint}/nessie/api/v2`;
    const { json: main } = await http(`${api}/trees/main`);
    const { text: contents } = await http(`${api}/trees/main/contents/lakehouse.${table}`);
    const content = /"content":(\{[^}]*\})/.exec(contents)![1]!.replace(before, location);
    const body = `{"commitMeta":{"message":"Put the schema back"},"operations":[{"type":"PUT","key":{"elements":["lakehouse","${table}"]},"content":${content}}]}`;
    const path = `${api}/trees/main@${main.reference.hash}/history/commit`;
    const answer = await http(path, "POST", body, { "content-type": "application/json" });
    expect(answer.status).toBe(200);
    return;
  }
  const glue = new GlueClient(clients);
  const DatabaseName = world.names.glueDatabase;
  const { TableVersions = [] } = await glue.send(new GetTableVersionsCommand({ DatabaseName, TableName: table }));
  const old = TableVersions.at(-1)?.Table;
  await glue.send(
    new UpdateTableCommand({
      DatabaseName,
      TableInput: {
        Name: table,
        TableType: "EXTERNAL_TABLE",
        Parameters: { table_type: "ICEBERG", metadata_location: location, previous_metadata_location: before },
        StorageDescriptor: { Columns: old?.StorageDescriptor?.Columns, Location: old?.StorageDescriptor?.Location },
      },
    }),
  );
}

interface Change {
  who: string;
  message?: string;
}

/** Who changed the table's schema last, from what the catalog in use keeps of it. */
async function lastSchemaChange(simulator: TestSimulator, table: string): Promise<Change | undefined> {
  const { clients, endpoint, world } = simulator;
  if (simulator.catalogType === "nessie") {
    const { json } = await http(`${endpoint}/nessie/api/v2/trees/main/history?fetch=ALL&max-records=100`);
    const changes = json.logEntries.filter((entry: { operations: { key: { elements: string[] } }[] }) =>
      entry.operations.some(({ key }) => key.elements[1] === table),
    );
    const schemaOf = (entry: { operations: { content: { schemaId: number } }[] }) =>
      entry.operations[0]?.content.schemaId;
    const index = changes.findIndex(
      (entry: Parameters<typeof schemaOf>[0], at: number) =>
        changes[at + 1] && schemaOf(entry) !== schemaOf(changes[at + 1]),
    );
    const { commitMeta } = changes[index] ?? {};
    return commitMeta && { who: commitMeta.author, message: commitMeta.message };
  }
  const DatabaseName = world.names.glueDatabase;
  const glue = new GlueClient(clients);
  const { TableVersions = [] } = await glue.send(new GetTableVersionsCommand({ DatabaseName, TableName: table }));
  expect(TableVersions.length).toBeGreaterThanOrEqual(2);
  const columns = TableVersions.map(({ Table }) =>
    Table?.StorageDescriptor?.Columns?.map(({ Name, Type }) => `${Name} ${Type}`).join(),
  );
  expect(new Set(columns).size).toBe(2);
  const lookup = new LookupEventsCommand({
    LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "UpdateTable" }],
  });
  const { Events = [] } = await new CloudTrailClient(clients).send(lookup);
  const updates = Events.map(({ CloudTrailEvent = "{}" }) => JSON.parse(CloudTrailEvent)).filter(
    (record) => record.requestParameters.tableInput.name === table && record.requestParameters.skipArchive === false,
  );
  return updates[0] && { who: updates[0].userIdentity.arn };
}

function alerts({ world }: TestSimulator) {
  const channel = world.slack.webhooks.get(SLACK_WEBHOOK)!.channel;
  return {
    sns: world.sns.messages.map(({ subject, message, deliveredTo }) => ({ subject, message, deliveredTo })),
    slack: world.slack.messages.filter((message) => message.channel === channel).map(({ text }) => text),
  };
}

const ORDERS_ALERT =
  "Schema drift detected in lakehouse.orders. Missing columns: {'status'}. Extra columns: {'order_status', 'currency'}. Type mismatches: {'total': {'expected': 'decimal(12, 2)', 'actual': 'decimal(18, 2)'}}.";
const EVENTS_ALERT =
  "Schema drift detected in lakehouse.event_stream. Missing columns: {'session_id'}. Extra columns: {'__index_level_0__'}. Type mismatches: {'user_id': {'expected': 'long', 'actual': 'string'}}.";

/** The alert was sent to SNS and Slack, and is in the daemon's log, all at the sensor's tick minutes before the start. */
async function expectAlerted(simulator: TestSimulator, text: string, times: number) {
  const { sns, slack } = alerts(simulator);
  const sent = { subject: "Schema Drift Detected", message: text, deliveredTo: ["data-oncall@example.com"] };
  expect(sns).toEqual(Array.from({ length: times }, () => sent));
  expect(slack).toEqual(Array.from({ length: times }, () => `*Schema Drift Detected*\n${text}`));
  const lines = await dagsterLog(simulator, '"Schema drift detected"');
  expect(lines).toHaveLength(times);
  expect(lines[0]!.message).toContain(`WARNING - ${text}`);
  const beforeMs = simulator.world.epochMs - lines[0]!.timestamp;
  expect(beforeMs).toBeGreaterThan(MINUTE_MS);
  expect(beforeMs).toBeLessThan(7 * MINUTE_MS);
}

const seedsAndCatalogs = SEEDS.map((seed) => ({
  seed,
  catalog: seed % 2 === 0 ? ("nessie" as const) : ("glue" as const),
}));

describe("schema-drift:intentional", () => {
  test.each(seedsAndCatalogs)(
    "the template follows the live schema (seed $seed, $catalog)",
    async ({ seed, catalog }) => {
      const simulator = await scenarioWorld("schema-drift:intentional", seed, catalog);
      const { world, contained, resolved } = simulator;
      expect([contained(), resolved()]).toEqual([false, false]);
      await expectAlerted(simulator, ORDERS_ALERT, 1);
      const change = await lastSchemaChange(simulator, "orders");
      if (catalog === "nessie") expect(change).toMatchObject({ who: "data-team/ines.moreau", message: /^DATA-412/ });
      else expect(change?.who).toMatch(/assumed-role\/data-engineer\/DATA-412-orders-v2$/);

      const live = await liveFields(simulator, "orders");
      const template = parse(world.templates.texts.get("orders")!);
      expect(template).toMatchObject({ name: "orders", namespace: "lakehouse" });
      expect(() =>
        world.templates.propose("name: nobody\nnamespace: lakehouse\ncolumns: [{name: a, type: int}]"),
      ).toThrow("no table nobody");
      expect(resolved()).toBe(false);
      const columns = live.map(({ name, type, required }) => ({ name, type, ...(required && { required }) }));
      world.templates.propose(stringify({ ...template, columns }));
      expect([contained(), resolved()]).toEqual([true, true]);

      world.advanceBy(65 * MINUTE_MS);
      await expectAlerted(simulator, ORDERS_ALERT, 1);
      expect(resolved()).toBe(true);
      expect((await dagsterLog(simulator, '"No schema drift detected across 4 tables"')).length).toBeGreaterThan(0);
    },
  );

  test("putting the schema back resolves it too", async () => {
    const simulator = await scenarioWorld("schema-drift:intentional", 2, "glue");
    await putSchemaBack(simulator, "orders");
    expect(simulator.resolved()).toBe(true);
  });
});

describe("schema-drift:unintentional", () => {
  test.each(seedsAndCatalogs)(
    "the schema goes back to what it was (seed $seed, $catalog)",
    async ({ seed, catalog }) => {
      const simulator = await scenarioWorld("schema-drift:unintentional", seed, catalog);
      const { world, contained, resolved } = simulator;
      expect([contained(), resolved()]).toEqual([false, false]);
      await expectAlerted(simulator, EVENTS_ALERT, 1);
      const change = await lastSchemaChange(simulator, "event_stream");
      if (catalog === "nessie") expect(change).toMatchObject({ who: "dagster" });
      else expect(change?.who).toContain(`assumed-role/${world.names.prefix}-dagster-task/`);
      expect((await dagsterLog(simulator, '"events_backfill"')).length).toBeGreaterThanOrEqual(3);

      const live = await liveFields(simulator, "event_stream");
      const template = parse(world.templates.texts.get("event_stream")!);
      world.templates.propose(stringify({ ...template, columns: live.map(({ name, type }) => ({ name, type })) }));
      expect(resolved()).toBe(false);
      world.templates.propose(stringify(template));

      await putSchemaBack(simulator, "event_stream");
      expect([contained(), resolved()]).toEqual([true, true]);
      expect((await liveFields(simulator, "event_stream")).map(({ name }) => name)).toContain("session_id");
      const location = await located(simulator, "event_stream");
      world.advanceBy(65 * MINUTE_MS);
      // Dagster writes on from the metadata file that the responder made.
      expect(await located(simulator, "event_stream")).not.toBe(location);
      expect(world.dagster.runs.ended.every(({ error }) => error === undefined)).toBe(true);
      expect(resolved()).toBe(true);
      await expectAlerted(simulator, EVENTS_ALERT, 1);
    },
  );

  test("left alone the alert comes every hour; with the daemon stopped it is contained", async () => {
    const simulator = await scenarioWorld("schema-drift:unintentional", 3, "nessie");
    simulator.world.advanceBy(65 * MINUTE_MS);
    await expectAlerted(simulator, EVENTS_ALERT, 2);
    expect([simulator.contained(), simulator.resolved()]).toEqual([false, false]);
    await stopDaemon(simulator);
    expect([simulator.contained(), simulator.resolved()]).toEqual([true, false]);
  });
});
