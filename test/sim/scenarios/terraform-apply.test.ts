import * as dynamo from "@aws-sdk/client-dynamodb";
import * as ec2 from "@aws-sdk/client-ec2";
import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { terraformPipeline } from "../../../src/sim/world/terraform/apply.ts";
import { containNessie, incident, MINUTE_MS } from "./support.ts";

test("an apply undoes containment behind the responder's back, and CloudTrail says who", async () => {
  const oom = await incident("nessie-oom:terraform-apply", 1);
  await containNessie(oom);
  oom.world.advanceBy(10 * MINUTE_MS);
  expect(oom.contained()).toBe(true);
  oom.world.advanceBy(10 * MINUTE_MS);
  expect(oom.contained()).toBe(false);
  expect((await oom.service()).desiredCount).toBe(1);
  for (const name of ["UpdateService", "RegisterScalableTarget"]) {
    const events = await oom.events(name);
    const [newest] = events;
    expect(newest.userIdentity.arn).toMatch(/assumed-role\/terraform\/ci$/);
    expect(newest.userAgent).toContain("Terraform");
  }
});

test("it brings back what the template owns, and nothing else: suspension, alarms and objects stay", async () => {
  const quiet = await incident("quiet", 1);
  const { world, clients, names } = quiet;
  terraformPipeline(world)({ atMs: 5 * MINUTE_MS });
  const network = new ec2.EC2Client(clients);
  const objects = new s3.S3Client(clients);
  const GroupId = world.lakehouse.loadBalancer.securityGroups[0]!;
  const Bucket = names.lakehouseBucket;
  const { Policy: before } = await objects.send(new s3.GetBucketPolicyCommand({ Bucket }));
  const tcp = { GroupId, IpProtocol: "tcp" };
  await network.send(
    new ec2.RevokeSecurityGroupIngressCommand({ ...tcp, FromPort: 443, ToPort: 443, CidrIp: "10.0.0.0/8" }),
  );
  await network.send(
    new ec2.AuthorizeSecurityGroupIngressCommand({ ...tcp, FromPort: 80, ToPort: 80, CidrIp: "172.20.0.0/16" }),
  );
  const policy = JSON.parse(before ?? "");
  policy.Statement.push({
    Sid: "Freeze",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:DeleteObject",
    Resource: `arn:aws:s3:::${Bucket}/*`,
  });
  await objects.send(new s3.PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(policy) }));
  const { Rules = [] } = await objects.send(new s3.GetBucketLifecycleConfigurationCommand({ Bucket }));
  const held = Rules.map((rule) => ({ ...rule, Status: "Disabled" as const }));
  await objects.send(
    new s3.PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: held } }),
  );
  await containNessie(quiet);
  world.advanceBy(7 * MINUTE_MS);
  expect((await objects.send(new s3.GetBucketPolicyCommand({ Bucket }))).Policy).toBe(before);
  const lifecycle = await objects.send(new s3.GetBucketLifecycleConfigurationCommand({ Bucket }));
  expect(lifecycle.Rules).toEqual(Rules);
  const { SecurityGroups } = await network.send(new ec2.DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }));
  expect(
    SecurityGroups?.[0]?.IpPermissions?.map(({ FromPort, IpRanges }) => [
      FromPort,
      IpRanges?.map(({ CidrIp }) => CidrIp),
    ]),
  ).toEqual([
    [80, ["10.0.0.0/8"]],
    [443, ["10.0.0.0/8"]],
  ]);
  const target = world.scaling.targets.get(`service/${names.cluster}/${names.service}`)!;
  expect(target).toMatchObject({ min: 2, max: 6, suspended: { dynamicScalingOut: true, dynamicScalingIn: true } });
  expect(world.lakehouse.service.desiredCount).toBe(1);
  world.advanceBy(4 * MINUTE_MS);
  const events = await quiet.events("ci", "Username");
  expect(events.map(({ eventName }) => eventName).toSorted()).toEqual([
    "AuthorizeSecurityGroupIngress",
    "PutBucketLifecycle",
    "PutBucketPolicy",
    "RegisterScalableTarget",
    "RevokeSecurityGroupIngress",
    "UpdateService",
  ]);
});

test("it holds the lock while it runs, and writes a state with the next serial and its digest", async () => {
  const { world, clients, names } = await incident("nessie-oom:terraform-apply", 2);
  const items = new dynamo.DynamoDBClient(clients);
  const read = async (suffix = "") => {
    const Key = { LockID: { S: `${names.stateBucket}/${names.stateKey}${suffix}` } };
    return (await items.send(new dynamo.GetItemCommand({ TableName: names.lockTable, Key }))).Item;
  };
  world.advanceTo(world.epochMs + 14 * MINUTE_MS + 10_000);
  expect(JSON.parse((await read())?.Info?.S ?? "")).toMatchObject({
    Operation: "OperationTypeApply",
    Who: "runner@ci-runner-7",
    Path: `${names.stateBucket}/${names.stateKey}`,
  });
  world.advanceBy(2 * MINUTE_MS);
  expect(await read()).toBeUndefined();
  const objects = new s3.S3Client(clients);
  const { Body, ETag } = await objects.send(
    new s3.GetObjectCommand({ Bucket: names.stateBucket, Key: names.stateKey }),
  );
  expect(JSON.parse(await Body!.transformToString()).serial).toBe(10);
  expect(ETag).toBe(`"${(await read("-md5"))?.Digest?.S}"`);
});

test("a held lock, or a digest that does not fit, makes it fail and change nothing", async () => {
  for (const spoil of ["", "-md5"]) {
    const oom = await incident("nessie-oom:terraform-apply", 1);
    const LockID = { S: `${oom.names.stateBucket}/${oom.names.stateKey}${spoil}` };
    const Item: Record<string, dynamo.AttributeValue> = spoil
      ? { LockID, Digest: { S: "0" } }
      : { LockID, Info: { S: "{}" } };
    await new dynamo.DynamoDBClient(oom.clients).send(
      new dynamo.PutItemCommand({ TableName: oom.names.lockTable, Item }),
    );
    await containNessie(oom);
    oom.world.advanceBy(30 * MINUTE_MS);
    expect(oom.contained()).toBe(true);
    expect(oom.world.journal.entries.filter(({ text }) => text.startsWith("terraform apply failed"))).toHaveLength(1);
  }
});
