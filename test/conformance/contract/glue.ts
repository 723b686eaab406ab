import type { TableInput } from "@aws-sdk/client-glue";
import { expect } from "vitest";
import { casesOf, isRecent, refusal, unique } from "../server.ts";

const MISSING = { name: "EntityNotFoundException", status: 400 };

const tableInput = (Name: string, comment = "kůň & <column>"): TableInput => ({
  Name,
  Description: "žluťoučký 🐎",
  Owner: "data",
  TableType: "EXTERNAL_TABLE",
  Parameters: { table_type: "ICEBERG", metadata_location: `s3://lakehouse/${Name}/metadata/00001.json` },
  StorageDescriptor: {
    Columns: [
      { Name: "id", Type: "bigint", Comment: comment },
      { Name: "payload", Type: "struct<a:int,b:array<string>>" },
    ],
    Location: `s3://lakehouse/${Name}`,
  },
});

/** The Data Catalog. Both servers have the template's database. */
export const glue = casesOf("glue", {
  "a database is found": async ({ clients: { glue }, names }) => {
    const Name = names.glueDatabase;
    const { Database: database } = await glue.getDatabase({ Name });
    expect(database).toMatchObject({ Name, CatalogId: names.accountId, LocationUri: expect.stringMatching(/^s3:/) });
    expect(database?.CreateTime).toBeInstanceOf(Date);
    expect((await glue.getDatabases({})).DatabaseList?.map((one) => one.Name)).toEqual([Name]);
    expect(await refusal(glue.getDatabase({ Name: "nope" }))).toEqual(MISSING);
  },

  "a table comes back as it was put": async ({ clients: { glue }, names }) => {
    const DatabaseName = names.glueDatabase;
    const Name = unique("contract_table");
    const input = tableInput(Name);
    await glue.createTable({ DatabaseName, TableInput: input });
    const { Table: table } = await glue.getTable({ DatabaseName, Name });
    expect(table).toMatchObject({ ...input, DatabaseName, CatalogId: names.accountId });
    expect(isRecent(table?.CreateTime)).toBe(true);
    expect(await refusal(glue.createTable({ DatabaseName, TableInput: input }))).toEqual({
      name: "AlreadyExistsException",
      status: 400,
    });
    await glue.deleteTable({ DatabaseName, Name });
    expect(await refusal(glue.getTable({ DatabaseName, Name }))).toEqual(MISSING);
    expect(await refusal(glue.deleteTable({ DatabaseName, Name }))).toEqual(MISSING);
  },

  "tables are listed, by an expression and page by page": async ({ clients: { glue }, names }) => {
    const DatabaseName = names.glueDatabase;
    const prefix = unique("contract_list");
    const wanted = ["a", "b", "c"].map((suffix) => `${prefix}_${suffix}`);
    for (const Name of wanted) await glue.createTable({ DatabaseName, TableInput: tableInput(Name) });
    const { TableList: tables } = await glue.getTables({ DatabaseName, Expression: `${prefix}_[ab]` });
    expect(tables?.map(({ Name }) => Name)).toEqual(wanted.slice(0, 2));
    for (const Name of wanted) await glue.deleteTable({ DatabaseName, Name });
    expect(await refusal(glue.getTables({ DatabaseName: "nope" }))).toEqual(MISSING);
  },

  "tables are listed page by page": async ({ clients: { glue }, names }) => {
    const DatabaseName = names.glueDatabase;
    const prefix = unique("contract_pages");
    const wanted = ["a", "b", "c"].map((suffix) => `${prefix}_${suffix}`);
    for (const Name of wanted) await glue.createTable({ DatabaseName, TableInput: tableInput(Name) });
    const Expression = `${prefix}_.*`;
    const first = await glue.getTables({ DatabaseName, Expression, MaxResults: 2 });
    const rest = await glue.getTables({ DatabaseName, Expression, MaxResults: 2, NextToken: first.NextToken! });
    for (const Name of wanted) await glue.deleteTable({ DatabaseName, Name });
    expect([first.TableList?.length, rest.TableList?.map(({ Name }) => Name)]).toEqual([2, wanted.slice(2)]);
  },

  "every update is a version": async ({ clients: { glue }, names }) => {
    const DatabaseName = names.glueDatabase;
    const Name = unique("contract_versions");
    await glue.createTable({ DatabaseName, TableInput: tableInput(Name, "first") });
    await glue.updateTable({ DatabaseName, TableInput: tableInput(Name, "second") });
    const { Table: table } = await glue.getTable({ DatabaseName, Name });
    expect(table?.StorageDescriptor?.Columns?.[0]?.Comment).toBe("second");
    const { TableVersions: versions = [] } = await glue.getTableVersions({ DatabaseName, TableName: Name });
    const comments = versions.map((version) => version.Table?.StorageDescriptor?.Columns?.[0]?.Comment);
    expect(comments.toSorted()).toEqual(["first", "second"]);
    const oldest = versions[comments.indexOf("first")]!;
    const { TableVersion: one } = await glue.getTableVersion({
      DatabaseName,
      TableName: Name,
      VersionId: oldest.VersionId!,
    });
    expect(one?.Table?.StorageDescriptor?.Columns?.[0]?.Comment).toBe("first");
    const missing = glue.getTableVersion({ DatabaseName, TableName: Name, VersionId: "99" });
    expect(await refusal(missing)).toEqual(MISSING);
    await glue.deleteTable({ DatabaseName, Name });
  },

  "a table tells when it was updated": async ({ clients: { glue }, names }) => {
    const DatabaseName = names.glueDatabase;
    const Name = unique("contract_updated");
    await glue.createTable({ DatabaseName, TableInput: tableInput(Name) });
    const { Table: table } = await glue.getTable({ DatabaseName, Name });
    await glue.deleteTable({ DatabaseName, Name });
    expect(isRecent(table?.UpdateTime)).toBe(true);
  },

  "versions are listed the newest first": async ({ clients: { glue }, names }) => {
    const DatabaseName = names.glueDatabase;
    const Name = unique("contract_newest");
    await glue.createTable({ DatabaseName, TableInput: tableInput(Name) });
    for (let count = 0; count < 2; count++) await glue.updateTable({ DatabaseName, TableInput: tableInput(Name) });
    const { TableVersions: versions = [] } = await glue.getTableVersions({ DatabaseName, TableName: Name });
    await glue.deleteTable({ DatabaseName, Name });
    const ids = versions.map(({ VersionId }) => Number(VersionId));
    expect(ids).toEqual(ids.toSorted((a, b) => b - a));
  },

  "an Iceberg table has no partitions in the catalog": async ({ clients: { glue }, names }) => {
    const DatabaseName = names.glueDatabase;
    const TableName = unique("contract_partitions");
    await glue.createTable({ DatabaseName, TableInput: tableInput(TableName) });
    expect((await glue.getPartitions({ DatabaseName, TableName })).Partitions).toEqual([]);
    await glue.deleteTable({ DatabaseName, Name: TableName });
  },
});
