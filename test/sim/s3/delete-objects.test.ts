import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { AwsError } from "../../../src/sim/wire/aws-error.ts";
import { textContent } from "../../../src/sim/world/s3/content.ts";
import { SCRATCH as Bucket, failureOf, scratch } from "./support.ts";

async function withKeys(...keys: string[]) {
  const found = await scratch();
  for (const key of keys) found.bucket.write(key, textContent(key), { atMs: found.world.epochMs, origin: "world" });
  const send = (Objects: s3.ObjectIdentifier[], Quiet?: boolean) =>
    found.client.send(new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet } }));
  return { ...found, send };
}

test("each key has its own result: markers made, markers removed, versions removed, ids that cannot be", async () => {
  const { bucket, send } = await withKeys("a", "b", "c");
  const data = bucket.latest("b")!.versionId;
  const marker = bucket.delete("c", { atMs: 0, origin: "world" })!.versionId;
  const { Deleted, Errors } = await send([
    { Key: "a" },
    { Key: "b", VersionId: data },
    { Key: "c", VersionId: marker },
    { Key: "d", VersionId: "nonsense" },
  ]);
  expect(Deleted).toEqual([
    { Key: "a", DeleteMarker: true, DeleteMarkerVersionId: bucket.latest("a")?.versionId },
    { Key: "b", VersionId: data },
    { Key: "c", VersionId: marker, DeleteMarker: true, DeleteMarkerVersionId: marker },
  ]);
  expect(Errors).toMatchObject([{ Key: "d", VersionId: "nonsense", Code: "NoSuchVersion" }]);
  expect([bucket.latest("b"), bucket.latest("c")?.deleteMarker]).toEqual([undefined, false]);
});

test("quiet answers errors only; a refused key stays", async () => {
  const { bucket, world, send } = await withKeys("a", "locked");
  world.buckets.refusalOfDelete = (_call, _bucket, key) =>
    key === "locked" ? new AwsError("AccessDenied", "Access Denied", { status: 403 }) : undefined;
  const { Deleted, Errors } = await send([{ Key: "a" }, { Key: "locked" }], true);
  expect([Deleted, Errors]).toEqual([undefined, [{ Key: "locked", Code: "AccessDenied", Message: "Access Denied" }]]);
  expect([bucket.latest("a")?.deleteMarker, bucket.latest("locked")?.deleteMarker]).toEqual([true, false]);
});

test("1000 keys are a request, one more is not", async () => {
  const { send, bucket } = await withKeys();
  const keys = Array.from({ length: 1001 }, (_, index) => ({ Key: `k${index}` }));
  expect(await failureOf(send(keys))).toMatchObject({ name: "MalformedXML", status: 400 });
  expect((await send(keys.slice(0, 1000))).Deleted).toHaveLength(1000);
  expect(bucket.objects.size).toBe(1000);
});

test("on condition of an ETag: only while the current version has it, and never beside a version id", async () => {
  const { bucket, client, send } = await withKeys("a", "b", "gone");
  bucket.delete("gone", { atMs: 0, origin: "world" });
  const [a, b] = [bucket.latest("a")!, bucket.latest("b")!];
  const { Deleted, Errors } = await send([
    { Key: "a", ETag: a.etag },
    { Key: "b", ETag: '"other"' },
    { Key: "gone", ETag: a.etag },
    { Key: "b", VersionId: b.versionId, ETag: b.etag },
  ]);
  expect(Deleted).toMatchObject([{ Key: "a", DeleteMarker: true }]);
  expect(Errors?.map(({ Key, Code }) => [Key, Code])).toEqual([
    ["b", "PreconditionFailed"],
    ["gone", "NoSuchKey"],
    ["b", "NotImplemented"],
  ]);
  const one = (IfMatch: string) => client.send(new s3.DeleteObjectCommand({ Bucket, Key: "b", IfMatch }));
  expect(await failureOf(one('"other"'))).toMatchObject({ name: "PreconditionFailed", status: 412 });
  expect((await one(b.etag)).DeleteMarker).toBe(true);
  expect(await failureOf(one("*"))).toMatchObject({ name: "NoSuchKey", status: 404 });
});
