import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { testSimulator } from "../../support/simulator.ts";
import { policyOf } from "./support.ts";

const Bucket = "lakehouse-prod-lakehouse";
const EVERYTHING = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`];
const RESPONDER = "arn:aws:sts::111122223333:assumed-role/responder/on-call";
const denyAll = (Condition: object = {}) => ({
  Sid: "Quarantine",
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: EVERYTHING,
  ...(Object.keys(Condition).length > 0 ? { Condition } : {}),
});

test("a deny-all without exemption locks the responder out, and only the root user can lift it", async () => {
  const simulator = await testSimulator();
  const responder = new s3.S3Client(simulator.clients);
  await responder.send(new s3.PutBucketPolicyCommand({ Bucket, Policy: policyOf(denyAll()) }));
  await expect(responder.send(new s3.ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({
    name: "AccessDenied",
    message: `User: ${RESPONDER} is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::${Bucket}" with an explicit deny in a resource-based policy`,
    $metadata: { httpStatusCode: 403 },
  });
  await expect(responder.send(new s3.DeleteBucketPolicyCommand({ Bucket }))).rejects.toMatchObject({
    name: "AccessDenied",
  });
  await expect(responder.send(new s3.HeadBucketCommand({ Bucket }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 403 },
  });
  const root = new s3.S3Client(simulator.clientsOf("root"));
  await expect(root.send(new s3.ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({ name: "AccessDenied" });
  await root.send(new s3.DeleteBucketPolicyCommand({ Bucket }));
  await responder.send(new s3.HeadBucketCommand({ Bucket }));
  expect(
    simulator.world.trail.events
      .map((event) => JSON.parse(event.record))
      .find((record) => record.eventName === "DeleteBucketPolicy" && record.errorCode),
  ).toMatchObject({ errorCode: "AccessDenied", userIdentity: { type: "AssumedRole" } });
});

test("an exemption by the role's ARN works with its path only, one by the role's id always", async () => {
  const simulator = await testSimulator();
  const responder = new s3.S3Client(simulator.clients);
  const root = new s3.S3Client(simulator.clientsOf("root"));
  const attempt = async (Condition: object) => {
    await root.send(new s3.PutBucketPolicyCommand({ Bucket, Policy: policyOf(denyAll(Condition)) }));
    return responder.send(new s3.HeadBucketCommand({ Bucket })).then(
      () => "allowed",
      () => "denied",
    );
  };
  const byArn = (arn: string) => attempt({ ArnNotLike: { "aws:PrincipalArn": arn } });
  expect(await byArn("arn:aws:iam::111122223333:role/responder")).toBe("denied");
  expect(await byArn("arn:aws:iam::111122223333:role/oncall/responder")).toBe("allowed");
  const { userId } = simulator.world.principals.responder;
  const [roleId] = userId.split(":");
  expect(await attempt({ StringNotLike: { "aws:userId": `${roleId}:*` } })).toBe("allowed");
  expect(await attempt({ StringNotLike: { "aws:userId": "AROAOTHER:*" } })).toBe("denied");
  expect(await attempt({ NotIpAddress: { "aws:SourceIp": "127.0.0.0/8" } })).toBe("allowed");
  expect(await attempt({ StringNotEquals: { "aws:SourceVpce": "vpce-0123" } })).toBe("denied");
});

test("the template's bucket refuses objects that are not encrypted by KMS, from everybody", async () => {
  const simulator = await testSimulator();
  const put = (ServerSideEncryption?: s3.ServerSideEncryption) =>
    new s3.PutObjectCommand({ Bucket, Key: "a", Body: "x", ...(ServerSideEncryption ? { ServerSideEncryption } : {}) });
  for (const caller of ["responder", "root"] as const) {
    const client = new s3.S3Client(simulator.clientsOf(caller));
    await expect(client.send(put())).rejects.toMatchObject({
      message: expect.stringContaining("with an explicit deny in a resource-based policy"),
    });
    await expect(client.send(put("AES256"))).rejects.toMatchObject({ name: "AccessDenied" });
    await client.send(put("aws:kms"));
  }
});

test("another account needs the bucket policy's grant, and is told no reason", async () => {
  const simulator = await testSimulator();
  const stranger = new s3.S3Client(simulator.clientsOf("otherAccount"));
  const list = (Prefix: string) => stranger.send(new s3.ListObjectsV2Command({ Bucket, Prefix }));
  await expect(list("shared/")).rejects.toMatchObject({ name: "AccessDenied", message: "Access Denied" });
  const grant = {
    Effect: "Allow",
    Principal: { AWS: "999988887777" },
    Action: "s3:ListBucket",
    Resource: EVERYTHING[0],
    Condition: { StringLike: { "s3:prefix": "shared/*" } },
  };
  const responder = new s3.S3Client(simulator.clients);
  await responder.send(new s3.PutBucketPolicyCommand({ Bucket, Policy: policyOf(grant) }));
  expect((await list("shared/")).KeyCount).toBe(0);
  await expect(list("private/")).rejects.toMatchObject({ name: "AccessDenied" });
});

test("a policy that cannot be evaluated is refused", async () => {
  const { clients } = await testSimulator();
  const client = new s3.S3Client(clients);
  const wrong = policyOf(denyAll({ StringResembles: { "aws:userId": "x" } }));
  await expect(client.send(new s3.PutBucketPolicyCommand({ Bucket, Policy: wrong }))).rejects.toMatchObject({
    name: "MalformedPolicy",
    message: expect.stringContaining("StringResembles"),
  });
});
