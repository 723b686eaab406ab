import type { AttributeValue, CreateTableCommandInput } from "@aws-sdk/client-dynamodb";
import { expect } from "vitest";
import { type ContractServer, casesOf, isRecent, refusal, unique } from "../server.ts";

const MISSING = { name: "ResourceNotFoundException", status: 400 };

export type Item = Record<string, AttributeValue>;

/** The key of an item in a new table. */
export const at = (pk: string, sk: number): Item => ({ pk: { S: pk }, sk: { N: String(sk) } });

/** A new table with a hash key `pk` and a range key `sk`, ready for use. */
export async function newTable(
  { clients: { dynamodb }, settle }: ContractServer,
  settings: Partial<CreateTableCommandInput> = {},
): Promise<string> {
  const TableName = unique("contract.Table");
  await dynamodb.createTable({
    TableName,
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "sk", AttributeType: "N" },
    ],
    BillingMode: "PAY_PER_REQUEST",
    ...settings,
  });
  await settle(60_000);
  return TableName;
}

/** Tables and their settings. */
export const dynamoDbTables = casesOf("dynamodb tables", {
  "a table is made, described, listed and deleted": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server);
    const { Table: table } = await dynamodb.describeTable({ TableName });
    expect(table).toMatchObject({
      TableName,
      TableStatus: "ACTIVE",
      TableArn: `arn:aws:dynamodb:us-east-1:${server.names.accountId}:table/${TableName}`,
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
      ItemCount: 0,
      DeletionProtectionEnabled: false,
    });
    expect(isRecent(table?.CreationDateTime)).toBe(true);
    expect((await dynamodb.listTables({})).TableNames).toContain(TableName);
    await dynamodb.deleteTable({ TableName });
    await server.settle(60_000);
    expect(await refusal(dynamodb.describeTable({ TableName }))).toEqual(MISSING);
  },

  "a table of that name, and a table that is protected": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server, { DeletionProtectionEnabled: true });
    const again = dynamodb.createTable({
      TableName,
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      BillingMode: "PAY_PER_REQUEST",
    });
    expect(await refusal(again)).toEqual({ name: "ResourceInUseException", status: 400 });
    expect(await refusal(dynamodb.deleteTable({ TableName }))).toEqual({ name: "ValidationException", status: 400 });
    await dynamodb.updateTable({ TableName, DeletionProtectionEnabled: false });
    await server.settle(60_000);
    await dynamodb.deleteTable({ TableName });
  },

  "throughput is provisioned and changed": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server, {
      BillingMode: "PROVISIONED",
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 6 },
    });
    const throughput = async () => (await dynamodb.describeTable({ TableName })).Table?.ProvisionedThroughput;
    expect(await throughput()).toMatchObject({ ReadCapacityUnits: 5, WriteCapacityUnits: 6 });
    await dynamodb.updateTable({ TableName, ProvisionedThroughput: { ReadCapacityUnits: 7, WriteCapacityUnits: 8 } });
    await server.settle(60_000);
    expect(await throughput()).toMatchObject({ ReadCapacityUnits: 7, WriteCapacityUnits: 8 });
  },

  "tables are listed page by page": async (server) => {
    const { dynamodb } = server.clients;
    for (let count = 0; count < 2; count++) await newTable(server);
    const first = await dynamodb.listTables({ Limit: 1 });
    expect([first.TableNames?.length, first.LastEvaluatedTableName]).toEqual([1, first.TableNames?.[0]]);
    const next = await dynamodb.listTables({ Limit: 1, ExclusiveStartTableName: first.LastEvaluatedTableName! });
    expect(next.TableNames?.[0]).not.toBe(first.TableNames?.[0]);
  },

  "tags are put, read and taken away": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server, { Tags: [{ Key: "first", Value: "1" }] });
    const ResourceArn = (await dynamodb.describeTable({ TableName })).Table!.TableArn!;
    await dynamodb.tagResource({ ResourceArn, Tags: [{ Key: "owner", Value: "kůň & on-call" }] });
    const { Tags: tags } = await dynamodb.listTagsOfResource({ ResourceArn });
    expect(tags?.toSorted((a, b) => (a.Key! < b.Key! ? -1 : 1))).toEqual([
      { Key: "first", Value: "1" },
      { Key: "owner", Value: "kůň & on-call" },
    ]);
    await dynamodb.untagResource({ ResourceArn, TagKeys: ["first"] });
    expect((await dynamodb.listTagsOfResource({ ResourceArn })).Tags).toHaveLength(1);
  },

  "items expire by an attribute": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server);
    const state = async () => (await dynamodb.describeTimeToLive({ TableName })).TimeToLiveDescription;
    expect((await state())?.TimeToLiveStatus).toBe("DISABLED");
    const TimeToLiveSpecification = { Enabled: true, AttributeName: "expires" };
    const updated = await dynamodb.updateTimeToLive({ TableName, TimeToLiveSpecification });
    expect(updated.TimeToLiveSpecification).toEqual(TimeToLiveSpecification);
    await server.settle(3_600_000);
    expect(await state()).toEqual({ TimeToLiveStatus: "ENABLED", AttributeName: "expires" });
  },

  "a table's backups are continuous once they are enabled": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server);
    const recovery = async () =>
      (await dynamodb.describeContinuousBackups({ TableName })).ContinuousBackupsDescription
        ?.PointInTimeRecoveryDescription;
    expect((await recovery())?.PointInTimeRecoveryStatus).toBe("DISABLED");
    await dynamodb.updateContinuousBackups({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
    await server.settle(600_000);
    const enabled = await recovery();
    expect(enabled?.PointInTimeRecoveryStatus).toBe("ENABLED");
    expect([enabled?.EarliestRestorableDateTime, enabled?.LatestRestorableDateTime].map(isRecent)).toEqual([
      true,
      true,
    ]);
    expect(await refusal(dynamodb.describeContinuousBackups({ TableName: "nope" }))).toEqual({
      name: "TableNotFoundException",
      status: 400,
    });
  },

  "a table is restored to what it was": async (server) => {
    const { dynamodb } = server.clients;
    const SourceTableName = await newTable(server);
    const item = { pk: { S: "kept" }, sk: { N: "1" } };
    await dynamodb.putItem({ TableName: SourceTableName, Item: item });
    await dynamodb.updateContinuousBackups({
      TableName: SourceTableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
    await server.settle(1_200_000);
    const TargetTableName = unique("contract.Restored");
    const { TableDescription: restoring } = await dynamodb.restoreTableToPointInTime({
      SourceTableName,
      TargetTableName,
      UseLatestRestorableTime: true,
    });
    expect(restoring?.TableName).toBe(TargetTableName);
    await server.settle(3_600_000);
    const { Items: items } = await dynamodb.scan({ TableName: TargetTableName });
    expect(items).toEqual([item]);
  },

  "a restored table tells what it came from, and of which second it is": async (server) => {
    const { dynamodb } = server.clients;
    const TableName = await newTable(server);
    const recovery = { PointInTimeRecoveryEnabled: true };
    await dynamodb.updateContinuousBackups({ TableName, PointInTimeRecoverySpecification: recovery });
    await server.settle(1_200_000);
    const { ContinuousBackupsDescription: backups } = await dynamodb.describeContinuousBackups({ TableName });
    const latestMs = backups!.PointInTimeRecoveryDescription!.LatestRestorableDateTime!.getTime();
    const RestoreDateTime = new Date(Math.floor(latestMs / 1000) * 1000);
    const TargetTableName = unique("contract.Second");
    await dynamodb.restoreTableToPointInTime({ SourceTableName: TableName, TargetTableName, RestoreDateTime });
    const { Table: source } = await dynamodb.describeTable({ TableName });
    const { Table: restored } = await dynamodb.describeTable({ TableName: TargetTableName });
    expect(restored?.RestoreSummary).toMatchObject({ SourceTableArn: source?.TableArn, RestoreDateTime });
  },

  "a table that is not there is ResourceNotFoundException": async ({ clients: { dynamodb } }) => {
    expect(await refusal(dynamodb.describeTable({ TableName: "nope" }))).toEqual(MISSING);
    expect(await refusal(dynamodb.scan({ TableName: "nope" }))).toEqual(MISSING);
    expect(await refusal(dynamodb.deleteTable({ TableName: "nope" }))).toEqual(MISSING);
  },
});
