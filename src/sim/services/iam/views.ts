import type * as Wire from "@aws-sdk/client-iam";
import type { Iam } from "../../world/iam/directory.ts";
import { reportedUse } from "../../world/iam/last-use.ts";
import type { AccessKey, Group, Identity, ManagedPolicy, PolicyVersion, Role, User } from "../../world/iam/model.ts";
import { date } from "../paging.ts";

/** A document as IAM returns it: URL-encoded by RFC 3986. */
export function encodedDocument(json: string): string {
  return encodeURIComponent(json).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function boundaryView({ boundaryArn }: Identity) {
  return boundaryArn === undefined
    ? {}
    : {
        PermissionsBoundary: {
          PermissionsBoundaryType: "PermissionsBoundaryPolicy" as const,
          PermissionsBoundaryArn: boundaryArn,
        },
      };
}

/** As the lists show it: without boundary and tags (IAM API reference, ListUsers). */
export function listedUser({ name, path, id, arn, createdAtMs }: User): Wire.User {
  return { UserName: name, Path: path, UserId: id, Arn: arn, CreateDate: new Date(createdAtMs) };
}

export function userView(user: User): Wire.User {
  return { ...listedUser(user), ...boundaryView(user), Tags: user.tags };
}

export function groupView({ name, path, id, arn, createdAtMs }: Group): Wire.Group {
  return { GroupName: name, Path: path, GroupId: id, Arn: arn, CreateDate: new Date(createdAtMs) };
}

/** As the lists show it: without boundary, tags and last use (IAM API reference, ListRoles). */
export function listedRole(role: Role): Wire.Role {
  return {
    RoleName: role.name,
    Path: role.path,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: new Date(role.createdAtMs),
    AssumeRolePolicyDocument: encodedDocument(role.trust.json),
    ...(role.description === "" ? {} : { Description: role.description }),
    MaxSessionDuration: role.maxSessionSeconds,
  };
}

export function roleView(role: Role, nowMs: number): Wire.Role {
  const lastUse = reportedUse(role, nowMs);
  return {
    ...listedRole(role),
    ...boundaryView(role),
    Tags: role.tags,
    RoleLastUsed: lastUse ? { LastUsedDate: date(lastUse.atMs), Region: lastUse.region } : {},
  };
}

export function keyView(key: AccessKey): Wire.AccessKeyMetadata {
  return {
    UserName: key.userName,
    AccessKeyId: key.id,
    Status: key.status,
    CreateDate: new Date(key.createdAtMs),
  };
}

/** @param iam in which to count the attachments. */
export function policyView(iam: Iam, policy: ManagedPolicy): Wire.Policy {
  const identities: Identity[] = [...iam.users.values(), ...iam.groups.values(), ...iam.roles.values()];
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: identities.filter((identity) => identity.attached.has(policy.arn)).length,
    PermissionsBoundaryUsageCount: identities.filter((identity) => identity.boundaryArn === policy.arn).length,
    IsAttachable: true,
    Description: policy.description,
    CreateDate: new Date(policy.createdAtMs),
    UpdateDate: new Date(policy.versions[0]?.createdAtMs ?? policy.createdAtMs),
  };
}

/** Lists of versions leave the document out. */
export function versionView(policy: ManagedPolicy, version: PolicyVersion): Wire.PolicyVersion {
  return {
    VersionId: version.id,
    IsDefaultVersion: version.id === policy.defaultVersionId,
    CreateDate: new Date(version.createdAtMs),
  };
}
