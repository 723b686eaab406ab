import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { testSimulator } from "../support/simulator.ts";

test("bucket policy: read, replace, delete, refuse nonsense", async () => {
  const { clients } = await testSimulator();
  const client = new s3.S3Client(clients);
  const Bucket = "lakehouse-prod-lakehouse";
  await client.send(new s3.HeadBucketCommand({ Bucket }));
  const { Policy = "" } = await client.send(new s3.GetBucketPolicyCommand({ Bucket }));
  expect(JSON.parse(Policy).Statement).toHaveLength(2);
  await client.send(new s3.PutBucketPolicyCommand({ Bucket, Policy: '{"Version":"2012-10-17","Statement":[]}' }));
  expect((await client.send(new s3.GetBucketPolicyCommand({ Bucket }))).Policy).toBe(
    '{"Version":"2012-10-17","Statement":[]}',
  );
  await expect(client.send(new s3.PutBucketPolicyCommand({ Bucket, Policy: "{" }))).rejects.toMatchObject({
    name: "MalformedPolicy",
  });
  await client.send(new s3.DeleteBucketPolicyCommand({ Bucket }));
  await expect(client.send(new s3.GetBucketPolicyCommand({ Bucket }))).rejects.toMatchObject({
    name: "NoSuchBucketPolicy",
  });
  await expect(client.send(new s3.HeadBucketCommand({ Bucket: "nope" }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 404 },
  });
  expect((await client.send(new s3.ListBucketsCommand({}))).Buckets?.map((bucket) => bucket.Name)).toEqual([
    Bucket,
    "lakehouse-prod-audit-trail",
  ]);
  expect((await client.send(new s3.GetBucketVersioningCommand({ Bucket }))).Status).toBe("Enabled");
});

test("objects: versions, pages of keys and of versions", async () => {
  const { clients } = await testSimulator();
  const client = new s3.S3Client(clients);
  const Bucket = "lakehouse-prod-audit-trail";
  const first = await client.send(new s3.PutObjectCommand({ Bucket, Key: "evidence/a b.json", Body: "one" }));
  await client.send(new s3.PutObjectCommand({ Bucket, Key: "evidence/a b.json", Body: "two" }));
  await client.send(
    new s3.PutObjectCommand({ Bucket, Key: "evidence/c.json", Body: "three", Metadata: { by: "ana" } }),
  );
  const old = await client.send(
    new s3.GetObjectCommand({ Bucket, Key: "evidence/a b.json", VersionId: first.VersionId }),
  );
  expect(await old.Body?.transformToString()).toBe("one");
  const head = await client.send(new s3.HeadObjectCommand({ Bucket, Key: "evidence/c.json" }));
  expect([head.ContentLength, head.Metadata]).toEqual([5, { by: "ana" }]);
  const keys = await client.send(new s3.ListObjectsV2Command({ Bucket, Prefix: "evidence/", MaxKeys: 1 }));
  expect([keys.Contents?.map((entry) => entry.Key), keys.IsTruncated]).toEqual([["evidence/a b.json"], true]);
  const rest = await client.send(
    new s3.ListObjectsV2Command({ Bucket, Prefix: "evidence/", ContinuationToken: keys.NextContinuationToken }),
  );
  expect(rest.Contents?.map((entry) => entry.Key)).toEqual(["evidence/c.json"]);
  const versions = await client.send(new s3.ListObjectVersionsCommand({ Bucket, MaxKeys: 2 }));
  const more = await client.send(
    new s3.ListObjectVersionsCommand({
      Bucket,
      KeyMarker: versions.NextKeyMarker,
      VersionIdMarker: versions.NextVersionIdMarker,
    }),
  );
  expect(
    [...(versions.Versions ?? []), ...(more.Versions ?? [])].map((version) => [version.Key, version.IsLatest]),
  ).toEqual([
    ["evidence/a b.json", true],
    ["evidence/a b.json", false],
    ["evidence/c.json", true],
  ]);
  await expect(client.send(new s3.GetObjectCommand({ Bucket, Key: "nope" }))).rejects.toMatchObject({
    name: "NoSuchKey",
  });
});
