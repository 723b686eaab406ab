import { expect } from "vitest";
import { casesOf, refusal } from "../server.ts";
import { at, type Item, newTable } from "./dynamodb-tables.ts";

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

const sorted = (item: Item | undefined) => ({
  ...item,
  texts: { SS: item?.texts?.SS?.toSorted() },
  numbers: { NS: item?.numbers?.NS?.toSorted() },
  blobs: { BS: item?.blobs?.BS?.toSorted((a, b) => a.length - b.length) },
});

/** Items and their writes: conditions, update expressions, transactions. */
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
