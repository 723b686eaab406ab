import * as dynamo from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { testSimulator } from "../../support/simulator.ts";
import { UNICODE } from "../../support/wire.ts";

const TableName = "tf-locks";

async function client() {
  const { clients, world } = await testSimulator();
  return { client: new dynamo.DynamoDBClient(clients), world };
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

test("items keep every type of value, numbers normalised", async () => {
  const { client: dynamodb } = await client();
  const Item: Record<string, dynamo.AttributeValue> = {
    LockID: { S: UNICODE },
    n: { N: "-12.50" },
    big: { N: "12345678901234567890123456789012345678" },
    b: { B: new Uint8Array([0, 255, 10]) },
    ss: { SS: ["a", "b"] },
    ns: { NS: ["1", "2.5"] },
    bs: { BS: [new Uint8Array([1]), new Uint8Array([2])] },
    m: { M: { deep: { L: [{ S: "x" }, { NULL: true }, { BOOL: false }] } } },
    empty: { S: "" },
  };
  await dynamodb.send(new dynamo.PutItemCommand({ TableName, Item }));
  const { Item: read } = await dynamodb.send(new dynamo.GetItemCommand({ TableName, Key: { LockID: { S: UNICODE } } }));
  expect(read).toEqual({ ...Item, n: { N: "-12.5" } });
  const projected = await dynamodb.send(
    new dynamo.GetItemCommand({
      TableName,
      Key: { LockID: { S: UNICODE } },
      ProjectionExpression: "#m.deep[1], n",
      ExpressionAttributeNames: { "#m": "m" },
    }),
  );
  expect(projected.Item).toEqual({ m: { M: { deep: { L: [{ NULL: true }] } } }, n: { N: "-12.5" } });
  const missing = await dynamodb.send(new dynamo.GetItemCommand({ TableName, Key: { LockID: { S: "none" } } }));
  expect(missing.Item).toBeUndefined();
});

test("a lock is taken once: the second put fails its condition and gets the holder when it asks", async () => {
  const { client: dynamodb } = await client();
  const Item = { LockID: { S: "my-tf-state/a" }, Info: { S: '{"ID":"1"}' } };
  const ConditionExpression = "attribute_not_exists(LockID)";
  await dynamodb.send(new dynamo.PutItemCommand({ TableName, Item, ConditionExpression }));
  const error = await failure(
    dynamodb.send(
      new dynamo.PutItemCommand({
        TableName,
        Item: { ...Item, Info: { S: "other" } },
        ConditionExpression,
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    ),
  );
  expect(error).toBeInstanceOf(dynamo.ConditionalCheckFailedException);
  expect(error).toMatchObject({ message: "The conditional request failed", Item });
  const release = (id: string) =>
    dynamodb.send(
      new dynamo.DeleteItemCommand({
        TableName,
        Key: { LockID: Item.LockID },
        ConditionExpression: "Info = :i",
        ExpressionAttributeValues: { ":i": { S: id } },
        ReturnValues: "ALL_OLD",
      }),
    );
  const refused = await failure(release("other"));
  expect(refused).toMatchObject({ name: "ConditionalCheckFailedException" });
  expect((refused as dynamo.ConditionalCheckFailedException).Item).toBeUndefined();
  expect((await release('{"ID":"1"}')).Attributes).toEqual(Item);
});

test("UpdateItem: SET with sums, functions and paths, REMOVE, ADD, DELETE, and what it returns", async () => {
  const { client: dynamodb } = await client();
  const Key = { LockID: { S: "u" } };
  const update = (
    UpdateExpression: string,
    values?: Record<string, dynamo.AttributeValue>,
    names?: Record<string, string>,
  ) =>
    dynamodb.send(
      new dynamo.UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression,
        ...(values ? { ExpressionAttributeValues: values } : {}),
        ...(names ? { ExpressionAttributeNames: names } : {}),
        ReturnValues: "ALL_NEW",
      }),
    );
  const first = await update(
    "SET #d = :d, tries = if_not_exists(tries, :zero) + :one, l = :l ADD tags :tags, total :one",
    {
      ":d": { S: "abc" },
      ":zero": { N: "0" },
      ":one": { N: "0.1" },
      ":l": { L: [{ S: "0" }, { S: "1" }, { S: "2" }] },
      ":tags": { SS: ["x", "y"] },
    },
    { "#d": "Digest" },
  );
  expect(first.Attributes).toMatchObject({ Digest: { S: "abc" }, tries: { N: "0.1" }, total: { N: "0.1" } });
  const second = await update(
    "SET tries = tries + :n, l[5] = :end REMOVE l[0], l[1], Digest DELETE tags :x ADD total :n",
    {
      ":n": { N: "0.2" },
      ":end": { S: "end" },
      ":x": { SS: ["x"] },
    },
  );
  expect(second.Attributes).toEqual({
    ...Key,
    tries: { N: "0.3" },
    total: { N: "0.3" },
    tags: { SS: ["y"] },
    l: { L: [{ S: "2" }, { S: "end" }] },
  });
  await expect(update("SET LockID = :x", { ":x": { S: "v" } })).rejects.toThrow("This attribute is part of the key");
  await expect(update("SET a = :x, a.b = :x", { ":x": { S: "v" } })).rejects.toThrow(
    "Two document paths overlap with each other",
  );
  await expect(update("SET a = :x", { ":x": { S: "v" }, ":y": { S: "v" } })).rejects.toThrow(
    "unused in expressions: keys: {:y}",
  );
  await expect(update("SET a = :x + :x", { ":x": { S: "v" } })).rejects.toThrow(
    "An operand in the update expression has an incorrect data type",
  );
  await expect(update("SET SET a = :x", { ":x": { S: "v" } })).rejects.toThrow("Syntax error");
});

test("refusals: table, key, size, number, empty set, in DynamoDB's words", async () => {
  const { client: dynamodb } = await client();
  const put = (Item: Record<string, dynamo.AttributeValue>, table = TableName) =>
    dynamodb.send(new dynamo.PutItemCommand({ TableName: table, Item }));
  const LockID = { S: "k" };
  await expect(put({ LockID }, "nope")).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Requested resource not found",
  });
  await expect(put({ a: LockID })).rejects.toThrow("Missing the key LockID in the item");
  await expect(put({ LockID: { N: "1" } })).rejects.toThrow("Type mismatch for key LockID expected: S actual: N");
  await expect(put({ LockID: { S: "" } })).rejects.toThrow("cannot contain an empty string value. Key: LockID");
  await expect(put({ LockID, n: { N: "1e999" } })).rejects.toThrow("Number overflow");
  await expect(put({ LockID, n: { N: "x" } })).rejects.toThrow("cannot be converted to a numeric value");
  await expect(put({ LockID, s: { SS: [] } })).rejects.toThrow("may not be empty");
  await put({ LockID, a: { S: "x".repeat(400 * 1024 - 8) } });
  await expect(put({ LockID, a: { S: "x".repeat(400 * 1024 - 7) } })).rejects.toThrow(
    "Item size has exceeded the maximum allowed size",
  );
  await expect(dynamodb.send(new dynamo.GetItemCommand({ TableName, Key: { LockID, more: LockID } }))).rejects.toThrow(
    "The provided key element does not match the schema",
  );
});

test("a transaction writes all or nothing and says which condition failed", async () => {
  const { client: dynamodb } = await client();
  const put = (id: string, ConditionExpression?: string) => ({
    Put: { TableName, Item: { LockID: { S: id } }, ...(ConditionExpression ? { ConditionExpression } : {}) },
  });
  const condition = "attribute_not_exists(LockID)";
  await dynamodb.send(new dynamo.TransactWriteItemsCommand({ TransactItems: [put("a", condition), put("b")] }));
  const error = await failure(
    dynamodb.send(new dynamo.TransactWriteItemsCommand({ TransactItems: [put("c"), put("a", condition)] })),
  );
  expect(error).toBeInstanceOf(dynamo.TransactionCanceledException);
  expect(error).toMatchObject({ CancellationReasons: [{ Code: "None" }, { Code: "ConditionalCheckFailed" }] });
  const { Responses } = await dynamodb.send(
    new dynamo.BatchGetItemCommand({
      RequestItems: { [TableName]: { Keys: ["a", "b", "c"].map((id) => ({ LockID: { S: id } })) } },
    }),
  );
  expect(Responses?.[TableName]).toEqual([{ LockID: { S: "a" } }, { LockID: { S: "b" } }]);
});

test("BatchWriteItem puts and deletes up to 25 items", async () => {
  const { client: dynamodb, world } = await client();
  const before = world.dynamodb.byName.get(TableName)?.itemCount ?? 0;
  const puts = Array.from({ length: 26 }, (_, index) => ({ PutRequest: { Item: { LockID: { S: `b${index}` } } } }));
  await expect(
    dynamodb.send(new dynamo.BatchWriteItemCommand({ RequestItems: { [TableName]: puts } })),
  ).rejects.toThrow("less than or equal to 25");
  await dynamodb.send(new dynamo.BatchWriteItemCommand({ RequestItems: { [TableName]: puts.slice(1) } }));
  expect(world.dynamodb.byName.get(TableName)?.itemCount).toBe(before + 25);
  await dynamodb.send(
    new dynamo.BatchWriteItemCommand({
      RequestItems: { [TableName]: [{ DeleteRequest: { Key: { LockID: { S: "b3" } } } }] },
    }),
  );
  expect(world.dynamodb.byName.get(TableName)?.itemCount).toBe(before + 24);
});
