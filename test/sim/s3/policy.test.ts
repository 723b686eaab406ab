import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { failureOf, SCRATCH, scratch } from "./support.ts";

const Bucket = "lakehouse-prod-lakehouse";
const statement = (more: object = {}, bucket = Bucket) => ({
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
  ...more,
});
const policy = (...statements: object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });

test("a bucket policy is read, replaced and deleted; the template's denies TLS-less calls and unencrypted uploads", async () => {
  const { client } = await scratch();
  const { Policy = "" } = await client.send(new s3.GetBucketPolicyCommand({ Bucket }));
  expect(JSON.parse(Policy).Statement.map(({ Sid }: { Sid: string }) => Sid)).toEqual([
    "DenyInsecureTransport",
    "DenyUnencryptedPuts",
  ]);
  const frozen = statement({ Action: "s3:PutObject" });
  const put = await client.send(new s3.PutBucketPolicyCommand({ Bucket, Policy: policy(frozen) }));
  expect(put.$metadata.httpStatusCode).toBe(200);
  expect((await client.send(new s3.GetBucketPolicyCommand({ Bucket }))).Policy).toBe(policy(frozen));
  const deleted = await client.send(new s3.DeleteBucketPolicyCommand({ Bucket }));
  expect(deleted.$metadata.httpStatusCode).toBe(204);
  expect(await failureOf(client.send(new s3.GetBucketPolicyCommand({ Bucket })))).toMatchObject({
    name: "NoSuchBucketPolicy",
    status: 404,
  });
});

test.each([
  ["no JSON", "{", "MalformedPolicy"],
  ["no statement", policy(), "MalformedPolicy"],
  ["no principal", policy(statement({ Principal: undefined })), "MalformedPolicy"],
  ["another service's action", policy(statement({ Action: "ecs:*" })), "MalformedPolicy"],
  ["another bucket", policy(statement({ Resource: "arn:aws:s3:::other/*" })), "MalformedPolicy"],
  ["more than 20 KB", policy(statement({ Sid: "x".repeat(20_480) })), "PolicyTooLarge"],
])("a policy with %s is refused", async (_, Policy, name) => {
  const { client } = await scratch();
  expect(await failureOf(client.send(new s3.PutBucketPolicyCommand({ Bucket, Policy })))).toMatchObject({
    name,
    status: 400,
  });
});

test("block public policy refuses a public policy, and only that", async () => {
  const { client } = await scratch();
  const open = policy(statement({ Effect: "Allow", Action: "s3:GetObject" }, SCRATCH));
  const narrow = policy(
    statement({ Effect: "Allow", Condition: { StringEquals: { "aws:SourceVpce": "vpce-1" } } }, SCRATCH),
  );
  const put = (Policy: string) => client.send(new s3.PutBucketPolicyCommand({ Bucket: SCRATCH, Policy }));
  const isPublic = async () =>
    (await client.send(new s3.GetBucketPolicyStatusCommand({ Bucket: SCRATCH }))).PolicyStatus?.IsPublic;
  expect(await failureOf(put(open))).toMatchObject({ name: "AccessDenied", status: 403 });
  await put(narrow);
  expect(await isPublic()).toBe(false);
  await client.send(new s3.DeletePublicAccessBlockCommand({ Bucket: SCRATCH }));
  await put(open);
  expect(await isPublic()).toBe(true);
});

test("public access block: read, replaced as a whole, deleted", async () => {
  const { client } = await scratch();
  const read = async () =>
    (await client.send(new s3.GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration;
  expect(Object.values((await read()) ?? {})).toEqual([true, true, true, true]);
  await client.send(
    new s3.PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { BlockPublicPolicy: true } }),
  );
  expect(await read()).toEqual({
    BlockPublicAcls: false,
    IgnorePublicAcls: false,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: false,
  });
  await client.send(new s3.DeletePublicAccessBlockCommand({ Bucket }));
  expect(await failureOf(read())).toMatchObject({ name: "NoSuchPublicAccessBlockConfiguration", status: 404 });
});
