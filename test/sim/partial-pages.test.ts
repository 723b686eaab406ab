import { CloudWatchClient, paginateListMetrics } from "@aws-sdk/client-cloudwatch";
import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  paginateDescribeLogStreams,
  paginateFilterLogEvents,
} from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient, paginateListTables, paginateScan, ScanCommand } from "@aws-sdk/client-dynamodb";
import { ECSClient, paginateListTasks } from "@aws-sdk/client-ecs";
import { IAMClient, paginateListRoles } from "@aws-sdk/client-iam";
import { paginateGetResources, ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import {
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  paginateListBuckets,
  paginateListObjectsV2,
  S3Client,
} from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { type TestSimulator, testSimulator } from "../support/simulator.ts";

type Paged = (simulator: TestSimulator) => AsyncIterable<unknown[] | undefined>;

async function* mapped<T>(pages: AsyncIterable<T>, items: (page: T) => unknown[] | undefined) {
  for await (const page of pages) yield items(page);
}

/** Some seconds of the log group, all of which can be read; the simulator stands still meanwhile. */
const logWindow = ({ world }: TestSimulator) => ({
  logGroupName: world.names.logGroup,
  startTime: world.epochMs - 600_000,
  endTime: world.epochMs - 590_000,
});

/** Lists of every protocol, each with the SDK's own paginator. `emptied`: its pages may be empty beside a token. */
const LISTS: [name: string, emptied: boolean, list: Paged][] = [
  [
    "cloudwatch ListMetrics",
    true,
    ({ clients }) => mapped(paginateListMetrics({ client: new CloudWatchClient(clients) }, {}), (page) => page.Metrics),
  ],
  [
    "ecs ListTasks",
    true,
    ({ clients, world }) =>
      mapped(
        paginateListTasks({ client: new ECSClient(clients) }, { cluster: world.names.cluster }),
        (page) => page.taskArns,
      ),
  ],
  [
    "iam ListRoles",
    true,
    ({ clientsOf }) =>
      mapped(paginateListRoles({ client: new IAMClient(clientsOf("root")) }, {}), (page) => page.Roles),
  ],
  [
    "logs DescribeLogStreams",
    true,
    (simulator) =>
      mapped(
        paginateDescribeLogStreams(
          { client: new CloudWatchLogsClient(simulator.clients) },
          { logGroupName: simulator.world.names.logGroup },
        ),
        (page) => page.logStreams,
      ),
  ],
  [
    "logs FilterLogEvents",
    true,
    (simulator) =>
      mapped(
        paginateFilterLogEvents({ client: new CloudWatchLogsClient(simulator.clients) }, logWindow(simulator)),
        (page) => page.events,
      ),
  ],
  [
    "tagging GetResources",
    true,
    ({ clients }) =>
      mapped(
        paginateGetResources({ client: new ResourceGroupsTaggingAPIClient(clients) }, {}),
        (page) => page.ResourceTagMappingList,
      ),
  ],
  [
    "dynamodb ListTables",
    false,
    ({ clients }) => mapped(paginateListTables({ client: new DynamoDBClient(clients) }, {}), (page) => page.TableNames),
  ],
  [
    "dynamodb Scan",
    false,
    ({ clients, world }) =>
      mapped(
        paginateScan({ client: new DynamoDBClient(clients) }, { TableName: `${world.names.nessieTablePrefix}_objs` }),
        (page) => page.Items,
      ),
  ],
  [
    "s3 ListBuckets",
    false,
    ({ clients }) => mapped(paginateListBuckets({ client: new S3Client(clients) }, {}), (page) => page.Buckets),
  ],
  [
    "s3 ListObjectsV2",
    false,
    ({ clients, world }) =>
      mapped(
        paginateListObjectsV2(
          { client: new S3Client(clients) },
          { Bucket: world.names.lakehouseBucket, Prefix: world.storage.tables.get("orders")?.prefix },
        ),
        (page) => page.Contents,
      ),
  ],
];

async function pagesOf(simulator: TestSimulator, list: Paged): Promise<unknown[][]> {
  const pages: unknown[][] = [];
  for await (const items of list(simulator)) pages.push(items ?? []);
  return pages;
}

describe.each(LISTS)("%s", (_name, emptied, list) => {
  test("a caller who pages on gets every item once, in the same order", async () => {
    const simulator = await testSimulator();
    const whole = (await pagesOf(simulator, list)).flat();
    expect(whole.length).toBeGreaterThan(1);
    simulator.faults.add({ kind: "partial-pages", pageItems: 2 });
    const small = await pagesOf(simulator, list);
    expect(small.flat()).toEqual(whole);
    expect(Math.max(...small.map((items) => items.length))).toBeLessThanOrEqual(2);
    expect(small.length).toBeGreaterThanOrEqual(whole.length / 2);
    simulator.faults.clear();
    simulator.faults.add({ kind: "partial-pages", pageItems: 0 });
    const sparse = await pagesOf(simulator, list);
    expect(sparse.flat()).toEqual(whole);
    expect(sparse.slice(0, -1).some((items) => items.length === 0)).toBe(emptied);
  });
});

test("only the calls that are named, as often as is said", async () => {
  const simulator = await testSimulator();
  const client = new S3Client(simulator.clients);
  const ask = async () => {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: simulator.world.names.lakehouseBucket, MaxKeys: 7 }),
    );
    return [page.KeyCount, page.IsTruncated, page.MaxKeys];
  };
  simulator.faults.add({ kind: "partial-pages", service: "s3", operation: "ListObjectsV2", pageItems: 3, times: 1 });
  const versions = await client.send(
    new ListObjectVersionsCommand({ Bucket: simulator.world.names.lakehouseBucket, MaxKeys: 7 }),
  );
  expect((versions.Versions ?? []).length + (versions.DeleteMarkers ?? []).length).toBe(7);
  expect(await ask()).toEqual([3, true, 7]);
  expect(await ask()).toEqual([7, true, 7]);
});

test("where a filter finds nothing among the few items looked at, the page is empty beside its token", async () => {
  const simulator = await testSimulator();
  const { clients, world, faults } = simulator;
  faults.add({ kind: "partial-pages" });
  const logs = new CloudWatchLogsClient(clients);
  const nothing = await logs.send(new FilterLogEventsCommand({ ...logWindow(simulator), filterPattern: "nosuchword" }));
  expect(nothing.events).toEqual([]);
  expect(nothing.nextToken).toBeTruthy();
  const scanned = await new DynamoDBClient(clients).send(
    new ScanCommand({
      TableName: `${world.names.nessieTablePrefix}_objs`,
      FilterExpression: "attribute_exists(nosuchattribute)",
    }),
  );
  expect(scanned).toMatchObject({ Count: 0, ScannedCount: 1, LastEvaluatedKey: expect.any(Object) });
});

test("GetLogEvents reads on by its forward token until the same one comes back", async () => {
  const simulator = await testSimulator();
  const client = new CloudWatchLogsClient(simulator.clients);
  const { logGroupName, ...times } = logWindow(simulator);
  const [logStreamName] = [...(simulator.world.logs.groups.get(logGroupName)?.streams.keys() ?? [])];
  const read = async () => {
    const messages: (string | undefined)[] = [];
    let empty = 0;
    for (let nextToken: string | undefined, before: string | undefined = ""; nextToken !== before; ) {
      before = nextToken;
      const page = await client.send(
        new GetLogEventsCommand({ logGroupName, logStreamName, ...times, startFromHead: true, nextToken }),
      );
      messages.push(...(page.events ?? []).map(({ message }) => message));
      if (page.events?.length === 0) empty += 1;
      nextToken = page.nextForwardToken;
    }
    return { messages, empty };
  };
  const whole = await read();
  expect(whole.messages.length).toBeGreaterThan(1);
  simulator.faults.add({ kind: "partial-pages", pageItems: 0 });
  const sparse = await read();
  expect(sparse.messages).toEqual(whole.messages);
  expect(sparse.empty).toBeGreaterThan(whole.messages.length / 2);
});
