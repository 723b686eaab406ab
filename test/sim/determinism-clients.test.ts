import { CloudWatchClient, DescribeAlarmsCommand, ListMetricsCommand } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { DescribeServicesCommand, ECSClient, ListTasksCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import {
  DeleteObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { type RandomStream, randomStream } from "../../src/sim/world/random.ts";
import { type TestSimulator, testSimulator } from "../support/simulator.ts";

const UNTIL_MS = 12 * 60_000;

function clientsOf({ clients }: TestSimulator) {
  return {
    ecs: new ECSClient(clients),
    s3: new S3Client(clients),
    dynamodb: new DynamoDBClient(clients),
    logs: new CloudWatchLogsClient(clients),
    watch: new CloudWatchClient(clients),
  };
}

/** What a responder does, by virtual ms after the start. */
function script(simulator: TestSimulator): [atMs: number, act: () => Promise<unknown>][] {
  const { names } = simulator.world;
  const { ecs, s3, dynamodb, logs, watch } = clientsOf(simulator);
  const object = { Bucket: names.lakehouseBucket, Key: "incident/note.txt" };
  const scale = (desiredCount: number) => () =>
    ecs.send(new UpdateServiceCommand({ cluster: names.cluster, service: names.service, desiredCount }));
  return [
    [30_000, () => ecs.send(new ListTasksCommand({ cluster: names.cluster }))],
    [61_000, scale(4)],
    [90_500, () => s3.send(new PutObjectCommand({ ...object, Body: "first", ServerSideEncryption: "aws:kms" }))],
    [150_000, () => watch.send(new DescribeAlarmsCommand({}))],
    [200_000, () => dynamodb.send(new PutItemCommand({ TableName: names.lockTable, Item: { LockID: { S: "held" } } }))],
    [240_250, scale(0)],
    [300_000, () => s3.send(new PutObjectCommand({ ...object, Body: "second", ServerSideEncryption: "aws:kms" }))],
    [301_000, () => s3.send(new DeleteObjectCommand(object))],
    [420_000, () => logs.send(new FilterLogEventsCommand({ logGroupName: names.logGroup, limit: 50 }))],
    [480_000, scale(2)],
  ];
}

/** One read of somebody else, at random. */
function read(simulator: TestSimulator, random: RandomStream): Promise<unknown> {
  const { names } = simulator.world;
  const { ecs, s3, dynamodb, logs, watch } = clientsOf(simulator);
  const reads = [
    () => ecs.send(new DescribeServicesCommand({ cluster: names.cluster, services: [names.service] })),
    () => s3.send(new ListObjectsV2Command({ Bucket: names.lakehouseBucket, MaxKeys: 20 })),
    () => dynamodb.send(new ScanCommand({ TableName: names.lockTable })),
    () => logs.send(new FilterLogEventsCommand({ logGroupName: names.logGroup, limit: 20 })),
    () => watch.send(new ListMetricsCommand({})),
  ];
  return reads[Math.floor(random.between(0, reads.length))]!();
}

/** Everything that happened and what is left, after the script, with reads of somebody else between when a stream says when. */
async function outcome(seed: number, reader?: RandomStream) {
  const simulator = await testSimulator({ scenario: "nessie-oom", seed });
  const { world } = simulator;
  for (const [offsetMs, act] of script(simulator)) {
    while (reader && reader.next() < 0.7) {
      const nowMs = world.now();
      world.advanceTo(nowMs + reader.between(0, Math.max(0, world.epochMs + offsetMs - nowMs - 1)));
      await read(simulator, reader);
    }
    world.advanceTo(world.epochMs + offsetMs);
    await act();
  }
  world.advanceTo(world.epochMs + UNTIL_MS);
  const { s3, watch, ecs, dynamodb } = clientsOf(simulator);
  const { names } = world;
  const versions = await s3.send(new ListObjectVersionsCommand({ Bucket: names.lakehouseBucket, Prefix: "incident/" }));
  const alarms = await watch.send(new DescribeAlarmsCommand({}));
  const services = await ecs.send(new DescribeServicesCommand({ cluster: names.cluster, services: [names.service] }));
  const locks = await dynamodb.send(new ScanCommand({ TableName: names.lockTable }));
  return {
    journal: world.journal.hash(UNTIL_MS),
    versions: [versions.Versions, versions.DeleteMarkers],
    alarms: alarms.MetricAlarms,
    services: services.services,
    locks: locks.Items,
  };
}

test("a script of reads and writes at fixed virtual times: the same whoever else reads, and different at another seed", async () => {
  const alone = await outcome(7);
  expect(alone.versions.map((found) => found?.length)).toEqual([2, 1]);
  expect(await outcome(7)).toEqual(alone);
  for (const seed of [1, 2, 3]) expect(await outcome(7, randomStream(seed, "reader"))).toEqual(alone);
  expect((await outcome(8)).journal).not.toBe(alone.journal);
});
