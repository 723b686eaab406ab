import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  GetRoleCommand,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListAccountAliasesCommand,
  ListUsersCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";

export const client = IAMClient;

export const commands = {
  CreateAccessKey: CreateAccessKeyCommand,
  DeleteAccessKey: DeleteAccessKeyCommand,
  GetAccessKeyLastUsed: GetAccessKeyLastUsedCommand,
  GetRole: GetRoleCommand,
  GetUser: GetUserCommand,
  ListAccessKeys: ListAccessKeysCommand,
  ListAccountAliases: ListAccountAliasesCommand,
  ListUsers: ListUsersCommand,
  UpdateAccessKey: UpdateAccessKeyCommand,
};
