import { GetRoleCommand, GetUserCommand, IAMClient, ListAccountAliasesCommand } from "@aws-sdk/client-iam";

export const client = IAMClient;

export const commands = {
  GetRole: GetRoleCommand,
  GetUser: GetUserCommand,
  ListAccountAliases: ListAccountAliasesCommand,
};
