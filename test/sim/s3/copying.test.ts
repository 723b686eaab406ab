import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { GeneratedContent, textContent } from "../../../src/sim/world/s3/content.ts";
import { SCRATCH as Bucket, failureOf, scratch } from "./support.ts";

const KEY = "data/event_stream/a b+é?.parquet";
const SOURCE = `${Bucket}/${KEY.split("/").map(encodeURIComponent).join("/")}`;

async function withVersions() {
  const found = await scratch();
  const { bucket, client, world } = found;
  const write = (text: string) =>
    bucket.write(KEY, textContent(text), {
      atMs: world.epochMs,
      origin: "world",
      details: { encryption: { algorithm: "AES256" }, contentType: "text/x", metadata: { by: "dagster" } },
      tags: { tier: "gold" },
    });
  const [old, current] = [write("old"), write("current")];
  const copy = (input: Partial<s3.CopyObjectCommandInput> = {}) =>
    client.send(new s3.CopyObjectCommand({ Bucket, Key: "copy", CopySource: SOURCE, ...input }));
  return { ...found, old, current, copy };
}

test("the runbook's restore: an older version is copied on top of its own key", async () => {
  const { client, copy, old } = await withVersions();
  const answer = await copy({
    Key: KEY,
    CopySource: `/${SOURCE}?versionId=${old.versionId}`,
    ServerSideEncryption: "aws:kms",
  });
  expect([answer.CopySourceVersionId, answer.ServerSideEncryption, answer.VersionId]).toEqual([
    old.versionId,
    "aws:kms",
    expect.stringMatching(/^[\w.]{32}$/),
  ]);
  const read = await client.send(new s3.GetObjectCommand({ Bucket, Key: KEY }));
  expect([await read.Body?.transformToString(), read.VersionId, read.Metadata]).toEqual([
    "old",
    answer.VersionId,
    { by: "dagster" },
  ]);
  expect(answer.CopyObjectResult?.ETag).toBe(read.ETag);
});

test("metadata and tags are copied unless they are replaced", async () => {
  const { client, copy } = await withVersions();
  const head = () => client.send(new s3.HeadObjectCommand({ Bucket, Key: "copy" }));
  await copy();
  expect(await head()).toMatchObject({ ContentType: "text/x", Metadata: { by: "dagster" }, TagCount: 1 });
  await copy({
    MetadataDirective: "REPLACE",
    Metadata: { by: "ana" },
    TaggingDirective: "REPLACE",
    Tagging: "a=1&b=2",
  });
  expect(await head()).toMatchObject({ Metadata: { by: "ana" }, TagCount: 2 });
});

test("refusals: onto itself unchanged, a delete marker, a missing source, more than 5 GB, no source at all", async () => {
  const { bucket, world, copy } = await withVersions();
  expect(await failureOf(copy({ Key: KEY }))).toMatchObject({ name: "InvalidRequest", status: 400 });
  await copy({ Key: KEY, MetadataDirective: "REPLACE" });
  const marker = bucket.delete("gone", { atMs: world.epochMs, origin: "world" });
  expect(await failureOf(copy({ CopySource: `${Bucket}/gone` }))).toMatchObject({ name: "NoSuchKey", status: 404 });
  expect(await failureOf(copy({ CopySource: `${Bucket}/gone?versionId=${marker?.id}` }))).toMatchObject({
    name: "InvalidRequest",
    message: expect.stringContaining("delete marker"),
  });
  expect(await failureOf(copy({ CopySource: "nope/k" }))).toMatchObject({ name: "NoSuchBucket", status: 404 });
  expect(await failureOf(copy({ CopySource: Bucket }))).toMatchObject({ name: "InvalidArgument", status: 400 });
  bucket.write("big", new GeneratedContent(1, 5 * 1024 ** 3 + 1), { atMs: world.epochMs, origin: "world" });
  expect(await failureOf(copy({ CopySource: `${Bucket}/big` }))).toMatchObject({ name: "InvalidRequest" });
});

test("conditions on the source and on the target", async () => {
  const { copy, current } = await withVersions();
  const failed = { name: "PreconditionFailed", status: 412 };
  expect(await failureOf(copy({ CopySourceIfMatch: '"other"' }))).toMatchObject(failed);
  expect(await failureOf(copy({ CopySourceIfNoneMatch: current.etag }))).toMatchObject(failed);
  await copy({ CopySourceIfMatch: current.etag, IfNoneMatch: "*" });
  expect(await failureOf(copy({ IfNoneMatch: "*" }))).toMatchObject(failed);
});
