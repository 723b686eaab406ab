import type { AttributeValue, DynamoDB } from "@aws-sdk/client-dynamodb";
import { expect } from "vitest";
import { casesOf, refusal } from "../server.ts";
import { newTable } from "./dynamodb-tables.ts";

type Item = Record<string, AttributeValue>;

const UNICODE = "žluťoučký kůň 🐎 <&\"'>";
/** Every type of attribute, nested. */
const EVERYTHING: Item = {
  pk: { S: UNICODE },
  sk: { N: "-12.5" },
  exact: { N: "12345678901234567890123456789012345678" },
  bytes: { B: Uint8Array.of(0, 1, 127, 128, 255) },
  yes: { BOOL: true },
  nothing: { NULL: true },
  empty: { S: "" },
  list: { L: [{ N: "1" }, { L: [{ S: UNICODE }, { M: {} }] }, { BOOL: false }] },
  map: { M: { "a.b": { M: { deep: { L: [] } } }, bytes: { B: Uint8Array.of(9) } } },
  texts: { SS: ["a", UNICODE] },
  numbers: { NS: ["1", "2.5"] },
  blobs: { BS: [Uint8Array.of(1), Uint8Array.of(2, 3)] },
};
const FAILED = { name: "ConditionalCheckFailedException", status: 400 };
const INVALID = { name: "ValidationException", status: 400 };

const at = (pk: string, sk: number): Item => ({ pk: { S: pk }, sk: { N: String(sk) } });
const sorted = (item: Item | undefined) => ({
  ...item,
  texts: { SS: item?.texts?.SS?.toSorted() },
  numbers: { NS: item?.numbers?.NS?.toSorted() },
  blobs: { BS: item?.blobs?.BS?.toSorted((a, b) => a.length - b.length) },
});

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

/** Items, conditions, expressions and pages. */
export const dynamoDbItems = casesOf("dynamodb items", {
  "an item of every type comes back as it was put": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server);
    await dynamodb.putItem({ TableName, Item: EVERYTHING });
    const Key = { pk: EVERYTHING.pk!, sk: EVERYTHING.sk! };
    const { Item: item } = await dynamodb.getItem({ TableName, Key, ConsistentRead: true });
    expect(sorted(item)).toEqual(sorted(EVERYTHING));
    expect((await dynamodb.getItem({ TableName, Key: at("none", 1) })).Item).toBeUndefined();
    const part = await dynamodb.getItem({
      TableName,
      Key,
      ProjectionExpression: "yes, #m.bytes",
      ExpressionAttributeNames: { "#m": "map" },
    });
    expect(part.Item).toEqual({ yes: { BOOL: true }, map: { M: { bytes: { B: Uint8Array.of(9) } } } });
  },

  "a projection takes members of lists, and names with dots": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server);
    await dynamodb.putItem({ TableName, Item: EVERYTHING });
    const { Item: part } = await dynamodb.getItem({
      TableName,
      Key: { pk: EVERYTHING.pk!, sk: EVERYTHING.sk! },
      ProjectionExpression: "#l[1], #m.#ab",
      ExpressionAttributeNames: { "#l": "list", "#m": "map", "#ab": "a.b" },
    });
    expect(part).toEqual({
      list: { L: [{ L: [{ S: UNICODE }, { M: {} }] }] },
      map: { M: { "a.b": { M: { deep: { L: [] } } } } },
    });
  },

  "a key of the wrong shape is refused": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server);
    expect(await refusal(dynamodb.getItem({ TableName, Key: { pk: { S: "a" } } }))).toEqual(INVALID);
    expect(await refusal(dynamodb.putItem({ TableName, Item: { pk: { S: "a" }, sk: { S: "1" } } }))).toEqual(INVALID);
    expect(await refusal(dynamodb.putItem({ TableName, Item: { pk: { S: "" }, sk: { N: "1" } } }))).toEqual(INVALID);
  },

  "a put is conditional, and tells what was there": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server);
    const put = (value: string) =>
      dynamodb.putItem({
        TableName,
        Item: { ...at("lock", 1), owner: { S: value } },
        ConditionExpression: "attribute_not_exists(#p) OR #o = :me",
        ExpressionAttributeNames: { "#p": "pk", "#o": "owner" },
        ExpressionAttributeValues: { ":me": { S: "ana" } },
        ReturnValues: "ALL_OLD",
      });
    expect((await put("ana")).Attributes).toBeUndefined();
    expect((await put("ben")).Attributes).toEqual({ ...at("lock", 1), owner: { S: "ana" } });
    expect(await refusal(put("cay"))).toEqual(FAILED);
  },

  "a failed condition tells the item to who asks for it": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server);
    const Item = { ...at("lock", 1), owner: { S: "ana" } };
    await dynamodb.putItem({ TableName, Item });
    const again = dynamodb.putItem({
      TableName,
      Item,
      ConditionExpression: "attribute_not_exists(pk)",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
    await expect(again).rejects.toMatchObject({ name: FAILED.name, Item });
  },

  "an update sets, adds, removes and takes out of a set": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server);
    const place = { TableName, Key: at("counter", 1) };
    await dynamodb.putItem({
      TableName,
      Item: { ...place.Key, n: { N: "1" }, old: { S: "x" }, tags: { SS: ["a", "b"] }, list: { L: [{ N: "1" }] } },
    });
    const updated = await dynamodb.updateItem({
      ...place,
      UpdateExpression:
        "SET #l = list_append(#l, :more), made = if_not_exists(made, :zero), n = n + :two REMOVE #old ADD hits :two DELETE tags :b",
      ExpressionAttributeNames: { "#l": "list", "#old": "old" },
      ExpressionAttributeValues: {
        ":more": { L: [{ S: UNICODE }] },
        ":zero": { N: "0" },
        ":two": { N: "2" },
        ":b": { SS: ["b"] },
      },
      ReturnValues: "ALL_NEW",
    });
    expect(updated.Attributes).toEqual({
      ...place.Key,
      n: { N: "3" },
      made: { N: "0" },
      hits: { N: "2" },
      tags: { SS: ["a"] },
      list: { L: [{ N: "1" }, { S: UNICODE }] },
    });
    const onlyNew = await dynamodb.updateItem({
      ...place,
      UpdateExpression: "SET n = :v",
      ExpressionAttributeValues: { ":v": { N: "9" } },
      ReturnValues: "UPDATED_OLD",
    });
    expect(onlyNew.Attributes).toEqual({ n: { N: "3" } });
  },

  "an expression that is none, or that leaves a value unused, is refused": async (server) => {
    const { dynamodb } = server.clients;
    const place = { TableName: await newTable(server), Key: at("a", 1) };
    const update = (UpdateExpression: string) =>
      dynamodb.updateItem({ ...place, UpdateExpression, ExpressionAttributeValues: { ":v": { N: "1" } } });
    expect(await refusal(update("SET n = "))).toEqual(INVALID);
    expect(await refusal(update("REMOVE n"))).toEqual(INVALID);
    expect(await refusal(update("SET pk = :v"))).toEqual(INVALID);
  },

  "a delete is conditional, and tells what was there": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server);
    const Item = { ...at("a", 1), state: { S: "done" } };
    await dynamodb.putItem({ TableName, Item });
    const remove = (state: string) =>
      dynamodb.deleteItem({
        TableName,
        Key: at("a", 1),
        ConditionExpression: "#s = :s",
        ExpressionAttributeNames: { "#s": "state" },
        ExpressionAttributeValues: { ":s": { S: state } },
        ReturnValues: "ALL_OLD",
      });
    expect(await refusal(remove("open"))).toEqual(FAILED);
    expect((await remove("done")).Attributes).toEqual(Item);
    expect((await dynamodb.scan({ TableName })).Count).toBe(0);
  },

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

  "a transaction writes all or nothing, and says why": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server);
    await dynamodb.transactWriteItems({
      TransactItems: [
        { Put: { TableName, Item: { ...at("t", 1), n: { N: "1" } } } },
        {
          Update: {
            TableName,
            Key: at("t", 2),
            UpdateExpression: "SET n = :n",
            ExpressionAttributeValues: { ":n": { N: "2" } },
          },
        },
      ],
    });
    expect((await dynamodb.scan({ TableName })).Count).toBe(2);
    const refused = dynamodb.transactWriteItems({
      TransactItems: [
        { Delete: { TableName, Key: at("t", 1) } },
        { ConditionCheck: { TableName, Key: at("t", 3), ConditionExpression: "attribute_exists(pk)" } },
      ],
    });
    await expect(refused).rejects.toMatchObject({
      name: "TransactionCanceledException",
      CancellationReasons: [{ Code: "None" }, { Code: "ConditionalCheckFailed" }],
    });
    expect((await dynamodb.scan({ TableName })).Count).toBe(2);
  },
});
