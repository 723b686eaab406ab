import { gunzipSync } from "node:zlib";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { scenarioById } from "../../../src/sim/scenarios/index.ts";
import type { CatalogType } from "../../../src/sim/world/names.ts";
import { TEST_EPOCH_MS, type TestSimulator, testSimulator } from "../../support/simulator.ts";
import { sample } from "../../support/thorough.ts";

export const MINUTE_MS = 60_000;
export const SEEDS = sample([1, 2, 3, 4, 5], 2);

const PLACES = [
  {},
  { project: "acme", environment: "dev", region: "eu-central-1", accountId: "222233334444" },
  { project: "data-hub", environment: "staging", region: "ap-southeast-2" },
] as const;

/** A scenario with its seed, in a place and with a catalog that follow from the seed, anywhere in the minute. */
export async function scenarioWorld(scenario: string, seed: number, catalogType?: CatalogType) {
  const { catalogs, contained, resolved } = scenarioById(scenario);
  const simulator = await testSimulator({
    scenario,
    seed,
    epochMs: TEST_EPOCH_MS + seed * 4_733,
    catalogType: catalogType ?? catalogs[seed % catalogs.length]!,
    ...PLACES[seed % PLACES.length],
  });
  const { world } = simulator;
  return { ...simulator, contained: () => contained.holds(world), resolved: () => resolved.holds(world) };
}

/** Messages of one of Dagster's log groups that fit the pattern, from half an hour before the start until now. */
export async function dagsterLog({ clients, world }: TestSimulator, pattern: string, service = "dagster-daemon") {
  const client = new CloudWatchLogsClient(clients);
  const found: { message: string; timestamp: number; stream: string }[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(
      new FilterLogEventsCommand({
        logGroupName: `/ecs/${world.names.prefix}-${service}`,
        startTime: world.epochMs - 30 * MINUTE_MS,
        filterPattern: pattern,
        nextToken,
      }),
    );
    for (const { message = "", timestamp = 0, logStreamName = "" } of page.events ?? []) {
      found.push({ message, timestamp, stream: logStreamName });
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return found;
}

/** Events of the history with this name, newest first, as their records. */
export async function history({ clients }: TestSimulator, name: string, region = clients.region) {
  const lookup = new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: name }] });
  const { Events = [] } = await new CloudTrailClient({ ...clients, region }).send(lookup);
  return Events.map(({ CloudTrailEvent = "{}" }) => JSON.parse(CloudTrailEvent));
}

/** All data events that have landed in the audit bucket. */
export async function dataEvents({ clients, world }: TestSimulator) {
  const client = new S3Client(clients);
  const Bucket = world.names.auditBucket;
  const Prefix = `AWSLogs/${world.names.accountId}/CloudTrail/`;
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
  const records = await Promise.all(
    Contents.map(async ({ Key }) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
      return JSON.parse(gunzipSync(bytes).toString("utf8")).Records;
    }),
  );
  return records.flat();
}

/** Stops Dagster's daemon as the runbook says. */
export async function stopDaemon({ clients, world }: TestSimulator) {
  const cluster = `${world.names.prefix}-dagster`;
  await new ECSClient(clients).send(new UpdateServiceCommand({ cluster, service: "dagster-daemon", desiredCount: 0 }));
  world.advanceBy(2 * MINUTE_MS);
}
