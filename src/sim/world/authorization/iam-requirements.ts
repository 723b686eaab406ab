import type { Iam } from "../iam/directory.ts";
import { contextFrom, type Input, type Requirement, text } from "./requirement.ts";

/** Operations of IAM and STS that need no permission (STS API reference). */
const FREE = new Set(["sts:GetCallerIdentity", "sts:GetSessionToken"]);

/** The permissions of an IAM call. @param callerArn whom a call without UserName is about. */
export function iamRequirements(iam: Iam, operation: string, input: Input, callerArn: string): Requirement[] {
  const context = contextFrom({ "iam:PolicyARN": /^(Attach|Detach)/.test(operation) ? input.PolicyArn : undefined });
  return [{ action: `iam:${operation}`, resource: iamResource(iam, operation, input, callerArn), context }];
}

function iamResource(iam: Iam, operation: string, input: Input, callerArn: string): string {
  const account = `arn:aws:iam::${iam.accountId}`;
  const { UserName, RoleName, GroupName, PolicyArn, PolicySourceArn, AccessKeyId } = input;
  const user = text(UserName);
  const role = text(RoleName);
  const group = text(GroupName);
  if (user !== undefined) return iam.users.get(user)?.arn ?? `${account}:user/${user}`;
  if (role !== undefined) return iam.roles.get(role)?.arn ?? `${account}:role/${role}`;
  if (group !== undefined) return iam.groups.get(group)?.arn ?? `${account}:group/${group}`;
  const named = text(PolicyArn) ?? text(PolicySourceArn);
  if (named !== undefined) return named;
  if (operation === "GetAccessKeyLastUsed") {
    const owner = iam.accessKey(text(AccessKeyId) ?? "")?.userName;
    return owner === undefined ? "*" : (iam.users.get(owner)?.arn ?? "*");
  }
  switch (operation) {
    case "ListUsers":
      return `${account}:user${text(input.PathPrefix) ?? "/"}`;
    case "ListRoles":
      return `${account}:role${text(input.PathPrefix) ?? "/"}`;
    case "ListGroups":
      return `${account}:group${text(input.PathPrefix) ?? "/"}`;
    case "ListPolicies":
      return `${account}:policy${text(input.PathPrefix) ?? "/"}`;
    case "ListVirtualMFADevices":
      return `${account}:mfa/`;
    case "GetUser":
    case "ListAccessKeys":
    case "CreateAccessKey":
    case "UpdateAccessKey":
    case "DeleteAccessKey":
    case "ListMFADevices":
    case "GetLoginProfile":
    case "DeleteLoginProfile":
      return callerArn;
    default:
      return "*";
  }
}

/** The permissions of an STS call. */
export function stsRequirements(operation: string, input: Input): Requirement[] {
  const action = `sts:${operation}`;
  if (FREE.has(action)) return [];
  // The code itself is checked when the call is carried out: a wrong one is denied there.
  const mfa =
    operation === "AssumeRole" && text(input.SerialNumber) !== undefined && text(input.TokenCode) !== undefined;
  const context = contextFrom({
    "sts:ExternalId": input.ExternalId,
    "sts:RoleSessionName": input.RoleSessionName,
    "aws:MultiFactorAuthPresent": mfa ? true : undefined,
    "aws:MultiFactorAuthAge": mfa ? 0 : undefined,
  });
  return [{ action, resource: text(input.RoleArn) ?? "*", context }];
}

/** iam:PassRole for the roles that a call hands to a service. */
export function passRoles(roles: unknown[], service: string): Requirement[] {
  return roles.flatMap((role) => {
    const resource = text(role);
    return resource === undefined
      ? []
      : [{ action: "iam:PassRole", resource, context: { "iam:PassedToService": service } }];
  });
}
