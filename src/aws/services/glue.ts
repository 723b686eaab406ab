import { GetTableCommand, GlueClient } from "@aws-sdk/client-glue";

export const client = GlueClient;

export const commands = {
  GetTable: GetTableCommand,
};
