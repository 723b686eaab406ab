import * as sdk from "@aws-sdk/client-glue";
import { expect, test } from "vitest";
import { testSimulator } from "../../support/simulator.ts";
import { UNICODE } from "../../support/wire.ts";

const DatabaseName = "lakehouse_prod";

async function client(catalogType: "glue" | "nessie" = "glue") {
  const { clients, world } = await testSimulator({ catalogType });
  return { glue: new sdk.GlueClient(clients), world };
}

test("the lakehouse's database has its Iceberg tables with columns and metadata location", async () => {
  const { glue } = await client();
  const { DatabaseList } = await glue.send(new sdk.GetDatabasesCommand({}));
  expect(DatabaseList?.map((database) => database.Name)).toEqual([DatabaseName]);
  const { TableList } = await glue.send(new sdk.GetTablesCommand({ DatabaseName }));
  expect(TableList?.map((table) => table.Name)).toEqual(["event_stream", "orders", "customers", "inventory"]);
  const { Table } = await glue.send(new sdk.GetTableCommand({ DatabaseName, Name: "orders" }));
  expect(Table).toMatchObject({
    VersionId: "0",
    TableType: "EXTERNAL_TABLE",
    Parameters: {
      table_type: "ICEBERG",
      metadata_location: expect.stringMatching(
        /^s3:\/\/lakehouse-prod-lakehouse\/lakehouse\/orders\/metadata\/.*\.metadata\.json$/,
      ),
    },
    StorageDescriptor: { Columns: expect.arrayContaining([{ Name: "amount", Type: "decimal(12,2)" }]) },
  });
  expect((await glue.send(new sdk.GetTablesCommand({ DatabaseName, Expression: "o.*" }))).TableList).toHaveLength(1);
  expect((await glue.send(new sdk.GetPartitionsCommand({ DatabaseName, TableName: "orders" }))).Partitions).toEqual([]);
  const first = await glue.send(new sdk.GetTablesCommand({ DatabaseName, MaxResults: 3 }));
  const second = await glue.send(new sdk.GetTablesCommand({ DatabaseName, MaxResults: 3, NextToken: first.NextToken }));
  expect([first.TableList?.length, second.TableList?.length, second.NextToken]).toEqual([3, 1, undefined]);
});

test("every update is a version, newest first, unless the archive is skipped; a stale version is refused", async () => {
  const { glue, world } = await client();
  const update = (type: string, more: object = {}) =>
    glue.send(
      new sdk.UpdateTableCommand({
        DatabaseName,
        TableInput: {
          Name: "orders",
          Description: UNICODE,
          StorageDescriptor: { Columns: [{ Name: "amount", Type: type }] },
          Parameters: { table_type: "ICEBERG" },
        },
        ...more,
      }),
    );
  world.advanceBy(1000);
  await update("double");
  await update("string", { VersionId: "1" });
  await expect(update("int", { VersionId: "1" })).rejects.toBeInstanceOf(sdk.ConcurrentModificationException);
  const versions = async () => {
    const { TableVersions } = await glue.send(new sdk.GetTableVersionsCommand({ DatabaseName, TableName: "orders" }));
    return TableVersions?.map((version) => [
      version.VersionId,
      version.Table?.StorageDescriptor?.Columns?.find(({ Name }) => Name === "amount")?.Type,
    ]);
  };
  expect(await versions()).toEqual([
    ["2", "string"],
    ["1", "double"],
    ["0", "decimal(12,2)"],
  ]);
  await update("bigint", { SkipArchive: true });
  expect(await versions()).toEqual([
    ["3", "bigint"],
    ["1", "double"],
    ["0", "decimal(12,2)"],
  ]);
  const { TableVersion } = await glue.send(
    new sdk.GetTableVersionCommand({ DatabaseName, TableName: "orders", VersionId: "1" }),
  );
  expect(TableVersion?.Table).toMatchObject({ Description: UNICODE, UpdateTime: new Date(world.now()) });
  expect(world.trail.events.filter((event) => event.name === "UpdateTable")).toHaveLength(4);
});

test("tables are made and deleted; what is not there is said", async () => {
  const { glue } = await client("nessie");
  expect((await glue.send(new sdk.GetTablesCommand({ DatabaseName }))).TableList).toEqual([]);
  await glue.send(new sdk.CreateTableCommand({ DatabaseName, TableInput: { Name: "mine" } }));
  await expect(
    glue.send(new sdk.CreateTableCommand({ DatabaseName, TableInput: { Name: "mine" } })),
  ).rejects.toBeInstanceOf(sdk.AlreadyExistsException);
  await glue.send(new sdk.DeleteTableCommand({ DatabaseName, Name: "mine" }));
  await expect(glue.send(new sdk.GetTableCommand({ DatabaseName, Name: "mine" }))).rejects.toBeInstanceOf(
    sdk.EntityNotFoundException,
  );
  await expect(glue.send(new sdk.GetDatabaseCommand({ Name: "nope" }))).rejects.toThrow("Database nope not found.");
});
