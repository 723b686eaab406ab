import type * as Wire from "@aws-sdk/client-iam";
import type { Operations } from "../../wire/types.ts";
import type { Iam } from "../../world/iam/directory.ts";
import type { Identity, ManagedPolicy } from "../../world/iam/model.ts";
import { byName, type IamAccess, iamPage } from "./lookup.ts";
import { encodedDocument, groupView, policyView, roleView, userView, versionView } from "./views.ts";

/** One entry of the list that pages run through; the answer sorts them into its four lists again. */
type Entry =
  | { type: "User"; detail: Wire.UserDetail }
  | { type: "Group"; detail: Wire.GroupDetail }
  | { type: "Role"; detail: Wire.RoleDetail }
  | { type: "LocalManagedPolicy" | "AWSManagedPolicy"; detail: Wire.ManagedPolicyDetail };

/** Everything about the account's permissions in one list (IAM API reference, GetAccountAuthorizationDetails). */
export function authorizationDetailOperations({ iamOf }: IamAccess): Operations<typeof Wire> {
  return {
    GetAccountAuthorizationDetails: (input, call) => {
      const wanted = entries(iamOf(call), call.atMs).filter(
        ({ type }) => !input.Filter?.length || input.Filter.includes(type),
      );
      const { items, ...rest } = iamPage(wanted, input);
      return {
        UserDetailList: items.flatMap((entry) => (entry.type === "User" ? [entry.detail] : [])),
        GroupDetailList: items.flatMap((entry) => (entry.type === "Group" ? [entry.detail] : [])),
        RoleDetailList: items.flatMap((entry) => (entry.type === "Role" ? [entry.detail] : [])),
        Policies: items.flatMap((entry) =>
          entry.type === "LocalManagedPolicy" || entry.type === "AWSManagedPolicy" ? [entry.detail] : [],
        ),
        ...rest,
      };
    },
  };
}

function entries(iam: Iam, nowMs: number): Entry[] {
  const users = byName(iam.users.values()).map((user): Entry => {
    const detail = { ...userView(user), ...permissions(iam, user, "UserPolicyList") };
    return { type: "User", detail: { ...detail, GroupList: user.groups.map((group) => group.name) } };
  });
  const groups = byName(iam.groups.values()).map(
    (group): Entry => ({
      type: "Group",
      detail: { ...groupView(group), ...permissions(iam, group, "GroupPolicyList") },
    }),
  );
  const roles = byName(iam.roles.values()).map(
    (role): Entry => ({
      type: "Role",
      detail: { ...roleView(role, nowMs), InstanceProfileList: [], ...permissions(iam, role, "RolePolicyList") },
    }),
  );
  return [...users, ...groups, ...roles, ...managedPolicies(iam)];
}

/** The account's own managed policies, and those of AWS that are attached. */
function managedPolicies(iam: Iam): Entry[] {
  return byName(iam.policies.values()).flatMap((policy): Entry[] => {
    const detail = { ...policyView(iam, policy), PolicyVersionList: versions(policy) };
    if (policy.arn.includes(iam.accountId)) return [{ type: "LocalManagedPolicy", detail }];
    return detail.AttachmentCount === 0 ? [] : [{ type: "AWSManagedPolicy", detail }];
  });
}

function versions(policy: ManagedPolicy): Wire.PolicyVersion[] {
  return policy.versions.map((version) => ({
    ...versionView(policy, version),
    Document: encodedDocument(version.json),
  }));
}

/** The inline and attached policies of an identity. @param list the member that holds the inline ones. */
function permissions(iam: Iam, identity: Identity, list: "UserPolicyList" | "GroupPolicyList" | "RolePolicyList") {
  return {
    [list]: [...identity.inline].map(([PolicyName, { json }]) => ({
      PolicyName,
      PolicyDocument: encodedDocument(json),
    })),
    AttachedManagedPolicies: [...identity.attached].map((PolicyArn) => ({
      PolicyName: iam.policies.get(PolicyArn)?.name,
      PolicyArn,
    })),
  };
}
