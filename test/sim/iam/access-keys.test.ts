import * as ecs from "@aws-sdk/client-ecs";
import * as iam from "@aws-sdk/client-iam";
import * as s3 from "@aws-sdk/client-s3";
import * as sts from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import { USER_KEYS } from "../../../src/sim/world/iam/people.ts";
import { testSimulator } from "../../support/simulator.ts";
import { withKey } from "../authorization/support.ts";

const UserName = "ci-uploader";
const Bucket = "lakehouse-prod-lakehouse";

test("rotation: at most two keys, the new one works, the old one stops when it is deactivated and when it is deleted", async () => {
  const simulator = await testSimulator();
  const admin = new iam.IAMClient({ ...simulator.clients, maxAttempts: 1 });
  const { AccessKey } = await admin.send(new iam.CreateAccessKeyCommand({ UserName }));
  expect(AccessKey?.AccessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
  expect(AccessKey?.SecretAccessKey).toHaveLength(40);
  await expect(admin.send(new iam.CreateAccessKeyCommand({ UserName }))).rejects.toMatchObject({
    name: "LimitExceededException",
    message: "Cannot exceed quota for AccessKeysPerUser: 2",
    $metadata: { httpStatusCode: 409 },
  });
  const who = async (key: string) => {
    const identity = await new sts.STSClient(withKey(simulator, key)).send(new sts.GetCallerIdentityCommand({}));
    return identity.Arn;
  };
  const arn = "arn:aws:iam::111122223333:user/ci/ci-uploader";
  expect(await who(AccessKey?.AccessKeyId ?? "")).toBe(arn);
  const AccessKeyId = USER_KEYS.uploader;
  const update = (Status: iam.StatusType) =>
    admin.send(new iam.UpdateAccessKeyCommand({ UserName, AccessKeyId, Status }));
  await update("Inactive");
  await expect(who(AccessKeyId)).rejects.toMatchObject({
    name: "InvalidClientTokenId",
    $metadata: { httpStatusCode: 403 },
  });
  const storage = new s3.S3Client(withKey(simulator, AccessKeyId));
  await expect(storage.send(new s3.ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({
    name: "InvalidAccessKeyId",
  });
  const containers = new ecs.ECSClient(withKey(simulator, AccessKeyId));
  await expect(containers.send(new ecs.ListClustersCommand({}))).rejects.toMatchObject({
    name: "UnrecognizedClientException",
    $metadata: { httpStatusCode: 400 },
  });
  await update("Active");
  expect(await who(AccessKeyId)).toBe(arn);
  await admin.send(new iam.DeleteAccessKeyCommand({ UserName, AccessKeyId }));
  await expect(who(AccessKeyId)).rejects.toMatchObject({ name: "InvalidClientTokenId" });
  await expect(update("Active")).rejects.toMatchObject({ name: "NoSuchEntityException" });
  expect(await who("ASIASOMETHINGUNKNOWN")).toBe(simulator.world.principals.responder.arn);
});

test("the last use is told with region, service and time, some minutes late", async () => {
  const simulator = await testSimulator();
  const { world } = simulator;
  const admin = new iam.IAMClient(simulator.clients);
  const lastUse = async () => {
    const told = await admin.send(new iam.GetAccessKeyLastUsedCommand({ AccessKeyId: USER_KEYS.uploader }));
    expect(told.UserName).toBe(UserName);
    const { LastUsedDate, ServiceName, Region } = told.AccessKeyLastUsed ?? {};
    return `${ServiceName} ${Region} ${LastUsedDate?.toISOString()}`;
  };
  expect(await lastUse()).toBe("s3 us-east-1 2026-11-21T03:00:00.000Z");
  world.advanceBy(60_000);
  await new s3.S3Client(withKey(simulator, USER_KEYS.uploader)).send(new s3.ListObjectsV2Command({ Bucket }));
  expect(await lastUse()).toBe("s3 us-east-1 2026-11-21T03:00:00.000Z");
  world.advanceBy(15 * 60_000);
  expect(await lastUse()).toBe("s3 us-east-1 2026-11-23T03:01:00.000Z");
  const services = new ecs.ECSClient({ ...withKey(simulator, USER_KEYS.uploader), region: "eu-west-1" });
  await expect(services.send(new ecs.ListClustersCommand({}))).rejects.toMatchObject({ name: "AccessDeniedException" });
  expect(await lastUse()).toBe("s3 us-east-1 2026-11-23T03:01:00.000Z");
  world.advanceBy(15 * 60_000);
  expect(await lastUse()).toBe("ecs eu-west-1 2026-11-23T03:16:00.000Z");
  const { AccessKey } = await admin.send(new iam.CreateAccessKeyCommand({ UserName }));
  const unused = await admin.send(new iam.GetAccessKeyLastUsedCommand({ AccessKeyId: AccessKey?.AccessKeyId }));
  expect(unused.AccessKeyLastUsed).toEqual({ ServiceName: "N/A", Region: "N/A" });
});

test("CloudTrail keeps who made a key for whom, and no secret", async () => {
  const simulator = await testSimulator();
  const admin = new iam.IAMClient(simulator.clients);
  const { AccessKey } = await admin.send(new iam.CreateAccessKeyCommand({ UserName }));
  const [event] = simulator.world.trail.events;
  expect(event).toMatchObject({ name: "CreateAccessKey", source: "iam.amazonaws.com", region: "us-east-1" });
  expect(event?.resources).toContainEqual({ ResourceType: "AWS::IAM::User", ResourceName: UserName });
  expect(event?.record).toContain(AccessKey?.AccessKeyId);
  expect(event?.record).not.toContain(AccessKey?.SecretAccessKey);
  expect(JSON.parse(event?.record ?? "").userIdentity).toMatchObject({
    type: "AssumedRole",
    sessionContext: { sessionIssuer: { arn: "arn:aws:iam::111122223333:role/oncall/responder" } },
  });
});

test("a user who deletes the key in hand is the one that CloudTrail names", async () => {
  const simulator = await testSimulator();
  const AccessKeyId = USER_KEYS.breakGlass;
  await new iam.IAMClient(withKey(simulator, AccessKeyId)).send(new iam.DeleteAccessKeyCommand({ AccessKeyId }));
  expect(simulator.world.trail.events.at(-1)).toMatchObject({ name: "DeleteAccessKey", userName: "break-glass" });
});
