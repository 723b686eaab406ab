import type * as Wire from "@aws-sdk/client-iam";
import { AwsError } from "../../wire/aws-error.ts";
import type { Operations } from "../../wire/types.ts";
import type { Iam } from "../../world/iam/directory.ts";
import type { Identity, Role } from "../../world/iam/model.ts";
import { givenPolicyText } from "../../world/iam/policy-text.ts";
import { found, type IamAccess, iamPage, limitExceeded, managedPolicyOf, noSuchEntity, roleOf } from "./lookup.ts";
import { encodedDocument, policyView, versionView } from "./views.ts";

/** Characters of all inline policies of a user or role together, without white space (IAM quotas). */
const INLINE_SIZE = { user: 2_048, role: 10_240 };
/** Managed policies attached to a user or a role (IAM quotas, default). */
const ATTACHED = 10;

function putInline(identity: Identity, kind: "user" | "role", name: string, json: string | undefined): void {
  const text = givenPolicyText(json, name, "identity");
  const others = [...identity.inline].filter(([other]) => other !== name).map(([, other]) => other.json);
  const size = [...others, text.json].reduce((sum, one) => sum + one.replace(/\s/g, "").length, 0);
  if (size > INLINE_SIZE[kind]) {
    throw limitExceeded(`Maximum policy size of ${INLINE_SIZE[kind]} bytes exceeded for ${kind} ${identity.name}`);
  }
  identity.inline.set(name, text);
}

function deleteInline(identity: Identity, kind: "user" | "role", name: string): void {
  found(identity.inline.get(name), `The ${kind} policy with name ${name} cannot be found.`);
  identity.inline.delete(name);
}

function attach(iam: Iam, identity: Identity, kind: "User" | "Role", arn: string): void {
  if (!iam.policies.has(arn)) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
  if (!identity.attached.has(arn) && identity.attached.size >= ATTACHED) {
    throw limitExceeded(`Cannot exceed quota for PoliciesPer${kind}: ${ATTACHED}`);
  }
  identity.attached.add(arn);
}

function detach(identity: Identity, arn: string): void {
  if (!identity.attached.delete(arn)) throw noSuchEntity(`Policy ${arn} was not found.`);
}

/** A role that a caller may change. @throws AwsError UnmodifiableEntity for a service-linked one. */
function changeableRole(iam: Iam, name: string | undefined): Role {
  const role = roleOf(iam, name);
  if (!role.path.startsWith("/aws-service-role/")) return role;
  throw new AwsError(
    "UnmodifiableEntityException",
    `Cannot perform the operation on the protected role '${role.name}' - this role is only modifiable by AWS`,
  );
}

/** Managed policies, and policies put on users and roles. */
export function policyOperations({ iamOf, userOf }: IamAccess): Operations<typeof Wire> {
  return {
    GetPolicy: (input, call) => ({ Policy: policyView(iamOf(call), managedPolicyOf(iamOf(call), input.PolicyArn)) }),
    ListPolicyVersions: (input, call) => {
      const policy = managedPolicyOf(iamOf(call), input.PolicyArn);
      const { items, ...rest } = iamPage(policy.versions, input);
      return { Versions: items.map((version) => versionView(policy, version)), ...rest };
    },
    GetPolicyVersion: (input, call) => {
      const policy = managedPolicyOf(iamOf(call), input.PolicyArn);
      const version = found(
        policy.versions.find(({ id }) => id === input.VersionId),
        `Policy ${policy.arn} version ${input.VersionId} does not exist or is not attachable.`,
      );
      return { PolicyVersion: { ...versionView(policy, version), Document: encodedDocument(version.json) } };
    },
    PutRolePolicy: (input, call) => {
      putInline(changeableRole(iamOf(call), input.RoleName), "role", input.PolicyName ?? "", input.PolicyDocument);
      return {};
    },
    DeleteRolePolicy: (input, call) => {
      deleteInline(changeableRole(iamOf(call), input.RoleName), "role", input.PolicyName ?? "");
      return {};
    },
    AttachRolePolicy: (input, call) => {
      attach(iamOf(call), changeableRole(iamOf(call), input.RoleName), "Role", input.PolicyArn ?? "");
      return {};
    },
    DetachRolePolicy: (input, call) => {
      detach(changeableRole(iamOf(call), input.RoleName), input.PolicyArn ?? "");
      return {};
    },
    PutUserPolicy: (input, call) => {
      putInline(userOf(call, input.UserName), "user", input.PolicyName ?? "", input.PolicyDocument);
      return {};
    },
    DeleteUserPolicy: (input, call) => {
      deleteInline(userOf(call, input.UserName), "user", input.PolicyName ?? "");
      return {};
    },
    AttachUserPolicy: (input, call) => {
      attach(iamOf(call), userOf(call, input.UserName), "User", input.PolicyArn ?? "");
      return {};
    },
    DetachUserPolicy: (input, call) => {
      detach(userOf(call, input.UserName), input.PolicyArn ?? "");
      return {};
    },
  };
}
