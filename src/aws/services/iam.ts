import {
  GetLoginProfileCommand,
  GetRoleCommand,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListAccountAliasesCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupsForUserCommand,
  ListMFADevicesCommand,
  ListRolePoliciesCommand,
  SimulatePrincipalPolicyCommand,
} from "@aws-sdk/client-iam";

export const client = IAMClient;

export const commands = {
  GetLoginProfile: GetLoginProfileCommand,
  GetRole: GetRoleCommand,
  GetUser: GetUserCommand,
  ListAccessKeys: ListAccessKeysCommand,
  ListAccountAliases: ListAccountAliasesCommand,
  ListAttachedRolePolicies: ListAttachedRolePoliciesCommand,
  ListAttachedUserPolicies: ListAttachedUserPoliciesCommand,
  ListGroupsForUser: ListGroupsForUserCommand,
  ListMFADevices: ListMFADevicesCommand,
  ListRolePolicies: ListRolePoliciesCommand,
  SimulatePrincipalPolicy: SimulatePrincipalPolicyCommand,
};
