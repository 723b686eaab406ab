import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { testSimulator } from "../../support/simulator.ts";

const Bucket = "lakehouse-prod-lakehouse";

test("DeleteObjects is decided key by key, and a version needs a permission of its own", async () => {
  const simulator = await testSimulator();
  const client = new s3.S3Client({ ...simulator.clients, forcePathStyle: true });
  const policy = (statement: object) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Deny", Principal: "*", ...statement }] });
  for (const Key of ["kept/a", "free/b"])
    await client.send(new s3.PutObjectCommand({ Bucket, Key, Body: "x", ServerSideEncryption: "aws:kms" }));
  const { VersionId } = await client.send(new s3.HeadObjectCommand({ Bucket, Key: "free/b" }));
  const Resource = `arn:aws:s3:::${Bucket}/kept/*`;
  await client.send(new s3.PutBucketPolicyCommand({ Bucket, Policy: policy({ Action: "s3:DeleteObject", Resource }) }));
  const Delete = { Objects: [{ Key: "kept/a" }, { Key: "free/b" }] };
  const first = await client.send(new s3.DeleteObjectsCommand({ Bucket, Delete }));
  expect(first.Deleted?.map(({ Key }) => Key)).toEqual(["free/b"]);
  expect(first.Errors).toMatchObject([{ Key: "kept/a", Code: "AccessDenied" }]);
  const versions = policy({ Action: "s3:DeleteObjectVersion", Resource: `arn:aws:s3:::${Bucket}/*` });
  await client.send(new s3.PutBucketPolicyCommand({ Bucket, Policy: versions }));
  const second = await client.send(
    new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "kept/a" }, { Key: "free/b", VersionId }] } }),
  );
  expect(second.Deleted?.map(({ Key }) => Key)).toEqual(["kept/a"]);
  expect(second.Errors).toMatchObject([{ Key: "free/b", Code: "AccessDenied" }]);
});

test("a delete on condition of an ETag needs to read the object, too", async () => {
  const simulator = await testSimulator();
  const client = new s3.S3Client({ ...simulator.clients, forcePathStyle: true });
  const { ETag } = await client.send(
    new s3.PutObjectCommand({ Bucket, Key: "a", Body: "x", ServerSideEncryption: "aws:kms" }),
  );
  const Resource = `arn:aws:s3:::${Bucket}/a`;
  const Statement = [{ Effect: "Deny", Principal: "*", Action: "s3:GetObject", Resource }];
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await client.send(new s3.PutBucketPolicyCommand({ Bucket, Policy }));
  const remove = (IfMatch?: string) => client.send(new s3.DeleteObjectCommand({ Bucket, Key: "a", IfMatch }));
  await expect(remove(ETag)).rejects.toThrow(/s3:GetObject/);
  expect((await remove()).DeleteMarker).toBe(true);
});
