import {
  GetDatabasesCommand,
  GetTableCommand,
  GetTablesCommand,
  GlueClient,
  UpdateTableCommand,
} from "@aws-sdk/client-glue";

export const client = GlueClient;

export const commands = {
  GetDatabases: GetDatabasesCommand,
  GetTable: GetTableCommand,
  GetTables: GetTablesCommand,
  UpdateTable: UpdateTableCommand,
};
