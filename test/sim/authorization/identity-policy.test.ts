import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as ecs from "@aws-sdk/client-ecs";
import * as iam from "@aws-sdk/client-iam";
import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { USER_KEYS } from "../../../src/sim/world/iam/people.ts";
import { testSimulator } from "../../support/simulator.ts";
import { policyOf, withKey } from "./support.ts";

const Bucket = "lakehouse-prod-lakehouse";
const UPLOADER = "arn:aws:iam::111122223333:user/ci/ci-uploader";
const CLUSTER = "lakehouse-prod-nessie";

test("a user may do what its inline policy says and nothing else", async () => {
  const simulator = await testSimulator();
  const client = new s3.S3Client(withKey(simulator, USER_KEYS.uploader));
  const put = { Bucket, Key: "raw/a", Body: "x", ServerSideEncryption: "aws:kms" as const };
  const { VersionId } = await client.send(new s3.PutObjectCommand(put));
  await client.send(new s3.GetObjectCommand({ Bucket, Key: "raw/a" }));
  await expect(client.send(new s3.GetObjectCommand({ Bucket, Key: "raw/a", VersionId }))).rejects.toMatchObject({
    message: `User: ${UPLOADER} is not authorized to perform: s3:GetObjectVersion on resource: "arn:aws:s3:::${Bucket}/raw/a" because no identity-based policy allows the s3:GetObjectVersion action`,
  });
  await expect(client.send(new s3.ListObjectVersionsCommand({ Bucket }))).rejects.toMatchObject({
    message: expect.stringContaining("s3:ListBucketVersions"),
  });
  await expect(client.send(new s3.ListBucketsCommand({}))).rejects.toMatchObject({ name: "AccessDenied" });
  const services = new ecs.ECSClient(withKey(simulator, USER_KEYS.uploader));
  const describe = new ecs.DescribeServicesCommand({ cluster: CLUSTER, services: ["nessie"] });
  await expect(services.send(describe)).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: `User: ${UPLOADER} is not authorized to perform: ecs:DescribeServices on resource: arn:aws:ecs:us-east-1:111122223333:service/${CLUSTER}/nessie because no identity-based policy allows the ecs:DescribeServices action`,
    $metadata: { httpStatusCode: 400 },
  });
});

test("policies put on a user count from the next call on: grants by resource, denies, boundaries", async () => {
  const simulator = await testSimulator();
  const admin = new iam.IAMClient(simulator.clients);
  const services = new ecs.ECSClient(withKey(simulator, USER_KEYS.uploader));
  const describe = () =>
    services.send(new ecs.DescribeServicesCommand({ cluster: CLUSTER, services: ["nessie"] })).then(
      () => "allowed",
      (error: Error) => error.message.replace(/^.*nessie (?=because|with)/, ""),
    );
  const put = (PolicyName: string, statement: object) =>
    admin.send(
      new iam.PutUserPolicyCommand({ UserName: "ci-uploader", PolicyName, PolicyDocument: policyOf(statement) }),
    );
  const other = "arn:aws:ecs:us-east-1:111122223333:service/other/*";
  await put("ecs", { Effect: "Allow", Action: "ecs:*", Resource: other });
  expect(await describe()).toBe("because no identity-based policy allows the ecs:DescribeServices action");
  await put("ecs", { Effect: "Allow", Action: "ecs:Describe*", Resource: other.replace("other", CLUSTER) });
  expect(await describe()).toBe("allowed");
  const user = simulator.world.iam.users.get("ci-uploader")!;
  user.boundaryArn = simulator.world.iam.addPolicy(
    "OnlyStorage",
    "",
    JSON.parse(policyOf({ Effect: "Allow", Action: "s3:*", Resource: "*" })),
    0,
  );
  expect(await describe()).toBe("because no permissions boundary allows the ecs:DescribeServices action");
  delete user.boundaryArn;
  await put("night", {
    Effect: "Deny",
    Action: "*",
    Resource: "*",
    Condition: { Bool: { "aws:SecureTransport": true } },
  });
  expect(await describe()).toBe("with an explicit deny in an identity-based policy");
  await admin.send(new iam.DeleteUserPolicyCommand({ UserName: "ci-uploader", PolicyName: "night" }));
  expect(await describe()).toBe("allowed");
});

test("conditions on time, user name and region; several services of one call must all be granted", async () => {
  const simulator = await testSimulator();
  const { world } = simulator;
  const user = world.iam.users.get("ci-uploader")!;
  const reader = new logs.CloudWatchLogsClient(withKey(simulator, USER_KEYS.uploader));
  const read = () =>
    reader.send(new logs.FilterLogEventsCommand({ logGroupName: "/ecs/lakehouse-prod-nessie", limit: 1 })).then(
      () => "allowed",
      (error: Error) => error.name,
    );
  const admin = new iam.IAMClient(simulator.clients);
  const Condition = {
    DateLessThan: { "aws:CurrentTime": "2026-11-23T03:10:00Z" },
    StringEquals: { "aws:username": "ci-uploader", "aws:RequestedRegion": "us-east-1" },
    Null: { "aws:MultiFactorAuthPresent": "true" },
  };
  const PolicyDocument = policyOf({
    Effect: "Allow",
    Action: "logs:*",
    Resource: "arn:aws:logs:*:*:log-group:/ecs/*",
    Condition,
  });
  await admin.send(new iam.PutUserPolicyCommand({ UserName: user.name, PolicyName: "logs", PolicyDocument }));
  expect(await read()).toBe("allowed");
  world.advanceBy(11 * 60_000);
  expect(await read()).toBe("AccessDeniedException");
  const two = new ecs.DescribeServicesCommand({ cluster: CLUSTER, services: ["nessie", "secret"] });
  const grant = policyOf({
    Effect: "Allow",
    Action: "ecs:DescribeServices",
    Resource: `arn:aws:ecs:us-east-1:111122223333:service/${CLUSTER}/nessie`,
  });
  await admin.send(new iam.PutUserPolicyCommand({ UserName: user.name, PolicyName: "one", PolicyDocument: grant }));
  const services = new ecs.ECSClient(withKey(simulator, USER_KEYS.uploader));
  await expect(services.send(two)).rejects.toMatchObject({ message: expect.stringContaining(`${CLUSTER}/secret`) });
});

test("a task definition with roles also needs iam:PassRole for each", async () => {
  const simulator = await testSimulator();
  const { iam: directory } = simulator.world;
  const user = directory.users.get("ci-uploader")!;
  const role = "arn:aws:iam::111122223333:role/lakehouse-prod-nessie-task";
  const allow = async (name: string, statement: object) => {
    const admin = new iam.IAMClient(simulator.clients);
    const PolicyDocument = policyOf({ Effect: "Allow", ...statement });
    await admin.send(new iam.PutUserPolicyCommand({ UserName: user.name, PolicyName: name, PolicyDocument }));
  };
  const client = new ecs.ECSClient(withKey(simulator, USER_KEYS.uploader));
  const register = () =>
    client.send(
      new ecs.RegisterTaskDefinitionCommand({
        family: "mine",
        taskRoleArn: role,
        containerDefinitions: [{ name: "a", image: "b" }],
      }),
    );
  await allow("ecs", { Action: "ecs:*", Resource: "*" });
  await expect(register()).rejects.toMatchObject({
    message: expect.stringContaining(`iam:PassRole on resource: ${role} because no identity-based policy allows`),
  });
  const toOthers = { StringEquals: { "iam:PassedToService": "lambda.amazonaws.com" } };
  await allow("pass", { Action: "iam:PassRole", Resource: role, Condition: toOthers });
  await expect(register()).rejects.toMatchObject({ name: "AccessDeniedException" });
  await allow("pass", {
    Action: "iam:PassRole",
    Resource: role,
    Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
  });
  expect((await register()).taskDefinition?.taskRoleArn).toBe(role);
});
