import type * as Wire from "@aws-sdk/client-glue";
import { AwsError } from "../wire/aws-error.ts";
import { defineService, type ServiceDefinition, type WireCall } from "../wire/types.ts";
import {
  currentVersion,
  type Database,
  type GlueTable,
  type TableInput,
  type TableVersion,
} from "../world/glue/catalog.ts";
import type { Region } from "../world/region.ts";
import { pageOf } from "./paging.ts";

/** Most results of a page (Glue API reference). */
const PAGE_SIZE = 100;

const invalid = (message: string) => new AwsError("InvalidInputException", message);
const invalidToken = () => invalid("Invalid continuation token");
const page = <T>(items: readonly T[], input: { MaxResults?: number | undefined; NextToken?: string | undefined }) =>
  pageOf(items, Math.min(PAGE_SIZE, input.MaxResults ?? PAGE_SIZE), input.NextToken, invalidToken);

function databaseView(database: Database, catalogId: string): Wire.Database {
  return {
    Name: database.name,
    Description: database.description,
    LocationUri: database.locationUri,
    Parameters: database.parameters,
    CreateTime: new Date(database.createdAtMs),
    CatalogId: catalogId,
  };
}

function tableView(table: GlueTable, version: TableVersion, catalogId: string): Wire.Table {
  const { input } = version;
  return {
    Name: input.name,
    DatabaseName: table.database,
    Description: input.description,
    Owner: input.owner,
    CreateTime: new Date(table.createdAtMs),
    UpdateTime: new Date(version.updatedAtMs),
    CreatedBy: table.createdBy,
    TableType: input.tableType,
    Retention: 0,
    Parameters: input.parameters,
    PartitionKeys: [],
    StorageDescriptor: {
      Columns: input.columns.map(({ name, type, comment }) => ({ Name: name, Type: type, Comment: comment })),
      Location: input.location,
      Compressed: false,
      NumberOfBuckets: 0,
      StoredAsSubDirectories: false,
    },
    CatalogId: catalogId,
    VersionId: String(version.id),
    IsRegisteredWithLakeFormation: true,
  };
}

function tableInput(given: Wire.TableInput | undefined): TableInput {
  if (!given?.Name) throw invalid("Table name is required.");
  const { StorageDescriptor: storage } = given;
  return {
    name: given.Name,
    description: given.Description,
    owner: given.Owner,
    tableType: given.TableType,
    columns: (storage?.Columns ?? []).map(({ Name = "", Type = "", Comment }) => ({
      name: Name,
      type: Type,
      comment: Comment,
    })),
    location: storage?.Location,
    parameters: given.Parameters ?? {},
  };
}

function versionOf(table: GlueTable, id: string | undefined): TableVersion {
  if (id === undefined) return currentVersion(table);
  const found = table.versions.find((version) => String(version.id) === id);
  if (!found) throw new AwsError("EntityNotFoundException", `Table version ${id} not found.`);
  return found;
}

/** What a pattern of GetTables lets through: a regular expression for the whole name. */
function named(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined) return () => true;
  try {
    const expression = new RegExp(`^(?:${pattern})$`);
    return (name) => expression.test(name);
  } catch {
    throw invalid(`Invalid expression: ${pattern}`);
  }
}

/** AWS Glue: the Data Catalog's databases, tables and their versions. */
export function glueService(region: Region): ServiceDefinition {
  const { glue } = region;
  const { accountId } = region.names;
  const callerOf = (call: WireCall) => region.account.principals.of(call.accessKeyId).arn;
  return defineService<typeof Wire>({
    signingName: "glue",
    load: () => import("@aws-sdk/client-glue"),
    clientName: "GlueClient",
    operations: {
      GetDatabases: (input) => {
        const { items, next } = page([...glue.databases.values()], input);
        return { DatabaseList: items.map((database) => databaseView(database, accountId)), NextToken: next };
      },
      GetDatabase: (input) => ({ Database: databaseView(glue.database(input.Name), accountId) }),
      GetTables: (input) => {
        const fits = named(input.Expression);
        const tables = [...glue.database(input.DatabaseName).tables]
          .filter(([name]) => fits(name))
          .map(([, table]) => table);
        const { items, next } = page(tables, input);
        return { TableList: items.map((table) => tableView(table, currentVersion(table), accountId)), NextToken: next };
      },
      GetTable: (input) => {
        const table = glue.table(input.DatabaseName, input.Name);
        return { Table: tableView(table, currentVersion(table), accountId) };
      },
      GetTableVersions: (input) => {
        const table = glue.table(input.DatabaseName, input.TableName);
        const { items, next } = page(table.versions.toReversed(), input);
        return {
          TableVersions: items.map((version) => ({
            Table: tableView(table, version, accountId),
            VersionId: String(version.id),
          })),
          NextToken: next,
        };
      },
      GetTableVersion: (input) => {
        const table = glue.table(input.DatabaseName, input.TableName);
        const version = versionOf(table, input.VersionId);
        return { TableVersion: { Table: tableView(table, version, accountId), VersionId: String(version.id) } };
      },
      CreateTable: (input, call) => {
        glue.createTable(input.DatabaseName, tableInput(input.TableInput), callerOf(call));
        return {};
      },
      UpdateTable: (input, call) => {
        const options = { skipArchive: input.SkipArchive ?? false, expected: input.VersionId };
        glue.updateTable(input.DatabaseName, tableInput(input.TableInput), callerOf(call), options);
        return {};
      },
      DeleteTable: (input) => {
        glue.deleteTable(input.DatabaseName, input.Name);
        return {};
      },
      GetPartitions: (input) => {
        // Iceberg keeps its partitions in its own metadata.
        glue.table(input.DatabaseName, input.TableName);
        return { Partitions: [] };
      },
    },
  });
}
