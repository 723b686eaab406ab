import { FILE_SYSTEM_VARIABLE } from "../world/dagster/table-writer.ts";
import { recordDeed } from "../world/deeds.ts";
import { dagsterTaskPolicy } from "../world/iam/people-policies.ts";
import { policyText } from "../world/iam/policy-text.ts";
import type { KmsKey } from "../world/kms/keys.ts";
import { keyPolicy, usageStatement } from "../world/kms/lakehouse-key.ts";
import { NETWORK_IDS } from "../world/lakehouse-network.ts";
import { TABLE_WRITER } from "../world/lakehouse-permissions.ts";
import type { World } from "../world/world.ts";

/** A statement of a policy document. */
interface Statement {
  Sid?: string;
  [member: string]: unknown;
}

const document = (Statement: readonly Statement[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const statementsOf = (json: string) => (JSON.parse(json) as { Statement: Statement[] }).Statement;

/** Someone's pipeline narrowed the role's own policy to a prefix that Dagster does not use. */
export function narrowIdentityPolicy(world: World): void {
  const { iam, names, principals } = world;
  const role = iam.roles.get(`${names.prefix}-dagster-task`);
  if (!role) throw new Error("there is no role of Dagster");
  const statements = statementsOf(JSON.stringify(dagsterTaskPolicy(names))).map((statement) =>
    statement.Sid === "ReadWriteLakehouse"
      ? { ...statement, Resource: `arn:aws:s3:::${names.lakehouseBucket}/staging/*` }
      : statement,
  );
  const json = document(statements);
  role.inline.set("lakehouse-access", policyText(JSON.parse(json), "lakehouse-access", "identity"));
  recordDeed(world, {
    by: principals.roleSession("terraform", "pr-1187-least-privilege"),
    source: "iam",
    name: "PutRolePolicy",
    input: { RoleName: role.name, PolicyName: "lakehouse-access", PolicyDocument: json },
    resources: [{ ResourceType: "AWS::IAM::Role", ResourceName: role.name }],
  });
}

/** Someone added a statement to the bucket policy that denies everybody who is not on a list, and Dagster is not. */
export function denyInBucketPolicy(world: World): void {
  const { names, principals, storage } = world;
  const role = (name: string) => `arn:aws:iam::${names.accountId}:role/${name}`;
  const approved = [
    ...["reader", "writer", "admin"].map((name) => role(`${names.prefix}-lakehouse-${name}`)),
    role("oncall/responder"),
    role("platform-engineer"),
    role("terraform"),
  ];
  const added: Statement = {
    Sid: "DenyUnapprovedPrincipals",
    Effect: "Deny",
    Principal: "*",
    Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
    Resource: `arn:aws:s3:::${names.lakehouseBucket}/*`,
    Condition: { StringNotLike: { "aws:PrincipalArn": approved } },
  };
  const policy = document([...statementsOf(storage.lakehouse.policy ?? document([])), added]);
  storage.lakehouse.policy = policy;
  recordDeed(world, {
    by: principals.roleSession("platform-engineer", "noor.haddad"),
    source: "s3",
    name: "PutBucketPolicy",
    input: { BucketName: names.lakehouseBucket, BucketPolicy: JSON.parse(policy) },
    resources: [{ ResourceType: "AWS::S3::Bucket", ResourceName: names.lakehouseBucket }],
    userAgent: "S3Console/0.4, aws-internal/3",
  });
}

/** A release of Dagster lost the setting by which its uploads ask for KMS. */
export function dropEncryptionHeader(world: World): void {
  const { principals, dagster } = world;
  const { environment, image } = dagster.home.daemonProgram().container;
  dagster.home.release(principals.roleSession("data-engineer", "release-2026.45.2"), {
    image: image.replace(/:[^:]+$/, ":2026.45.2"),
    environment: environment.filter(({ name }) => name !== FILE_SYSTEM_VARIABLE),
  });
}

function ownKeyOf({ ownKey }: World): KmsKey {
  if (!ownKey) throw new Error("the lakehouse has no key of its own");
  return ownKey;
}

/** Someone rewrote the key's policy: only its administrators and a list of roles have a say, and the account's own policies no more. */
export function narrowKeyPolicy(world: World): void {
  const { names, principals } = world;
  const key = ownKeyOf(world);
  const roles = ["reader", "writer", "admin"].map((role) => `${names.prefix}-lakehouse-${role}`);
  const administrators = ["platform-engineer", "terraform", "oncall/responder"];
  key.policy = keyPolicy(
    { ...usageStatement(names.accountId, administrators), Sid: "KeyAdministrators", Action: "kms:*" },
    usageStatement(names.accountId, roles),
  );
  recordDeed(world, {
    by: principals.roleSession("platform-engineer", "key-hardening"),
    source: "kms",
    name: "PutKeyPolicy",
    input: { KeyId: key.arn, PolicyName: "default", Policy: key.policy, BypassPolicyLockoutSafetyCheck: false },
    resources: [{ ResourceType: "AWS::KMS::Key", ResourceName: key.arn }],
  });
}

/** Someone took the key for one that nobody uses. */
export function disableKey(world: World): void {
  const { principals } = world;
  const key = ownKeyOf(world);
  key.state = "Disabled";
  recordDeed(world, {
    by: principals.roleSession("platform-engineer", "unused-keys-cleanup"),
    source: "kms",
    name: "DisableKey",
    input: { KeyId: key.arn },
    resources: [{ ResourceType: "AWS::KMS::Key", ResourceName: key.arn }],
    userAgent: "aws-cli/2.18.9 md/awscrt#0.22.0 ua/2.0 os/macos",
  });
}

/** A review took Dagster's Lake Formation permissions on the tables away. */
export function revokeLakeFormation(world: World): void {
  const { names, principals, lakeFormation } = world;
  const principal = `arn:aws:iam::${names.accountId}:role/${names.prefix}-dagster-task`;
  const Table = { DatabaseName: names.glueDatabase, TableWildcard: {} };
  lakeFormation.revoke(principal, { Table }, TABLE_WRITER);
  recordDeed(world, {
    by: principals.roleSession(`${names.prefix}-lakehouse-admin`, "access-review-q4"),
    source: "lakeformation",
    name: "RevokePermissions",
    input: {
      Principal: { DataLakePrincipalIdentifier: principal },
      Resource: { Table },
      Permissions: TABLE_WRITER,
    },
    userAgent: "aws-cli/2.18.9 md/awscrt#0.22.0 ua/2.0 os/macos",
  });
}

/** Someone narrowed the policy of the S3 gateway endpoint to buckets among which the lakehouse is not. */
export function narrowEndpointPolicy(world: World): void {
  const { names, network, principals } = world;
  const endpoint = network.endpoints.get(NETWORK_IDS.s3Endpoint);
  if (!endpoint) throw new Error("there is no endpoint of S3");
  // Fargate pulls the layers of its images from this bucket of AWS's (ECR user guide, gateway endpoint for S3).
  const buckets = [`prod-${names.region}-starport-layer-bucket`, names.stateBucket];
  const Resource = buckets.flatMap((bucket) => [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]);
  const policy = document([{ Sid: "KnownBuckets", Effect: "Allow", Principal: "*", Action: "s3:*", Resource }]);
  endpoint.policy = policy;
  recordDeed(world, {
    by: principals.roleSession("platform-engineer", "network-hardening"),
    source: "ec2",
    name: "ModifyVpcEndpoint",
    input: { VpcEndpointId: endpoint.id, PolicyDocument: policy },
  });
}
