import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { testSimulator } from "../../support/simulator.ts";
import { failureOf, SCRATCH, scratch } from "./support.ts";

test("the template's buckets, in order, with their regions", async () => {
  const { clients } = await testSimulator();
  const { Buckets, Owner } = await new s3.S3Client(clients).send(new s3.ListBucketsCommand({}));
  expect(Buckets?.map(({ Name, BucketRegion }) => [Name, BucketRegion])).toEqual([
    ["lakehouse-prod-audit-trail", "us-east-1"],
    ["lakehouse-prod-lakehouse", "us-east-1"],
    ["my-tf-state", "us-east-1"],
  ]);
  expect(Owner?.ID).toHaveLength(64);
});

test("ListBuckets pages, by prefix and region", async () => {
  const { client } = await scratch();
  const first = await client.send(new s3.ListBucketsCommand({ MaxBuckets: 1, Prefix: "lakehouse" }));
  expect(first.Buckets?.map(({ Name }) => Name)).toEqual(["lakehouse-prod-audit-trail"]);
  const rest = await client.send(
    new s3.ListBucketsCommand({ Prefix: "lakehouse", ContinuationToken: first.ContinuationToken }),
  );
  expect([rest.Buckets?.map(({ Name }) => Name), rest.ContinuationToken]).toEqual([
    ["lakehouse-prod-lakehouse"],
    undefined,
  ]);
  expect((await client.send(new s3.ListBucketsCommand({ BucketRegion: "eu-west-1" }))).Buckets).toEqual([]);
});

test("a bucket is created with today's defaults, and deleted when it is empty", async () => {
  const { client, world } = await scratch();
  const Bucket = "made-by-a-test";
  await client.send(new s3.CreateBucketCommand({ Bucket }));
  const rule = (await client.send(new s3.GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration;
  expect(rule?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm).toBe("AES256");
  expect((await client.send(new s3.GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
  const { OwnershipControls } = await client.send(new s3.GetBucketOwnershipControlsCommand({ Bucket }));
  expect(OwnershipControls?.Rules).toEqual([{ ObjectOwnership: "BucketOwnerEnforced" }]);
  expect(await failureOf(client.send(new s3.CreateBucketCommand({ Bucket })))).toMatchObject({
    name: "BucketAlreadyOwnedByYou",
    status: 409,
  });
  await client.send(new s3.PutObjectCommand({ Bucket, Key: "k", Body: "b" }));
  const full = await failureOf(client.send(new s3.DeleteBucketCommand({ Bucket })));
  expect(full).toMatchObject({ name: "BucketNotEmpty", status: 409 });
  await client.send(new s3.DeleteObjectCommand({ Bucket, Key: "k" }));
  const gone = await client.send(new s3.DeleteBucketCommand({ Bucket }));
  expect([gone.$metadata.httpStatusCode, world.buckets.byName.has(Bucket)]).toEqual([204, false]);
});

test("refusals: names, regions, owners, missing buckets", async () => {
  const { client, clients } = await scratch();
  const create = (Bucket: string, LocationConstraint?: s3.BucketLocationConstraint) =>
    failureOf(client.send(new s3.CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } })));
  expect(await create("No_Name")).toMatchObject({ name: "InvalidBucketName", status: 400 });
  expect(await create("far-away", "eu-west-1")).toMatchObject({ name: "IllegalLocationConstraintException" });
  const head = await failureOf(client.send(new s3.HeadBucketCommand({ Bucket: "nope" })));
  expect(head).toMatchObject({ name: "NotFound", status: 404 });
  const owner = client.send(new s3.ListObjectsV2Command({ Bucket: SCRATCH, ExpectedBucketOwner: "999988887777" }));
  expect(await failureOf(owner)).toMatchObject({ name: "AccessDenied", status: 403 });
  const abroad = new s3.S3Client({ ...clients, region: "eu-west-1" });
  const redirected = await failureOf(abroad.send(new s3.GetBucketLocationCommand({ Bucket: SCRATCH })));
  expect(redirected).toMatchObject({ name: "PermanentRedirect", status: 301 });
});

test("GetBucketLocation is null in us-east-1 and names every other region", async () => {
  const { client } = await scratch();
  expect((await client.send(new s3.GetBucketLocationCommand({ Bucket: SCRATCH }))).LocationConstraint).toBeUndefined();
  const abroad = await scratch({}, { region: "eu-west-1" });
  expect((await abroad.client.send(new s3.GetBucketLocationCommand({ Bucket: SCRATCH }))).LocationConstraint).toBe(
    "eu-west-1",
  );
});

test("settings that no bucket has, tags, encryption", async () => {
  const { client } = await scratch();
  const Bucket = SCRATCH;
  expect(await failureOf(client.send(new s3.GetObjectLockConfigurationCommand({ Bucket })))).toMatchObject({
    name: "ObjectLockConfigurationNotFoundError",
    status: 404,
  });
  expect((await client.send(new s3.GetBucketLoggingCommand({ Bucket }))).LoggingEnabled).toBeUndefined();
  const notifications = await client.send(new s3.GetBucketNotificationConfigurationCommand({ Bucket }));
  expect(notifications.QueueConfigurations).toBeUndefined();
  const tags = () => client.send(new s3.GetBucketTaggingCommand({ Bucket }));
  expect(await failureOf(tags())).toMatchObject({ name: "NoSuchTagSet", status: 404 });
  const TagSet = [{ Key: "Owner", Value: "data & platform" }];
  await client.send(new s3.PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
  expect((await tags()).TagSet).toEqual(TagSet);
  const twice = new s3.PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [...TagSet, ...TagSet] } });
  expect(await failureOf(client.send(twice))).toMatchObject({ name: "InvalidTag" });
  const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" as const } };
  await client.send(
    new s3.PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules: [rule] } }),
  );
  const put = await client.send(new s3.PutObjectCommand({ Bucket, Key: "k", Body: "b" }));
  expect([put.ServerSideEncryption, put.SSEKMSKeyId]).toEqual([
    "aws:kms",
    expect.stringMatching(/^arn:aws:kms:us-east-1:111122223333:key\//),
  ]);
});

test("an operation of S3 that is not simulated says so, and is not taken for another one", async () => {
  const { client, world } = await scratch();
  const website = client.send(new s3.DeleteBucketWebsiteCommand({ Bucket: SCRATCH }));
  expect(await failureOf(website)).toMatchObject({
    name: "UnknownOperationException",
    message: "DeleteBucketWebsite is not simulated",
  });
  expect(world.buckets.byName.has(SCRATCH)).toBe(true);
});
