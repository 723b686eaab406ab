import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { SCRATCH as Bucket, failureOf, scratch } from "./support.ts";

type Found = Awaited<ReturnType<typeof scratch>>;
const put = ({ client }: Found, Body: string, Key = "k") => client.send(new s3.PutObjectCommand({ Bucket, Key, Body }));
const text = async ({ client }: Found, VersionId?: string) =>
  (await client.send(new s3.GetObjectCommand({ Bucket, Key: "k", VersionId }))).Body?.transformToString();
const versions = async ({ client }: Found) => {
  const found = await client.send(new s3.ListObjectVersionsCommand({ Bucket }));
  return [(found.Versions ?? []).length, (found.DeleteMarkers ?? []).length];
};

test("every write is a version, a delete puts a marker on top, deleting the marker brings the object back", async () => {
  const found = await scratch();
  const { client } = found;
  const first = await put(found, "one");
  await put(found, "two");
  expect([await text(found), await text(found, first.VersionId)]).toEqual(["two", "one"]);
  const deleted = await client.send(new s3.DeleteObjectCommand({ Bucket, Key: "k" }));
  expect([deleted.DeleteMarker, deleted.$metadata.httpStatusCode]).toEqual([true, 204]);
  const missing = client.send(new s3.GetObjectCommand({ Bucket, Key: "k" }));
  await expect(missing).rejects.toMatchObject({
    name: "NoSuchKey",
    $response: { headers: { "x-amz-delete-marker": "true", "x-amz-version-id": deleted.VersionId } },
  });
  const named = client.send(new s3.GetObjectCommand({ Bucket, Key: "k", VersionId: deleted.VersionId }));
  await expect(named).rejects.toMatchObject({
    name: "MethodNotAllowed",
    $metadata: { httpStatusCode: 405 },
    $response: { headers: { "x-amz-delete-marker": "true", allow: "DELETE" } },
  });
  const head = client.send(new s3.HeadObjectCommand({ Bucket, Key: "k" }));
  await expect(head).rejects.toMatchObject({ $response: { headers: { "x-amz-delete-marker": "true" } } });
  const restored = await client.send(new s3.DeleteObjectCommand({ Bucket, Key: "k", VersionId: deleted.VersionId }));
  expect([restored.DeleteMarker, restored.VersionId]).toEqual([true, deleted.VersionId]);
  expect(await text(found)).toBe("two");
});

test("a version that is deleted by its id is gone for good; one that does not exist is no error", async () => {
  const found = await scratch();
  const { VersionId } = await put(found, "one");
  const remove = () => found.client.send(new s3.DeleteObjectCommand({ Bucket, Key: "k", VersionId }));
  expect((await remove()).DeleteMarker).toBeUndefined();
  expect((await remove()).$metadata.httpStatusCode).toBe(204);
  expect(await versions(found)).toEqual([0, 0]);
  expect(await failureOf(text(found, VersionId))).toMatchObject({ name: "NoSuchVersion", status: 404 });
  expect(await failureOf(text(found, "not an id"))).toMatchObject({ name: "InvalidArgument", status: 400 });
});

test("a bucket without versioning overwrites and deletes, and answers without version ids", async () => {
  const found = await scratch({ versioning: undefined });
  await put(found, "one");
  expect((await put(found, "two")).VersionId).toBeUndefined();
  const listed = await found.client.send(new s3.ListObjectVersionsCommand({ Bucket }));
  expect(listed.Versions?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([["null", true]]);
  await found.client.send(new s3.DeleteObjectCommand({ Bucket, Key: "k" }));
  expect(await versions(found)).toEqual([0, 0]);
});

test("suspended: the null version is overwritten and hidden by a null marker, older versions stay", async () => {
  const found = await scratch();
  const kept = await put(found, "kept");
  const suspend = { Status: "Suspended" as const };
  await found.client.send(new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: suspend }));
  expect((await put(found, "null 1")).VersionId).toBe("null");
  await put(found, "null 2");
  expect([await text(found, "null"), await text(found, kept.VersionId), await versions(found)]).toEqual([
    "null 2",
    "kept",
    [2, 0],
  ]);
  const deleted = await found.client.send(new s3.DeleteObjectCommand({ Bucket, Key: "k" }));
  expect([deleted.VersionId, await versions(found)]).toEqual(["null", [1, 1]]);
});
