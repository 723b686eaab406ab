import * as dynamo from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { testSimulator } from "../../support/simulator.ts";

const TableName = "lakehouse-prod-nessie";

/** Items with a partition key, a sort key and about `bytes` bytes. */
async function filled(count: number, bytes: number) {
  const { clients, world } = await testSimulator();
  const table = world.dynamodb.byName.get(TableName)!;
  for (let index = 0; index < count; index++) {
    const sk = String(index).padStart(4, "0");
    table.put(
      { pk: { S: `p${index % 5}` }, sk: { S: sk }, n: { N: String(index) }, body: { S: "x".repeat(bytes) } },
      world.kernel.nowMs,
    );
  }
  return { dynamodb: new dynamo.DynamoDBClient(clients), world };
}

test("Scan: pages of 1 MB with LastEvaluatedKey, every item once", async () => {
  const { dynamodb } = await filled(60, 50_000);
  const seen: string[] = [];
  let pages = 0;
  let ExclusiveStartKey: Record<string, dynamo.AttributeValue> | undefined;
  do {
    const page: dynamo.ScanCommandOutput = await dynamodb.send(
      new dynamo.ScanCommand({ TableName, ExclusiveStartKey, ReturnConsumedCapacity: "TOTAL" }),
    );
    pages += 1;
    seen.push(...(page.Items ?? []).map((item) => item.sk?.S ?? ""));
    expect(page.ConsumedCapacity?.CapacityUnits).toBeLessThanOrEqual(140);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  expect(pages).toBe(3);
  expect(seen.toSorted()).toEqual(Array.from({ length: 60 }, (_, index) => String(index).padStart(4, "0")));
});

test("Scan: Limit counts before the filter; COUNT; segments divide the table", async () => {
  const { dynamodb } = await filled(100, 10);
  const filter = { FilterExpression: "n < :n", ExpressionAttributeValues: { ":n": { N: "10" } } };
  const all = await dynamodb.send(new dynamo.ScanCommand({ TableName, ...filter, ProjectionExpression: "sk" }));
  expect(all).toMatchObject({ Count: 10, ScannedCount: 100 });
  expect(all.Items?.every((item) => Object.keys(item).join() === "sk")).toBe(true);
  const limited = await dynamodb.send(new dynamo.ScanCommand({ TableName, ...filter, Limit: 30 }));
  expect(limited.ScannedCount).toBe(30);
  expect(limited.LastEvaluatedKey).toBeDefined();
  const counted = await dynamodb.send(new dynamo.ScanCommand({ TableName, Select: "COUNT", ConsistentRead: true }));
  expect(counted).toMatchObject({ Count: 100, ScannedCount: 100 });
  expect(counted.Items).toBeUndefined();
  const segments = await Promise.all(
    [0, 1, 2].map((Segment) => dynamodb.send(new dynamo.ScanCommand({ TableName, Segment, TotalSegments: 3 }))),
  );
  const keys = segments.flatMap((segment) => (segment.Items ?? []).map((item) => item.sk?.S));
  expect(new Set(keys).size).toBe(100);
  expect(keys).toHaveLength(100);
  await expect(dynamodb.send(new dynamo.ScanCommand({ TableName, Segment: 3, TotalSegments: 3 }))).rejects.toThrow(
    "must be less than parameter TotalSegments",
  );
});

test("Query: one partition in order of the sort key, either way, with conditions on it", async () => {
  const { dynamodb } = await filled(50, 10);
  const query = (condition: string, values: Record<string, dynamo.AttributeValue>, more: object = {}) =>
    dynamodb.send(
      new dynamo.QueryCommand({
        TableName,
        KeyConditionExpression: condition,
        ExpressionAttributeValues: values,
        ...more,
      }),
    );
  const keysOf = (page: dynamo.QueryCommandOutput) => page.Items?.map((item) => item.sk?.S);
  const pk = { ":p": { S: "p3" } };
  expect(keysOf(await query("pk = :p AND sk < :s", { ...pk, ":s": { S: "0015" } }))).toEqual(["0003", "0008", "0013"]);
  const last = await query("pk = :p", pk, { ScanIndexForward: false, Limit: 2 });
  expect(keysOf(last)).toEqual(["0048", "0043"]);
  expect(
    keysOf(await query("pk = :p", pk, { ScanIndexForward: false, Limit: 2, ExclusiveStartKey: last.LastEvaluatedKey })),
  ).toEqual(["0038", "0033"]);
  await expect(query("sk = :p", pk)).rejects.toThrow("Query condition missed key schema element: pk");
  await expect(query("pk = :p", pk, { IndexName: "by-n" })).rejects.toThrow("does not have the specified index: by-n");
});
