import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  GetLoginProfileCommand,
  GetRoleCommand,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListAccountAliasesCommand,
  ListAttachedUserPoliciesCommand,
  ListMFADevicesCommand,
  ListUsersCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";

export const client = IAMClient;

export const commands = {
  CreateAccessKey: CreateAccessKeyCommand,
  DeleteAccessKey: DeleteAccessKeyCommand,
  GetAccessKeyLastUsed: GetAccessKeyLastUsedCommand,
  GetLoginProfile: GetLoginProfileCommand,
  GetRole: GetRoleCommand,
  GetUser: GetUserCommand,
  ListAccessKeys: ListAccessKeysCommand,
  ListAccountAliases: ListAccountAliasesCommand,
  ListAttachedUserPolicies: ListAttachedUserPoliciesCommand,
  ListMFADevices: ListMFADevicesCommand,
  ListUsers: ListUsersCommand,
  UpdateAccessKey: UpdateAccessKeyCommand,
};
