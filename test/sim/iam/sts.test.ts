import * as iam from "@aws-sdk/client-iam";
import * as s3 from "@aws-sdk/client-s3";
import * as sts from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import { BREAK_GLASS_MFA_SEED, USER_KEYS } from "../../../src/sim/world/iam/people.ts";
import { oneTimeCode } from "../../../src/sim/world/iam/totp.ts";
import { type TestSimulator, testSimulator } from "../../support/simulator.ts";
import { policyOf, withKey } from "../authorization/support.ts";

const SerialNumber = "arn:aws:iam::111122223333:mfa/break-glass";
const secret = Buffer.from(BREAK_GLASS_MFA_SEED, "ascii");
const stsOf = (simulator: TestSimulator, key: string) => new sts.STSClient(withKey(simulator, key));
const withCredentials = (simulator: TestSimulator, given: sts.Credentials | undefined) =>
  withKey(simulator, given?.AccessKeyId ?? "", given?.SessionToken);

test("one-time codes are those of RFC 6238's test vectors, cut to six digits", () => {
  const codes = [59, 1111111109, 1234567890, 20000000000].map((seconds) => oneTimeCode(secret, seconds * 1000));
  expect(codes).toEqual(["287082", "081804", "005924", "353130"]);
});

test("GetSessionToken with MFA: a code is good once, the session carries MFA and expires in virtual time", async () => {
  const simulator = await testSimulator();
  const { world } = simulator;
  const client = stsOf(simulator, USER_KEYS.breakGlass);
  const ask = (TokenCode: string, serial = SerialNumber) =>
    client.send(new sts.GetSessionTokenCommand({ SerialNumber: serial, TokenCode, DurationSeconds: 900 }));
  const TokenCode = oneTimeCode(secret, world.now());
  const wrong = String((Number(TokenCode) + 1) % 1_000_000).padStart(6, "0");
  await expect(ask(wrong)).rejects.toMatchObject({
    name: "AccessDenied",
    message: "MultiFactorAuthentication failed with invalid MFA one time pass code.",
    $metadata: { httpStatusCode: 403 },
  });
  await expect(ask(TokenCode, `${SerialNumber}-other`)).rejects.toMatchObject({
    message: expect.stringContaining("unable to validate MFA code"),
  });
  const { Credentials } = await ask(TokenCode);
  expect(Credentials?.Expiration?.getTime()).toBe(world.now() + 900_000);
  await expect(ask(TokenCode)).rejects.toMatchObject({ name: "AccessDenied" });
  const configuration = withCredentials(simulator, Credentials);
  const identity = await new sts.STSClient(configuration).send(new sts.GetCallerIdentityCommand({}));
  expect(identity.Arn).toBe("arn:aws:iam::111122223333:user/break-glass");
  await new iam.IAMClient(configuration).send(new iam.GetUserCommand({}));
  world.advanceBy(900_000);
  await expect(new iam.IAMClient(configuration).send(new iam.GetUserCommand({}))).rejects.toMatchObject({
    name: "ExpiredToken",
  });
});

test("a policy that asks for MFA tells sessions with it from keys and sessions without it", async () => {
  const simulator = await testSimulator();
  const { world } = simulator;
  const user = world.iam.users.get("break-glass")!;
  const needsMfa = { Effect: "Deny", Action: "s3:*", Resource: "*" };
  const Condition = { Bool: { "aws:MultiFactorAuthPresent": "false" } };
  const admin = new iam.IAMClient(simulator.clients);
  const PolicyDocument = policyOf(
    { ...needsMfa, Condition },
    { ...needsMfa, Condition: { NumericGreaterThan: { "aws:MultiFactorAuthAge": "600" } } },
  );
  await admin.send(new iam.PutUserPolicyCommand({ UserName: user.name, PolicyName: "mfa", PolicyDocument }));
  const list = (configuration: ReturnType<typeof withKey>) =>
    new s3.S3Client(configuration).send(new s3.ListBucketsCommand({})).then(
      () => "allowed",
      (error: Error) => error.name,
    );
  const client = stsOf(simulator, USER_KEYS.breakGlass);
  // Bool lets long-lived keys through, which have no such key at all.
  expect(await list(withKey(simulator, USER_KEYS.breakGlass))).toBe("allowed");
  const plain = await client.send(new sts.GetSessionTokenCommand({}));
  expect(await list(withCredentials(simulator, plain.Credentials))).toBe("AccessDenied");
  await expect(
    new iam.IAMClient(withCredentials(simulator, plain.Credentials)).send(new iam.GetUserCommand({})),
  ).rejects.toMatchObject({ name: "InvalidClientTokenId" });
  const TokenCode = oneTimeCode(secret, world.now());
  const proved = await client.send(new sts.GetSessionTokenCommand({ SerialNumber, TokenCode }));
  expect(await list(withCredentials(simulator, proved.Credentials))).toBe("allowed");
  world.advanceBy(601_000);
  expect(await list(withCredentials(simulator, proved.Credentials))).toBe("AccessDenied");
});

test("the session token is checked, and sessions cannot make session tokens", async () => {
  const simulator = await testSimulator();
  const { Credentials } = await stsOf(simulator, USER_KEYS.breakGlass).send(new sts.GetSessionTokenCommand({}));
  const forged = withKey(simulator, Credentials?.AccessKeyId ?? "", "forged");
  await expect(new sts.STSClient(forged).send(new sts.GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: "InvalidClientTokenId",
  });
  await expect(new s3.S3Client(forged).send(new s3.ListBucketsCommand({}))).rejects.toMatchObject({
    name: "InvalidToken",
    $metadata: { httpStatusCode: 400 },
  });
  const own = new sts.STSClient(withCredentials(simulator, Credentials));
  await expect(own.send(new sts.GetSessionTokenCommand({}))).rejects.toMatchObject({ name: "AccessDenied" });
  const client = stsOf(simulator, USER_KEYS.breakGlass);
  await expect(client.send(new sts.GetSessionTokenCommand({ DurationSeconds: 899 }))).rejects.toMatchObject({
    name: "ValidationError",
  });
  const info = new sts.GetAccessKeyInfoCommand({ AccessKeyId: USER_KEYS.breakGlass });
  expect((await client.send(info)).Account).toBe("111122223333");
});

test("AssumeRole: trust and identity policies decide, session policies limit, chains last an hour", async () => {
  const simulator = await testSimulator();
  const { world } = simulator;
  const responder = new sts.STSClient(simulator.clients);
  const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
  const assume = (client: sts.STSClient, name: string, extra: Partial<sts.AssumeRoleCommandInput> = {}) =>
    client.send(new sts.AssumeRoleCommand({ RoleArn: role(name), RoleSessionName: "test", ...extra }));
  const dagster = assume(responder, "lakehouse-prod-dagster-task");
  await expect(dagster).rejects.toMatchObject({
    name: "AccessDenied",
    message: `User: ${world.principals.responder.arn} is not authorized to perform: sts:AssumeRole on resource: ${role("lakehouse-prod-dagster-task")} because no role trust policy allows the sts:AssumeRole action`,
  });
  await expect(assume(responder, "nope")).rejects.toMatchObject({ name: "AccessDenied" });
  await expect(assume(stsOf(simulator, USER_KEYS.uploader), "platform-engineer")).rejects.toMatchObject({
    message: expect.stringContaining("because no identity-based policy allows the sts:AssumeRole action"),
  });
  await expect(assume(new sts.STSClient(simulator.clientsOf("root")), "visitor")).rejects.toMatchObject({
    name: "AccessDenied",
  });
  await expect(assume(responder, "platform-engineer", { DurationSeconds: 3_601 })).rejects.toMatchObject({
    name: "ValidationError",
    message: expect.stringContaining("role chaining"),
  });
  const Policy = policyOf({ Effect: "Allow", Action: "s3:ListBucket", Resource: "*" });
  const { Credentials, AssumedRoleUser } = await assume(responder, "platform-engineer", { Policy });
  expect(AssumedRoleUser?.Arn).toBe("arn:aws:sts::111122223333:assumed-role/platform-engineer/test");
  expect(Credentials?.AccessKeyId).toMatch(/^ASIA/);
  const storage = new s3.S3Client(withCredentials(simulator, Credentials));
  await storage.send(new s3.HeadBucketCommand({ Bucket: "lakehouse-prod-lakehouse" }));
  await expect(storage.send(new s3.ListBucketsCommand({}))).rejects.toMatchObject({
    message: expect.stringContaining("because no session policy allows the s3:ListAllMyBuckets action"),
  });
  expect(JSON.parse(world.trail.events.at(-1)?.record ?? "")).toMatchObject({
    eventName: "AssumeRole",
    responseElements: { credentials: { accessKeyId: Credentials?.AccessKeyId } },
  });
  expect(world.trail.events.at(-1)?.record).not.toContain("secretAccessKey");
  world.advanceBy(3_600_000);
  await expect(storage.send(new s3.ListBucketsCommand({}))).rejects.toMatchObject({ name: "ExpiredToken" });
});

test("a role whose trust asks for MFA is assumed with a code; its older sessions can be revoked", async () => {
  const simulator = await testSimulator();
  const { world } = simulator;
  const trust = {
    Effect: "Allow",
    Principal: { AWS: "arn:aws:iam::111122223333:root" },
    Action: "sts:AssumeRole",
    Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
  };
  world.iam.addRole("vault", JSON.parse(policyOf(trust)), {
    createdAtMs: 0,
    attached: ["arn:aws:iam::aws:policy/AdministratorAccess"],
  });
  const client = stsOf(simulator, USER_KEYS.breakGlass);
  const asked = { RoleArn: "arn:aws:iam::111122223333:role/vault", RoleSessionName: "two-people" };
  await expect(client.send(new sts.AssumeRoleCommand(asked))).rejects.toMatchObject({ name: "AccessDenied" });
  const proof = { SerialNumber, TokenCode: oneTimeCode(secret, world.now()) };
  const { Credentials } = await client.send(new sts.AssumeRoleCommand({ ...asked, ...proof }));
  const storage = new s3.S3Client(withCredentials(simulator, Credentials));
  await storage.send(new s3.ListBucketsCommand({}));
  world.advanceBy(60_000);
  const olderThanNow = { DateLessThan: { "aws:TokenIssueTime": new Date(world.now()).toISOString() } };
  const PolicyDocument = policyOf({ Effect: "Deny", Action: "*", Resource: "*", Condition: olderThanNow });
  const admin = new iam.IAMClient(simulator.clients);
  await admin.send(
    new iam.PutRolePolicyCommand({ RoleName: "vault", PolicyName: "AWSRevokeOlderSessions", PolicyDocument }),
  );
  await expect(storage.send(new s3.ListBucketsCommand({}))).rejects.toMatchObject({
    message: expect.stringContaining("with an explicit deny in an identity-based policy"),
  });
});
