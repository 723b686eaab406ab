import type { DynamoDB } from "@aws-sdk/client-dynamodb";
import { expect } from "vitest";
import { casesOf, refusal } from "../server.ts";
import { at, type Item, newTable } from "./dynamodb-tables.ts";

const INVALID = { name: "ValidationException", status: 400 };

/** The keys of the items that a filter lets through, in order. */
function finder(dynamodb: DynamoDB, TableName: string) {
  return async (FilterExpression: string, values: Item, names: Record<string, string>) => {
    const { Items: items } = await dynamodb.scan({
      TableName,
      FilterExpression,
      ExpressionAttributeValues: values,
      ExpressionAttributeNames: names,
    });
    return items?.map(({ pk }) => pk?.S).sort();
  };
}

/** Queries, scans with filters, and batches. */
export const dynamoDbReads = casesOf("dynamodb reads", {
  "a query goes through a partition in order of the range key": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server);
    for (const sk of [10, 9, -1, 100]) await dynamodb.putItem({ TableName, Item: at("p", sk) });
    await dynamodb.putItem({ TableName, Item: at("other", 1) });
    const range = async (condition: string, forward = true) => {
      const { Items } = await dynamodb.query({
        TableName,
        KeyConditionExpression: `pk = :p${condition}`,
        ExpressionAttributeValues: { ":p": { S: "p" }, ...(condition ? { ":from": { N: "9" } } : {}) },
        ScanIndexForward: forward,
      });
      return Items?.map(({ sk }) => sk?.N);
    };
    expect(await range("")).toEqual(["-1", "9", "10", "100"]);
    expect(await range("", false)).toEqual(["100", "10", "9", "-1"]);
    expect(await range(" AND sk >= :from")).toEqual(["9", "10", "100"]);
    expect(await range(" AND sk < :from")).toEqual(["-1"]);
  },

  "a query is read page by page; a filter counts what it looked at": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server);
    for (let sk = 1; sk <= 5; sk++)
      await dynamodb.putItem({ TableName, Item: { ...at("p", sk), even: { BOOL: sk % 2 === 0 } } });
    const query = {
      TableName,
      KeyConditionExpression: "pk = :p",
      ExpressionAttributeValues: { ":p": { S: "p" } },
      Limit: 2,
    };
    const first = await dynamodb.query(query);
    expect([first.Count, first.LastEvaluatedKey]).toEqual([2, at("p", 2)]);
    const second = await dynamodb.query({ ...query, ExclusiveStartKey: first.LastEvaluatedKey! });
    expect(second.Items?.map(({ sk }) => sk?.N)).toEqual(["3", "4"]);
    const filtered = await dynamodb.query({
      ...query,
      Limit: 5,
      FilterExpression: "even = :yes",
      ExpressionAttributeValues: { ...query.ExpressionAttributeValues, ":yes": { BOOL: true } },
    });
    expect([filtered.Count, filtered.ScannedCount]).toEqual([2, 5]);
    const counted = await dynamodb.query({ ...query, Limit: 5, Select: "COUNT" });
    expect([counted.Count, counted.Items]).toEqual([5, undefined]);
  },

  "a scan filters by functions and operators": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server);
    const rows: Item[] = [
      { ...at("a", 1), name: { S: "alpha" }, size: { N: "10" } },
      { ...at("b", 1), name: { S: "beta" }, size: { N: "9" }, list: { L: [{ S: "x" }] } },
      { ...at("c", 1), size: { N: "1" } },
    ];
    for (const Item of rows) await dynamodb.putItem({ TableName, Item });
    const found = finder(dynamodb, TableName);
    const [n, s] = [{ "#n": "name" }, { "#s": "size" }];
    expect(await found("begins_with(#n, :v)", { ":v": { S: "al" } }, n)).toEqual(["a"]);
    expect(await found("contains(#n, :v)", { ":v": { S: "ta" } }, n)).toEqual(["b"]);
    expect(await found("#s BETWEEN :a AND :b", { ":a": { N: "9" }, ":b": { N: "9.5" } }, s)).toEqual(["b"]);
    expect(await found("#s IN (:a, :b)", { ":a": { N: "1" }, ":b": { N: "9" } }, s)).toEqual(["b", "c"]);
    expect(await found("attribute_type(#s, :t)", { ":t": { S: "N" } }, s)).toEqual(["a", "b", "c"]);
    expect(await found("NOT (#s = :v) AND attribute_exists(#n)", { ":v": { N: "10" } }, { ...n, ...s })).toEqual(["b"]);
    expect(
      await found("#s > :v OR contains(#l, :x)", { ":v": { N: "9" }, ":x": { S: "x" } }, { ...s, "#l": "list" }),
    ).toEqual(["a", "b"]);
  },

  "values of another type are neither less nor greater": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server);
    await dynamodb.putItem({ TableName, Item: { ...at("a", 1), size: { N: "10" } } });
    await dynamodb.putItem({ TableName, Item: { ...at("b", 1), size: { S: "10" } } });
    const found = finder(dynamodb, TableName);
    expect(await found("#s > :v", { ":v": { N: "9" } }, { "#s": "size" })).toEqual(["a"]);
  },

  "a filter asks for the size of what some items do not have": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server);
    await dynamodb.putItem({ TableName, Item: { ...at("a", 1), name: { S: "alpha" } } });
    await dynamodb.putItem({ TableName, Item: at("b", 1) });
    const found = finder(dynamodb, TableName);
    expect(await found("size(#n) > :v", { ":v": { N: "4" } }, { "#n": "name" })).toEqual(["a"]);
  },

  "a scan reads every item once, page by page and in segments": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server);
    for (let index = 0; index < 7; index++) await dynamodb.putItem({ TableName, Item: at(`k${index}`, index) });
    const names: (string | undefined)[] = [];
    let ExclusiveStartKey: Item | undefined;
    do {
      const page = await dynamodb.scan({ TableName, Limit: 3, ExclusiveStartKey });
      names.push(...(page.Items ?? []).map(({ pk }) => pk?.S));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    const all = Array.from({ length: 7 }, (_, index) => `k${index}`);
    expect(names.sort()).toEqual(all);
    const segments = await Promise.all(
      [0, 1].map((Segment) => dynamodb.scan({ TableName, Segment, TotalSegments: 2 })),
    );
    expect(
      segments
        .flatMap(({ Items }) => Items ?? [])
        .map(({ pk }) => pk?.S)
        .sort(),
    ).toEqual(all);
  },

  "batches write and read many items": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server);
    const puts = Array.from({ length: 25 }, (_, index) => ({ PutRequest: { Item: at("batch", index) } }));
    expect((await dynamodb.batchWriteItem({ RequestItems: { [TableName]: puts } })).UnprocessedItems).toEqual({});
    const Keys = [at("batch", 0), at("batch", 24), at("batch", 99)];
    const { Responses: found, UnprocessedKeys: left } = await dynamodb.batchGetItem({
      RequestItems: { [TableName]: { Keys } },
    });
    expect(found?.[TableName]?.map(({ sk }) => sk?.N).sort()).toEqual(["0", "24"]);
    expect(left).toEqual({});
  },

  "a batch of more than 25 writes is refused": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server);
    const tooMany = Array.from({ length: 26 }, (_, index) => ({ PutRequest: { Item: at("batch", index) } }));
    expect(await refusal(dynamodb.batchWriteItem({ RequestItems: { [TableName]: tooMany } }))).toEqual(INVALID);
  },

  "a batch that asks twice for an item is refused": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server);
    const twice = { RequestItems: { [TableName]: { Keys: [at("batch", 0), at("batch", 0)] } } };
    expect(await refusal(dynamodb.batchGetItem(twice))).toEqual(INVALID);
  },
});
