import { IAMClient, ListAccountAliasesCommand } from "@aws-sdk/client-iam";

export const client = IAMClient;

export const commands = {
  ListAccountAliases: ListAccountAliasesCommand,
};
