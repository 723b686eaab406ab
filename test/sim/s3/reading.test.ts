import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { GeneratedContent, textContent } from "../../../src/sim/world/s3/content.ts";
import { SCRATCH as Bucket, failureOf, scratch } from "./support.ts";

async function withObject(text = "0123456789") {
  const found = await scratch();
  found.bucket.write("k", textContent(text), { atMs: found.world.epochMs, origin: "world" });
  const get = (input: Partial<s3.GetObjectCommandInput>) =>
    found.client.send(new s3.GetObjectCommand({ Bucket, Key: "k", ...input }));
  const head = (input: Partial<s3.HeadObjectCommandInput> = {}) =>
    found.client.send(new s3.HeadObjectCommand({ Bucket, Key: "k", ...input }));
  return { ...found, get, head };
}

test.each([
  ["bytes=0-3", "0123", "bytes 0-3/10"],
  ["bytes=7-", "789", "bytes 7-9/10"],
  ["bytes=-2", "89", "bytes 8-9/10"],
  ["bytes=8-100", "89", "bytes 8-9/10"],
])("Range %s is answered with 206", async (Range, text, contentRange) => {
  const { get, head } = await withObject();
  const answer = await get({ Range });
  expect(await answer.Body?.transformToString()).toBe(text);
  expect([answer.ContentRange, answer.ContentLength, answer.$metadata.httpStatusCode]).toEqual([
    contentRange,
    text.length,
    206,
  ]);
  expect((await head({ Range })).ContentRange).toBe(contentRange);
});

test("a range that cannot be is refused; one that says nothing is the whole object", async () => {
  const { get } = await withObject();
  expect(await failureOf(get({ Range: "bytes=10-" }))).toMatchObject({ name: "InvalidRange", status: 416 });
  const whole = await get({ Range: "bytes=5-2" });
  expect([await whole.Body?.transformToString(), whole.$metadata.httpStatusCode]).toEqual(["0123456789", 200]);
  expect(await failureOf(get({ Range: "bytes=0-1", PartNumber: 1 }))).toMatchObject({ name: "InvalidRequest" });
  expect(await failureOf(get({ PartNumber: 2 }))).toMatchObject({ status: 416 });
});

test("conditions of reads, and which goes before which", async () => {
  const { get, head, world } = await withObject();
  const { ETag = "", LastModified } = await head();
  const before = new Date(world.epochMs - 3_600_000);
  expect(LastModified?.getTime()).toBe(world.epochMs);
  expect((await get({ IfMatch: ETag, IfUnmodifiedSince: before })).$metadata.httpStatusCode).toBe(200);
  expect(await failureOf(get({ IfMatch: '"other"' }))).toMatchObject({ name: "PreconditionFailed", status: 412 });
  expect(await failureOf(get({ IfUnmodifiedSince: before }))).toMatchObject({ status: 412 });
  expect(await failureOf(get({ IfNoneMatch: ETag, IfModifiedSince: before }))).toMatchObject({ status: 304 });
  expect(await failureOf(get({ IfModifiedSince: LastModified }))).toMatchObject({ status: 304 });
  expect(await failureOf(head({ IfMatch: '"other"' }))).toMatchObject({ status: 412 });
});

test("what was said at writing is given back, and can be overridden for a reading", async () => {
  const { client, get, head } = await withObject();
  await client.send(
    new s3.PutObjectCommand({
      Bucket,
      Key: "k",
      Body: "x",
      ContentType: "text/csv",
      CacheControl: "no-cache",
      ContentEncoding: "gzip",
      ContentDisposition: "attachment",
      Metadata: { by: "ana" },
      Tagging: "team=data&tier=gold%20plus",
      StorageClass: "STANDARD_IA",
    }),
  );
  expect(await head()).toMatchObject({
    ContentType: "text/csv",
    CacheControl: "no-cache",
    ContentEncoding: "gzip",
    ContentDisposition: "attachment",
    Metadata: { by: "ana" },
    TagCount: 2,
    StorageClass: "STANDARD_IA",
    ServerSideEncryption: "AES256",
    AcceptRanges: "bytes",
  });
  expect((await get({ ResponseContentType: "text/plain" })).ContentType).toBe("text/plain");
});

test("tags of a version can be read, replaced and deleted", async () => {
  const { client } = await withObject();
  const target = { Bucket, Key: "k" };
  const TagSet = [{ Key: "a", Value: "1" }];
  const read = async () => (await client.send(new s3.GetObjectTaggingCommand(target))).TagSet;
  expect(await read()).toEqual([]);
  await client.send(new s3.PutObjectTaggingCommand({ ...target, Tagging: { TagSet } }));
  expect(await read()).toEqual(TagSet);
  await client.send(new s3.DeleteObjectTaggingCommand(target));
  expect(await read()).toEqual([]);
  const eleven = Array.from({ length: 11 }, (_, index) => ({ Key: `k${index}`, Value: "v" }));
  const tooMany = client.send(new s3.PutObjectTaggingCommand({ ...target, Tagging: { TagSet: eleven } }));
  expect(await failureOf(tooMany)).toMatchObject({ name: "BadRequest", status: 400 });
});

test("generated bodies are the same whoever reads, in whatever pieces", async () => {
  const { bucket, client, get, world } = await withObject();
  bucket.write("k", new GeneratedContent(7, 3_000_001), { atMs: world.epochMs, origin: "world" });
  const whole = Buffer.from((await (await get({})).Body?.transformToByteArray()) ?? []);
  expect(whole.length).toBe(3_000_001);
  const tail = await (await get({ Range: "bytes=-1234567" })).Body?.transformToByteArray();
  expect(whole.subarray(-1234567).equals(Buffer.from(tail ?? []))).toBe(true);
  const attributes = await client.send(
    new s3.GetObjectAttributesCommand({ Bucket, Key: "k", ObjectAttributes: ["ETag", "ObjectSize"] }),
  );
  expect(attributes).toMatchObject({ ObjectSize: 3_000_001, ETag: expect.stringMatching(/^[0-9a-f]{32}$/) });
});
