import * as dynamo from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { setStateDigest } from "../../../src/sim/world/lakehouse-tables.ts";
import { TEST_EPOCH_MS, testSimulator } from "../../support/simulator.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const OBJS = "lakehouse-prod-nessie_objs";

test("the lakehouse's tables: the template's, Nessie's own two, and the lock table", async () => {
  const { clients, world } = await testSimulator();
  const dynamodb = new dynamo.DynamoDBClient(clients);
  const { TableNames } = await dynamodb.send(new dynamo.ListTablesCommand({}));
  expect(TableNames).toEqual(["lakehouse-prod-nessie", OBJS, "lakehouse-prod-nessie_refs", "tf-locks"]);
  const page = await dynamodb.send(new dynamo.ListTablesCommand({ Limit: 2 }));
  expect(page).toMatchObject({ TableNames: TableNames?.slice(0, 2), LastEvaluatedTableName: OBJS });
  const { Table } = await dynamodb.send(new dynamo.DescribeTableCommand({ TableName: OBJS }));
  expect(Table).toMatchObject({
    TableStatus: "ACTIVE",
    KeySchema: [{ AttributeName: "k", KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: "k", AttributeType: "S" }],
    BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
    TableArn: `arn:aws:dynamodb:us-east-1:111122223333:table/${OBJS}`,
    CreationDateTime: new Date(TEST_EPOCH_MS - 43 * DAY_MS + 60 * MINUTE_MS),
  });
  expect(Table?.ItemCount).toBeGreaterThan(60);
  const { Tags } = await dynamodb.send(
    new dynamo.ListTagsOfResourceCommand({
      ResourceArn: "arn:aws:dynamodb:us-east-1:111122223333:table/lakehouse-prod-nessie",
    }),
  );
  expect(Tags).toContainEqual({ Key: "ManagedBy", Value: "terraform" });
  setStateDigest(world, "0123", world.kernel.nowMs);
  const Key = { LockID: { S: "my-tf-state/iceberg-lakehouse/prod/terraform.tfstate-md5" } };
  expect((await dynamodb.send(new dynamo.GetItemCommand({ TableName: "tf-locks", Key }))).Item).toEqual({
    ...Key,
    Digest: { S: "0123" },
  });
});

test("a Glue lakehouse has no table of Nessie's", async () => {
  const { clients } = await testSimulator({ catalogType: "glue" });
  const { TableNames } = await new dynamo.DynamoDBClient(clients).send(new dynamo.ListTablesCommand({}));
  expect(TableNames).toEqual(["tf-locks"]);
});

test("recovery: the window is 35 days to five minutes ago, and the restored table has the items of its time", async () => {
  const { clients, world } = await testSimulator();
  const dynamodb = new dynamo.DynamoDBClient(clients);
  const { ContinuousBackupsDescription: backups } = await dynamodb.send(
    new dynamo.DescribeContinuousBackupsCommand({ TableName: OBJS }),
  );
  expect(backups).toEqual({
    ContinuousBackupsStatus: "ENABLED",
    PointInTimeRecoveryDescription: {
      PointInTimeRecoveryStatus: "ENABLED",
      RecoveryPeriodInDays: 35,
      EarliestRestorableDateTime: new Date(TEST_EPOCH_MS - 35 * DAY_MS),
      LatestRestorableDateTime: new Date(TEST_EPOCH_MS - 5 * MINUTE_MS),
    },
  });
  const source = world.dynamodb.byName.get(OBJS)!;
  await dynamodb.send(new dynamo.PutItemCommand({ TableName: OBJS, Item: { k: { S: "bad" }, v: { N: "1" } } }));
  world.advanceBy(10 * MINUTE_MS);
  await dynamodb.send(new dynamo.PutItemCommand({ TableName: OBJS, Item: { k: { S: "bad" }, v: { N: "2" } } }));
  await dynamodb.send(
    new dynamo.TagResourceCommand({ ResourceArn: source.identity.arn, Tags: [{ Key: "a", Value: "b" }] }),
  );
  world.advanceBy(10 * MINUTE_MS);
  const atMs = TEST_EPOCH_MS + 5 * MINUTE_MS;
  const expected = source.itemsAt(atMs).length;
  const restore = (more: Partial<dynamo.RestoreTableToPointInTimeCommandInput>) =>
    dynamodb.send(
      new dynamo.RestoreTableToPointInTimeCommand({
        SourceTableName: OBJS,
        TargetTableName: "restored_objs",
        RestoreDateTime: new Date(atMs),
        ...more,
      }),
    );
  await expect(restore({ RestoreDateTime: new Date(world.now() - MINUTE_MS) })).rejects.toBeInstanceOf(
    dynamo.InvalidRestoreTimeException,
  );
  await expect(restore({ RestoreDateTime: new Date(TEST_EPOCH_MS - 36 * DAY_MS) })).rejects.toBeInstanceOf(
    dynamo.InvalidRestoreTimeException,
  );
  await expect(restore({ TargetTableName: "tf-locks" })).rejects.toBeInstanceOf(dynamo.TableAlreadyExistsException);
  await expect(restore({ SourceTableName: "tf-locks" })).rejects.toBeInstanceOf(
    dynamo.PointInTimeRecoveryUnavailableException,
  );
  await expect(restore({ SourceTableName: "nope" })).rejects.toBeInstanceOf(dynamo.TableNotFoundException);
  const { TableDescription } = await restore({});
  expect(TableDescription).toMatchObject({
    TableStatus: "CREATING",
    RestoreSummary: { SourceTableArn: source.identity.arn, RestoreDateTime: new Date(atMs), RestoreInProgress: true },
  });
  const describe = async () =>
    (await dynamodb.send(new dynamo.DescribeTableCommand({ TableName: "restored_objs" }))).Table;
  const get = (k: string) =>
    dynamodb.send(new dynamo.GetItemCommand({ TableName: "restored_objs", Key: { k: { S: k } } }));
  world.advanceBy(20 * MINUTE_MS);
  expect(await describe()).toMatchObject({ TableStatus: "CREATING", ItemCount: 0 });
  await expect(get("bad")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  world.advanceBy(15 * MINUTE_MS);
  expect(await describe()).toMatchObject({
    TableStatus: "ACTIVE",
    ItemCount: expected,
    RestoreSummary: { RestoreInProgress: false },
  });
  expect((await get("bad")).Item?.v).toEqual({ N: "1" });
  const restored = world.dynamodb.byName.get("restored_objs")!;
  expect([restored.tags.size, restored.recovery]).toEqual([0, undefined]);
});

test("tables are made, changed and deleted over some seconds", async () => {
  const { clients, world } = await testSimulator();
  const dynamodb = new dynamo.DynamoDBClient(clients);
  const create = new dynamo.CreateTableCommand({
    TableName: "mine",
    KeySchema: [
      { AttributeName: "id", KeyType: "HASH" },
      { AttributeName: "at", KeyType: "RANGE" },
    ],
    AttributeDefinitions: [
      { AttributeName: "id", AttributeType: "S" },
      { AttributeName: "at", AttributeType: "N" },
    ],
    ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
  });
  expect((await dynamodb.send(create)).TableDescription).toMatchObject({
    TableStatus: "CREATING",
    ProvisionedThroughput: { ReadCapacityUnits: 5 },
  });
  await expect(dynamodb.send(create)).rejects.toBeInstanceOf(dynamo.ResourceInUseException);
  world.advanceBy(MINUTE_MS);
  await dynamodb.send(new dynamo.UpdateTableCommand({ TableName: "mine", BillingMode: "PAY_PER_REQUEST" }));
  await expect(dynamodb.send(new dynamo.DeleteTableCommand({ TableName: "mine" }))).rejects.toBeInstanceOf(
    dynamo.ResourceInUseException,
  );
  world.advanceBy(MINUTE_MS);
  const { Table } = await dynamodb.send(new dynamo.DescribeTableCommand({ TableName: "mine" }));
  expect(Table).toMatchObject({ TableStatus: "ACTIVE", BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" } });
  const ttl = { TableName: "mine", TimeToLiveSpecification: { Enabled: true, AttributeName: "expires" } };
  await dynamodb.send(new dynamo.UpdateTimeToLiveCommand(ttl));
  await expect(dynamodb.send(new dynamo.UpdateTimeToLiveCommand(ttl))).rejects.toThrow("TimeToLive is already enabled");
  expect(
    (await dynamodb.send(new dynamo.DescribeTimeToLiveCommand({ TableName: "mine" }))).TimeToLiveDescription,
  ).toEqual({ TimeToLiveStatus: "ENABLED", AttributeName: "expires" });
  await dynamodb.send(new dynamo.DeleteTableCommand({ TableName: "mine" }));
  world.advanceBy(MINUTE_MS);
  await expect(dynamodb.send(new dynamo.DescribeTableCommand({ TableName: "mine" }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Requested resource not found: Table: mine not found",
  });
  const named = world.trail.events.map((event) => event.name);
  expect(named).toEqual([
    "CreateTable",
    "CreateTable",
    "UpdateTable",
    "DeleteTable",
    "UpdateTimeToLive",
    "UpdateTimeToLive",
    "DeleteTable",
  ]);
});
