import { CloudWatchClient, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import * as dynamo from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { testSimulator } from "../../support/simulator.ts";

const REFS = "lakehouse-prod-nessie_refs";

test("a hot partition refuses a share of one operation, by table and operation in the metrics", async () => {
  const { clients, world } = await testSimulator();
  const dynamodb = new dynamo.DynamoDBClient({ ...clients, maxAttempts: 1 });
  const off = world.dynamodb.throttles.add({
    table: REFS,
    operation: "GetItem",
    cause: "hot-partition",
    share: 0.5,
    perSecond: 3,
  });
  const get = () =>
    dynamodb.send(new dynamo.GetItemCommand({ TableName: REFS, Key: { k: { S: ":refs/heads/main" } } }));
  const outcomes = [];
  for (let call = 0; call < 6; call++)
    outcomes.push(
      await get().then(
        () => "ok",
        (error: Error) => error.name,
      ),
    );
  expect(outcomes.filter((outcome) => outcome === "ThrottlingException")).toHaveLength(3);
  expect(outcomes.filter((outcome) => outcome === "ok")).toHaveLength(3);
  await dynamodb.send(new dynamo.ScanCommand({ TableName: REFS }));
  world.advanceBy(4 * 60_000);
  off();
  await get();
  const sum = async (MetricName: string, dimensions: Record<string, string>) => {
    const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
    const query = {
      Id: "m",
      MetricStat: { Metric: { Namespace: "AWS/DynamoDB", MetricName, Dimensions }, Period: 60, Stat: "Sum" },
    };
    const { MetricDataResults } = await new CloudWatchClient(clients).send(
      new GetMetricDataCommand({
        StartTime: new Date(world.epochMs),
        EndTime: new Date(world.now()),
        MetricDataQueries: [query],
      }),
    );
    return (MetricDataResults?.[0]?.Values ?? []).reduce((total, value) => total + value, 0);
  };
  expect(await sum("ThrottledRequests", { TableName: REFS, Operation: "GetItem" })).toBeGreaterThanOrEqual(3 * 180);
  expect(await sum("ThrottledRequests", { TableName: REFS })).toBe(0);
  expect(await sum("ReadThrottleEvents", { TableName: REFS })).toBeGreaterThan(0);
  expect(await sum("ConsumedReadCapacityUnits", { TableName: REFS })).toBeGreaterThan(0);
  expect(world.alarms.byName.get("lakehouse-prod-nessie-dynamo-throttled")?.state).toBe("OK");
});

test("each cause has its own error with its reason", async () => {
  const { clients, world } = await testSimulator();
  const dynamodb = new dynamo.DynamoDBClient({ ...clients, maxAttempts: 1 });
  const put = () =>
    dynamodb
      .send(new dynamo.PutItemCommand({ TableName: REFS, Item: { k: { S: "x" } } }))
      .catch((error: unknown) => error);
  const common = { table: REFS, operation: "PutItem", share: 1, perSecond: 1 };
  const offAccount = world.dynamodb.throttles.add({ ...common, cause: "account-limit" });
  const account = await put();
  expect(account).toBeInstanceOf(dynamo.RequestLimitExceeded);
  expect(account).toMatchObject({
    ThrottlingReasons: [{ reason: "TableWriteAccountLimitExceeded", resource: expect.stringContaining(REFS) }],
  });
  offAccount();
  const offTable = world.dynamodb.throttles.add({ ...common, cause: "table-maximum" });
  expect(await put()).toMatchObject({
    name: "ThrottlingException",
    throttlingReasons: [{ reason: "TableWriteMaxOnDemandThroughputExceeded" }],
  });
  world.dynamodb.byName.get(REFS)!.billingMode = "PROVISIONED";
  expect(await put()).toBeInstanceOf(dynamo.ProvisionedThroughputExceededException);
  offTable();
  expect(await put()).toMatchObject({ $metadata: { httpStatusCode: 200 } });
});
