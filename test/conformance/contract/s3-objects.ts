import type { S3 } from "@aws-sdk/client-s3";
import { expect } from "vitest";
import { type ContractServer, casesOf, isRecent, refusal, unique } from "../server.ts";

const TEXT = "žluťoučký kůň 🐎\n";
const BYTES = Uint8Array.from({ length: 256 }, (_, index) => index);
/** Keys that break a server which escapes wrongly: unicode, signs of URLs and XML, no name between slashes. */
const ODD_KEYS = ["a b+c&d=e.txt", "kůň/🐎", "plus+/<x>&'\"", "a//b", "100%25/~(1)"];
const NO_KEY = { name: "NoSuchKey", status: 404 };

/** A new bucket for one case. @param versioned with versions kept. */
export async function newBucket({ clients: { s3 } }: Pick<ContractServer, "clients">, versioned = false) {
  const Bucket = unique("contract-bucket");
  await s3.createBucket({ Bucket });
  if (versioned) await s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: "Enabled" } });
  return Bucket;
}

async function textOf(s3: S3, place: { Bucket: string; Key: string; VersionId?: string }): Promise<string | undefined> {
  return (await s3.getObject(place)).Body?.transformToString();
}

/** Objects, their reading, listing and copying. */
export const s3Objects = casesOf("s3 objects", {
  "bytes, content type, metadata and dates come back as they were put": async (server) => {
    const { s3 } = server.clients;
    const place = { Bucket: await newBucket(server), Key: "data/part-00000.parquet" };
    const put = await s3.putObject({
      ...place,
      Body: BYTES,
      ContentType: "application/vnd.apache.parquet",
      CacheControl: "no-store",
      Metadata: { table: "orders", run: "42" },
    });
    expect(put.ETag).toMatch(/^"[0-9a-f]{32}"$/);
    const { Body: body, ...got } = await s3.getObject(place);
    expect(await body?.transformToByteArray()).toEqual(BYTES);
    expect(got).toMatchObject({
      ETag: put.ETag,
      ContentLength: 256,
      ContentType: "application/vnd.apache.parquet",
      CacheControl: "no-store",
      Metadata: { table: "orders", run: "42" },
    });
    const head = await s3.headObject(place);
    expect(head).toMatchObject({ ETag: put.ETag, ContentLength: 256, Metadata: { table: "orders", run: "42" } });
    expect(isRecent(head.LastModified)).toBe(true);
  },

  "odd keys and unicode text survive": async (server) => {
    const { s3 } = server.clients;
    const Bucket = await newBucket(server);
    for (const Key of ODD_KEYS) await s3.putObject({ Bucket, Key, Body: `${TEXT}${Key}` });
    for (const Key of ODD_KEYS) expect(await textOf(s3, { Bucket, Key })).toBe(`${TEXT}${Key}`);
    const { Contents: listed } = await s3.listObjectsV2({ Bucket });
    const inByteOrder = ODD_KEYS.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(listed?.map(({ Key }) => Key)).toEqual(inByteOrder);
  },

  "a part of an object is read by its range": async (server) => {
    const { s3 } = server.clients;
    const place = { Bucket: await newBucket(server), Key: "range" };
    await s3.putObject({ ...place, Body: BYTES });
    const middle = await s3.getObject({ ...place, Range: "bytes=10-19" });
    expect(await middle.Body?.transformToByteArray()).toEqual(BYTES.slice(10, 20));
    expect([middle.ContentRange, middle.$metadata.httpStatusCode]).toEqual(["bytes 10-19/256", 206]);
    const end = await s3.getObject({ ...place, Range: "bytes=-6" });
    expect(await end.Body?.transformToByteArray()).toEqual(BYTES.slice(250));
    const beyond = s3.getObject({ ...place, Range: "bytes=300-400" });
    expect(await refusal(beyond)).toEqual({ name: "InvalidRange", status: 416 });
  },

  "what is not there is NoSuchKey and NoSuchBucket, and NotFound for a head": async (server) => {
    const { s3 } = server.clients;
    const Bucket = await newBucket(server);
    expect(await refusal(s3.getObject({ Bucket, Key: "nope" }))).toEqual(NO_KEY);
    expect(await refusal(s3.headObject({ Bucket, Key: "nope" }))).toEqual({ name: "NotFound", status: 404 });
    const noBucket = { name: "NoSuchBucket", status: 404 };
    expect(await refusal(s3.getObject({ Bucket: "contract-no-bucket", Key: "nope" }))).toEqual(noBucket);
    expect(await refusal(s3.listObjectsV2({ Bucket: "contract-no-bucket" }))).toEqual(noBucket);
    expect((await refusal(s3.headBucket({ Bucket: "contract-no-bucket" }))).status).toBe(404);
    await s3.deleteObject({ Bucket, Key: "nope" });
  },

  "a read is conditional": async (server) => {
    const { s3 } = server.clients;
    const place = { Bucket: await newBucket(server), Key: "state" };
    const { ETag } = await s3.putObject({ ...place, Body: TEXT });
    expect(await textOf(s3, place)).toBe(TEXT);
    expect((await s3.getObject({ ...place, IfMatch: ETag! })).ETag).toBe(ETag);
    const other = '"0123456789abcdef0123456789abcdef"';
    expect(await refusal(s3.getObject({ ...place, IfMatch: other }))).toEqual({
      name: "PreconditionFailed",
      status: 412,
    });
    expect((await refusal(s3.headObject({ ...place, IfNoneMatch: ETag! }))).status).toBe(304);
  },

  "a write is conditional: only when there is none": async (server) => {
    const { s3 } = server.clients;
    const place = { Bucket: await newBucket(server), Key: "lock" };
    await s3.putObject({ ...place, Body: "first", IfNoneMatch: "*" });
    expect(await refusal(s3.putObject({ ...place, Body: "second", IfNoneMatch: "*" }))).toEqual({
      name: "PreconditionFailed",
      status: 412,
    });
    expect(await textOf(s3, place)).toBe("first");
  },

  "a write is conditional: only over what was read": async (server) => {
    const { s3 } = server.clients;
    const place = { Bucket: await newBucket(server), Key: "state" };
    const { ETag: first } = await s3.putObject({ ...place, Body: "first" });
    await s3.putObject({ ...place, Body: "second", IfMatch: first! });
    expect(await refusal(s3.putObject({ ...place, Body: "third", IfMatch: first! }))).toEqual({
      name: "PreconditionFailed",
      status: 412,
    });
    expect(await textOf(s3, place)).toBe("second");
  },

  "keys are listed by prefix and rolled up by delimiter": async (server) => {
    const { s3 } = server.clients;
    const Bucket = await newBucket(server);
    for (const Key of ["a/1", "a/2", "b/c/3", "b/4", "top"]) await s3.putObject({ Bucket, Key, Body: "x" });
    const root = await s3.listObjectsV2({ Bucket, Delimiter: "/" });
    expect(root.CommonPrefixes).toEqual([{ Prefix: "a/" }, { Prefix: "b/" }]);
    expect([root.Contents?.map(({ Key }) => Key), root.KeyCount, root.IsTruncated]).toEqual([["top"], 3, false]);
    const below = await s3.listObjectsV2({ Bucket, Delimiter: "/", Prefix: "b/" });
    expect(below.Contents?.map(({ Key }) => Key)).toEqual(["b/4"]);
    expect(below.CommonPrefixes).toEqual([{ Prefix: "b/c/" }]);
    const later = await s3.listObjectsV2({ Bucket, StartAfter: "b/4" });
    expect(later.Contents?.map(({ Key }) => Key)).toEqual(["b/c/3", "top"]);
  },

  "keys are listed page by page, by both operations": async (server) => {
    const { s3 } = server.clients;
    const Bucket = await newBucket(server);
    const keys = ["k1", "k2", "k3", "k4", "k5"];
    for (const Key of keys) await s3.putObject({ Bucket, Key, Body: "x" });
    const found: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await s3.listObjectsV2({ Bucket, MaxKeys: 2, ContinuationToken });
      found.push(...(page.Contents ?? []).map(({ Key }) => Key));
      ContinuationToken = page.NextContinuationToken;
      expect(page.IsTruncated).toBe(ContinuationToken !== undefined);
    } while (ContinuationToken);
    expect(found).toEqual(keys);
    const first = await s3.listObjects({ Bucket, MaxKeys: 3 });
    expect([first.IsTruncated, first.Contents?.map(({ Key }) => Key)]).toEqual([true, keys.slice(0, 3)]);
    const rest = await s3.listObjects({ Bucket, Marker: "k3" });
    expect([rest.IsTruncated, rest.Contents?.map(({ Key }) => Key)]).toEqual([false, keys.slice(3)]);
  },

  "an object is copied with its metadata, or with others": async (server) => {
    const { s3 } = server.clients;
    const Bucket = await newBucket(server);
    const Key = "kůň/from +1";
    await s3.putObject({ Bucket, Key, Body: TEXT, ContentType: "text/plain", Metadata: { a: "1" } });
    const CopySource = `${Bucket}/${encodeURIComponent(Key)}`;
    const { CopyObjectResult: result } = await s3.copyObject({ Bucket, Key: "kept", CopySource });
    expect([result?.ETag, isRecent(result?.LastModified)]).toEqual([expect.stringMatching(/^"[0-9a-f]{32}"$/), true]);
    expect(await s3.headObject({ Bucket, Key: "kept" })).toMatchObject({
      ContentType: "text/plain",
      Metadata: { a: "1" },
    });
    expect(await textOf(s3, { Bucket, Key: "kept" })).toBe(TEXT);
    await s3.copyObject({ Bucket, Key: "other", CopySource, MetadataDirective: "REPLACE", Metadata: { b: "2" } });
    expect((await s3.headObject({ Bucket, Key: "other" })).Metadata).toEqual({ b: "2" });
    const missing = s3.copyObject({ Bucket, Key: "none", CopySource: `${Bucket}/nope` });
    expect(await refusal(missing)).toEqual(NO_KEY);
  },

  "many objects are deleted in one call": async (server) => {
    const { s3 } = server.clients;
    const Bucket = await newBucket(server);
    for (const Key of ["a&b", "kůň", "c"]) await s3.putObject({ Bucket, Key, Body: "x" });
    const { Deleted, Errors } = await s3.deleteObjects({
      Bucket,
      Delete: { Objects: [{ Key: "a&b" }, { Key: "kůň" }, { Key: "never there" }] },
    });
    expect(Deleted?.map(({ Key }) => Key).sort()).toEqual(["a&b", "kůň", "never there"]);
    expect(Errors ?? []).toEqual([]);
    expect((await s3.listObjectsV2({ Bucket })).Contents?.map(({ Key }) => Key)).toEqual(["c"]);
  },

  "tags of an object are put, read and taken away": async (server) => {
    const { s3 } = server.clients;
    const place = { Bucket: await newBucket(server), Key: "tagged" };
    await s3.putObject({ ...place, Body: "x", Tagging: "first=1" });
    expect((await s3.getObjectTagging(place)).TagSet).toEqual([{ Key: "first", Value: "1" }]);
    const TagSet = [
      { Key: "incident", Value: "2026-11" },
      { Key: "owner", Value: "data + on-call" },
    ];
    await s3.putObjectTagging({ ...place, Tagging: { TagSet } });
    expect((await s3.getObjectTagging(place)).TagSet).toEqual(TagSet);
    await s3.deleteObjectTagging(place);
    expect((await s3.getObjectTagging(place)).TagSet ?? []).toEqual([]);
  },

  "attributes of an object are told": async (server) => {
    const { s3 } = server.clients;
    const place = { Bucket: await newBucket(server), Key: "attributes" };
    const { ETag } = await s3.putObject({ ...place, Body: BYTES });
    const size = await s3.getObjectAttributes({ ...place, ObjectAttributes: ["ObjectSize"] });
    expect([size.ObjectSize, size.ETag, isRecent(size.LastModified)]).toEqual([256, undefined, true]);
    const { ETag: tag } = await s3.getObjectAttributes({ ...place, ObjectAttributes: ["ETag"] });
    // Without the quotes that it has as a header (S3 API reference).
    expect(tag).toBe(ETag?.replaceAll('"', ""));
  },

  "several attributes are told at once": async (server) => {
    const { s3 } = server.clients;
    const place = { Bucket: await newBucket(server), Key: "attributes" };
    await s3.putObject({ ...place, Body: BYTES });
    const { ObjectSize } = await s3.getObjectAttributes({ ...place, ObjectAttributes: ["ETag", "ObjectSize"] });
    expect(ObjectSize).toBe(256);
  },
});
