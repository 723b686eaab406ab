import * as dynamo from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { http } from "../../support/http.ts";
import { incident, MINUTE_MS, SEEDS } from "./support.ts";

test.each(SEEDS)("reads of the objects table are refused until its maximum is raised (seed %i)", async (seed) => {
  const throttled = await incident("dynamodb-throttling", seed);
  const { world, names, clients } = throttled;
  const TableName = `${names.nessieTablePrefix}_objs`;
  expect([throttled.contained(), throttled.resolved()]).toEqual([false, false]);
  world.advanceBy(3 * MINUTE_MS);
  const refused = (Operation: string) =>
    throttled.metric("AWS/DynamoDB", "ThrottledRequests", { TableName, Operation }, "Sum");
  expect(Math.min(...(await refused("GetItem")))).toBeGreaterThan(500);
  expect(await refused("PutItem")).toEqual([]);
  expect(await throttled.alarm("nessie-dynamo-throttled")).toBe("OK");
  expect((await throttled.targets()).map((health) => health?.State)).toEqual(
    Array.from({ length: world.lakehouse.service.desiredCount }, () => "healthy"),
  );
  const balancer = throttled.loadBalancer();
  const latency = await throttled.metric("AWS/ApplicationELB", "TargetResponseTime", balancer, "Average", 30);
  expect(latency.at(-1)! / latency[0]!).toBeGreaterThan(10);
  expect(await throttled.metric("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", balancer, "Sum", 3)).not.toEqual([]);
  expect((await throttled.lines("ThrottlingException")).length).toBeGreaterThan(100);
  const [updated] = await throttled.events("UpdateTable");
  expect(updated.userIdentity.arn).toContain("platform-engineer/cost-review");
  const dynamodb = new dynamo.DynamoDBClient({ ...clients, maxAttempts: 1 });
  const { Table } = await dynamodb.send(new dynamo.DescribeTableCommand({ TableName }));
  expect(Table).toMatchObject({
    BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
    OnDemandThroughput: { MaxReadRequestUnits: 12, MaxWriteRequestUnits: -1 },
  });
  const history = () => http(`${throttled.endpoint}/nessie/api/v2/trees/main/history`);
  const statuses = [await history(), await history(), await history(), await history()].map(({ status }) => status);
  expect(statuses).toContain(429);
  await dynamodb.send(
    new dynamo.UpdateTableCommand({ TableName, OnDemandThroughput: { MaxReadRequestUnits: seed % 2 ? 200 : -1 } }),
  );
  world.advanceBy(MINUTE_MS);
  expect([throttled.contained(), throttled.resolved()]).toEqual([true, true]);
  expect((await history()).status).toBe(200);
  world.advanceBy(10 * MINUTE_MS);
  expect(await throttled.lines("ThrottlingException", 5)).toEqual([]);
  expect(
    await throttled.metric("AWS/DynamoDB", "ThrottledRequests", { TableName, Operation: "GetItem" }, "Sum", 5),
  ).toEqual([]);
});

test("a maximum that is still too low does not help, one that makes no sense is refused", async () => {
  const { world, names, clients, contained } = await incident("dynamodb-throttling", 1);
  const TableName = `${names.nessieTablePrefix}_objs`;
  const client = new dynamo.DynamoDBClient(clients);
  const update = (OnDemandThroughput: dynamo.OnDemandThroughput) =>
    client.send(new dynamo.UpdateTableCommand({ TableName, OnDemandThroughput }));
  await expect(update({ MaxReadRequestUnits: 0 })).rejects.toMatchObject({ name: "ValidationException" });
  await expect(update({})).rejects.toMatchObject({ name: "ValidationException" });
  await update({ MaxReadRequestUnits: 20 });
  world.advanceBy(MINUTE_MS);
  expect(contained()).toBe(false);
});
