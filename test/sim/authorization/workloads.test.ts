import { expect, test } from "vitest";
import type { Context } from "../../../src/policy/pattern.ts";
import { accessDenied, trailErrorCode } from "../../../src/sim/world/authorization/access-denied.ts";
import { requirementsOf } from "../../../src/sim/world/authorization/requirements.ts";
import { testSimulator } from "../../support/simulator.ts";
import { policyOf } from "./support.ts";

const BUCKET = "arn:aws:s3:::lakehouse-prod-lakehouse";

test("Dagster's task role: identity, bucket and endpoint policies decide, and the decision says which", async () => {
  const { world } = await testSimulator();
  const { authorization, principals } = world;
  const principal = principals.roleSession("lakehouse-prod-dagster-task", "run-1");
  const encrypted = { "s3:x-amz-server-side-encryption": "aws:kms" };
  const put = { principal, action: "s3:PutObject", resource: `${BUCKET}/lakehouse/orders/data/x`, context: encrypted };
  expect(authorization.decide(put)).toMatchObject({
    effect: "allow",
    layer: "identity",
    deciding: { policyId: "lakehouse-access", sid: "ReadWriteLakehouse" },
  });
  expect(authorization.decide({ ...put, context: {} })).toMatchObject({
    effect: "explicit-deny",
    layer: "resource",
    deciding: { sid: "DenyUnencryptedPuts", policyId: "bucket policy of lakehouse-prod-lakehouse" },
  });
  expect(authorization.decide({ ...put, action: "s3:DeleteBucket", resource: BUCKET })).toMatchObject({
    effect: "implicit-deny",
    layer: "identity",
  });
  const narrow = policyOf({ Effect: "Allow", Principal: "*", Action: "s3:*", Resource: "arn:aws:s3:::other/*" });
  const vpcEndpoint = { id: "vpce-1", vpcId: "vpc-1", policy: narrow };
  expect(authorization.decide({ ...put, vpcEndpoint })).toMatchObject({ effect: "implicit-deny", layer: "endpoint" });
  expect(authorization.decide({ ...put, vpcEndpoint: { id: "vpce-1" } }).effect).toBe("allow");
  const refusal = {
    principal,
    service: "s3",
    requirement: put,
    decision: authorization.decide({ ...put, vpcEndpoint }),
  };
  expect(accessDenied(refusal).message).toContain("because no VPC endpoint policy allows the s3:PutObject action");
});

test("a bucket that takes calls through its endpoint only: SourceVpce, SourceVpc, VpcSourceIp", async () => {
  const { world } = await testSimulator();
  const bucket = world.buckets.byName.get("lakehouse-prod-lakehouse")!;
  const principal = world.principals.roleSession("lakehouse-prod-dagster-task", "run-1");
  const read = { principal, action: "s3:GetObject", resource: `${BUCKET}/a`, sourceIp: "10.0.10.7" };
  const vpcEndpoint = { id: "vpce-1", vpcId: "vpc-1" };
  const effects = (Condition: object) => {
    bucket.policy = policyOf({ Effect: "Deny", Principal: "*", Action: "s3:*", Resource: `${BUCKET}/*`, Condition });
    return [read, { ...read, vpcEndpoint }].map((request) => world.authorization.decide(request).effect);
  };
  expect(effects({ StringNotEquals: { "aws:SourceVpce": "vpce-1" } })).toEqual(["explicit-deny", "allow"]);
  expect(effects({ StringNotEquals: { "aws:SourceVpc": "vpc-1" } })).toEqual(["explicit-deny", "allow"]);
  expect(effects({ IpAddress: { "aws:SourceIp": "10.0.0.0/8" } })).toEqual(["explicit-deny", "allow"]);
  expect(effects({ IpAddress: { "aws:VpcSourceIp": "10.0.0.0/8" } })).toEqual(["allow", "explicit-deny"]);
});

test("decisions part by part: mayDo per key, what was taken away by hand, resources of other services", async () => {
  const { world } = await testSimulator();
  const { authorization, principals, denials } = world;
  const { responder } = principals;
  expect(authorization.mayDo(responder, "s3:DeleteObjectVersion", `${BUCKET}/a`, { "s3:VersionId": "v" })).toBe(true);
  const restore = denials.deny(responder.arn, "s3:DeleteObjectVersion");
  expect(authorization.mayDo(responder, "s3:DeleteObjectVersion", `${BUCKET}/a`)).toBe(false);
  expect(authorization.mayDo(responder, "s3:DeleteObject", `${BUCKET}/a`)).toBe(true);
  restore();
  const visitor = principals.roleSession("visitor", "guest");
  const topic = "arn:aws:sns:us-east-1:111122223333:alerts";
  expect(authorization.mayDo(visitor, "sns:Publish", topic)).toBe(false);
  authorization.addResourcePolicies("sns", (arn) => ({
    id: "topic policy",
    accountId: "111122223333",
    document: policyOf({ Effect: "Allow", Principal: { AWS: visitor.arn }, Action: "sns:Publish", Resource: arn }),
  }));
  expect(authorization.mayDo(visitor, "sns:Publish", topic)).toBe(true);
});

test("which permissions calls need", async () => {
  const { world } = await testSimulator();
  const source = {
    iam: world.iam,
    place: { accountId: "111122223333", region: "us-east-1" },
    callerArn: "arn:aws:iam::111122223333:user/me",
    upload: (id: string): Context => (id === "u" ? { "s3:x-amz-server-side-encryption": "aws:kms" } : {}),
  };
  const needs = (service: string, operation: string, input: object) =>
    requirementsOf(source, service, operation, input as Record<string, unknown>).map(
      ({ action, resource }) => `${action} ${resource.replace(/^arn:aws:[a-z0-9-]+:[a-z0-9-]*:\d*:/, "")}`,
    );
  const object = { Bucket: "b", Key: "k/x" };
  expect(needs("s3", "DeleteObject", object)).toEqual(["s3:DeleteObject b/k/x"]);
  expect(needs("s3", "DeleteObject", { ...object, VersionId: "v" })).toEqual(["s3:DeleteObjectVersion b/k/x"]);
  expect(needs("s3", "GetObjectTagging", { ...object, VersionId: "v" })).toEqual(["s3:GetObjectVersionTagging b/k/x"]);
  expect(needs("s3", "CopyObject", { ...object, CopySource: "a/k%20y?versionId=v", Tagging: "a=b" })).toEqual([
    "s3:GetObjectVersion a/k y",
    "s3:PutObject b/k/x",
    "s3:PutObjectTagging b/k/x",
  ]);
  expect(needs("s3", "UploadPartCopy", { ...object, CopySource: "/a/k" })).toEqual([
    "s3:GetObject a/k",
    "s3:PutObject b/k/x",
  ]);
  expect(requirementsOf(source, "s3", "UploadPart", { ...object, UploadId: "u" })[0]?.context).toEqual({
    "s3:x-amz-server-side-encryption": "aws:kms",
  });
  expect(needs("s3", "DeleteBucketLifecycle", { Bucket: "b" })).toEqual(["s3:PutLifecycleConfiguration b"]);
  expect(needs("s3", "GetPublicAccessBlock", { Bucket: "b" })).toEqual(["s3:GetBucketPublicAccessBlock b"]);
  expect(needs("s3", "DeleteObjects", { Bucket: "b" })).toEqual([]);
  expect(needs("monitoring", "DescribeAlarms", { AlarmNames: ["a"] })).toEqual(["cloudwatch:DescribeAlarms alarm:a"]);
  expect(needs("monitoring", "GetMetricData", {})).toEqual(["cloudwatch:GetMetricData *"]);
  expect(needs("tagging", "GetResources", {})).toEqual(["tag:GetResources *"]);
  expect(needs("dynamodb", "Query", { TableName: "t", IndexName: "i" })).toEqual(["dynamodb:Query table/t/index/i"]);
  expect(needs("dynamodb", "ListTables", {})).toEqual(["dynamodb:ListTables table/*"]);
  expect(
    needs("dynamodb", "RestoreTableToPointInTime", { SourceTableName: "t", TargetTableName: "r" }).slice(0, 2),
  ).toEqual(["dynamodb:RestoreTableToPointInTime table/t", "dynamodb:BatchWriteItem table/r"]);
  expect(needs("dynamodb", "TransactWriteItems", { TransactItems: [{ Put: { TableName: "t" } }] })).toEqual([
    "dynamodb:PutItem table/t",
  ]);
  expect(needs("glue", "GetTable", { DatabaseName: "d", Name: "t" })).toEqual([
    "glue:GetTable catalog",
    "glue:GetTable database/d",
    "glue:GetTable table/d/t",
  ]);
  expect(needs("ec2", "RevokeSecurityGroupIngress", { GroupId: "sg-1" })).toEqual([
    "ec2:RevokeSecurityGroupIngress security-group/sg-1",
  ]);
  expect(needs("iam", "GetRole", { RoleName: "responder" })).toEqual(["iam:GetRole role/oncall/responder"]);
  expect(needs("iam", "CreateAccessKey", {})).toEqual(["iam:CreateAccessKey user/me"]);
  expect(needs("sts", "GetSessionToken", {})).toEqual([]);
  expect(needs("elasticloadbalancing", "DescribeTargetHealth", { TargetGroupArn: "x" })).toEqual([
    "elasticloadbalancing:DescribeTargetHealth *",
  ]);
});

test("refusals are spelled as each service does", async () => {
  const { world } = await testSimulator();
  const principal = world.principals.roleSession("visitor", "guest");
  const decision = { effect: "implicit-deny", layer: "identity" } as const;
  const refused = (service: string, action: string, resource: string) => {
    const { code, status, message } = accessDenied({ principal, service, requirement: { action, resource }, decision });
    return { code, status, message };
  };
  const who = `User: ${principal.arn} is not authorized to perform:`;
  const topic = "arn:aws:sns:us-east-1:111122223333:alerts";
  expect(refused("sns", "sns:Publish", topic)).toEqual({
    code: "AuthorizationErrorException",
    status: 403,
    message: `${who} SNS:Publish on resource: ${topic} because no identity-based policy allows the SNS:Publish action`,
  });
  const group = "arn:aws:ec2:us-east-1:111122223333:security-group/sg-1";
  const changed = refused("ec2", "ec2:RevokeSecurityGroupIngress", group);
  expect(changed).toMatchObject({ code: "UnauthorizedOperation", status: 403 });
  expect(changed.message).toMatch(
    /^You are not authorized to perform this operation\. User: .* action\. Encoded authorization failure message: [\w-]+$/,
  );
  expect(refused("ec2", "ec2:DescribeVpcs", "*").message).not.toContain("Encoded");
  expect(refused("dynamodb", "dynamodb:Scan", "*")).toMatchObject({ code: "AccessDeniedException", status: 400 });
  expect(refused("elasticloadbalancing", "elasticloadbalancing:DeleteRule", "*")).toMatchObject({
    code: "AccessDenied",
    status: 403,
  });
  expect(refused("monitoring", "cloudwatch:ListMetrics", "*")).toMatchObject({ code: "AccessDenied", status: 403 });
  expect(trailErrorCode("ec2", changed.code)).toBe("Client.UnauthorizedOperation");
  expect(trailErrorCode("ecs", "AccessDeniedException")).toBe("AccessDeniedException");
});
