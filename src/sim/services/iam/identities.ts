import type * as Wire from "@aws-sdk/client-iam";
import type { Operations } from "../../wire/types.ts";
import type { World } from "../../world/world.ts";
import { attachedPolicies, byName, found, groupOf, type IamAccess, iamPage, inlineNames, roleOf } from "./lookup.ts";
import { encodedDocument, groupView, listedRole, listedUser, roleView, userView } from "./views.ts";

/** Quotas that GetAccountSummary tells (IAM user guide, IAM and AWS STS quotas). */
const QUOTAS = {
  AccessKeysPerUserQuota: 2,
  AttachedPoliciesPerGroupQuota: 10,
  AttachedPoliciesPerRoleQuota: 10,
  AttachedPoliciesPerUserQuota: 10,
  GroupsPerUserQuota: 10,
  GroupsQuota: 300,
  PoliciesQuota: 1_500,
  RolesQuota: 1_000,
  UsersQuota: 5_000,
  VersionsPerPolicyQuota: 5,
} as const;

/** Reading users, roles, groups and the account. */
export function identityOperations(world: World, { iamOf, userOf }: IamAccess): Operations<typeof Wire> {
  return {
    ListAccountAliases: (input, call) => {
      const { accountAlias } = iamOf(call);
      const { items, ...rest } = iamPage(accountAlias === undefined ? [] : [accountAlias], input);
      return { AccountAliases: items, ...rest };
    },
    GetAccountSummary: (_input, call) => {
      const iam = iamOf(call);
      const devices = [...iam.users.values()].flatMap((user) => user.mfaDevices).length;
      const own = [...iam.policies.values()].filter((policy) => policy.arn.includes(iam.accountId));
      return {
        SummaryMap: {
          ...QUOTAS,
          AccountAccessKeysPresent: 0,
          AccountMFAEnabled: 1,
          Groups: iam.groups.size,
          MFADevices: devices,
          MFADevicesInUse: devices,
          Policies: own.length,
          Roles: iam.roles.size,
          Users: iam.users.size,
        },
      };
    },
    GetUser: (input, call) => {
      const caller = world.principals.of(call.accessKeyId);
      if (input.UserName === undefined && caller.type === "root") {
        const { arn: Arn, userId: UserId } = caller;
        return { User: { Path: "/", UserName: undefined, UserId, Arn, CreateDate: new Date(iamOf(call).openedAtMs) } };
      }
      return { User: userView(userOf(call, input.UserName)) };
    },
    ListUsers: (input, call) => {
      const { items, ...rest } = iamPage(byName(iamOf(call).users.values(), input.PathPrefix), input);
      return { Users: items.map(listedUser), ...rest };
    },
    ListGroupsForUser: (input, call) => {
      const { items, ...rest } = iamPage(byName(userOf(call, input.UserName).groups), input);
      return { Groups: items.map(groupView), ...rest };
    },
    GetRole: (input, call) => ({ Role: roleView(roleOf(iamOf(call), input.RoleName), call.atMs) }),
    ListRoles: (input, call) => {
      const { items, ...rest } = iamPage(byName(iamOf(call).roles.values(), input.PathPrefix), input);
      return { Roles: items.map(listedRole), ...rest };
    },
    ListRolePolicies: (input, call) => inlineNames(roleOf(iamOf(call), input.RoleName), input),
    GetRolePolicy: (input, call) => {
      const role = roleOf(iamOf(call), input.RoleName);
      const name = input.PolicyName ?? "";
      const policy = found(role.inline.get(name), `The role policy with name ${name} cannot be found.`);
      return { RoleName: role.name, PolicyName: name, PolicyDocument: encodedDocument(policy.json) };
    },
    ListAttachedRolePolicies: (input, call) =>
      attachedPolicies(iamOf(call), roleOf(iamOf(call), input.RoleName), input),
    ListGroupPolicies: (input, call) => inlineNames(groupOf(iamOf(call), input.GroupName), input),
    GetGroupPolicy: (input, call) => {
      const group = groupOf(iamOf(call), input.GroupName);
      const name = input.PolicyName ?? "";
      const policy = found(group.inline.get(name), `The group policy with name ${name} cannot be found.`);
      return { GroupName: group.name, PolicyName: name, PolicyDocument: encodedDocument(policy.json) };
    },
    ListAttachedGroupPolicies: (input, call) =>
      attachedPolicies(iamOf(call), groupOf(iamOf(call), input.GroupName), input),
    ListUserPolicies: (input, call) => inlineNames(userOf(call, input.UserName), input),
    GetUserPolicy: (input, call) => {
      const user = userOf(call, input.UserName);
      const name = input.PolicyName ?? "";
      const policy = found(user.inline.get(name), `The user policy with name ${name} cannot be found.`);
      return { UserName: user.name, PolicyName: name, PolicyDocument: encodedDocument(policy.json) };
    },
    ListAttachedUserPolicies: (input, call) => attachedPolicies(iamOf(call), userOf(call, input.UserName), input),
  };
}
