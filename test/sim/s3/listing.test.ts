import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { textContent } from "../../../src/sim/world/s3/content.ts";
import { SCRATCH as Bucket, failureOf, scratch } from "./support.ts";

async function withKeys(...keys: string[]) {
  const found = await scratch();
  for (const key of keys) found.bucket.write(key, textContent(key), { atMs: found.world.epochMs, origin: "world" });
  return found;
}

const keysOf = (answer: s3.ListObjectsV2CommandOutput | s3.ListObjectsCommandOutput) =>
  answer.Contents?.map(({ Key }) => Key);
const groupsOf = (answer: { CommonPrefixes?: s3.CommonPrefix[] | undefined }) =>
  answer.CommonPrefixes?.map(({ Prefix }) => Prefix);

test("ListObjectsV2: groups, StartAfter, pages by token, MaxKeys 0, owner on request", async () => {
  const { client } = await withKeys("a/1", "a/2", "b", "c/1", "d", "é", "🐎");
  const send = (input: Partial<s3.ListObjectsV2CommandInput>) =>
    client.send(new s3.ListObjectsV2Command({ Bucket, ...input }));
  const grouped = await send({ Delimiter: "/" });
  expect([keysOf(grouped), groupsOf(grouped), grouped.KeyCount]).toEqual([["b", "d", "é", "🐎"], ["a/", "c/"], 6]);
  const first = await send({ Delimiter: "/", MaxKeys: 1 });
  expect([groupsOf(first), first.IsTruncated, first.MaxKeys]).toEqual([["a/"], true, 1]);
  const second = await send({ Delimiter: "/", MaxKeys: 1, ContinuationToken: first.NextContinuationToken });
  expect([keysOf(second), second.ContinuationToken]).toEqual([["b"], first.NextContinuationToken]);
  expect(keysOf(await send({ StartAfter: "c/1" }))).toEqual(["d", "é", "🐎"]);
  const none = await send({ MaxKeys: 0 });
  expect([none.KeyCount, none.IsTruncated]).toEqual([0, false]);
  expect((await send({ MaxKeys: 5000 })).MaxKeys).toBe(1000);
  expect((await send({ FetchOwner: true, MaxKeys: 1 })).Contents?.[0]?.Owner?.ID).toHaveLength(64);
  expect(await failureOf(send({ ContinuationToken: "%" }))).toMatchObject({ name: "InvalidArgument", status: 400 });
  expect(await failureOf(send({ MaxKeys: -1 }))).toMatchObject({ name: "InvalidArgument" });
});

test("ListObjects: NextMarker only with a delimiter; a group as marker is passed over", async () => {
  const { client } = await withKeys("a/1", "a/2", "b", "c");
  const send = (input: Partial<s3.ListObjectsCommandInput>) =>
    client.send(new s3.ListObjectsCommand({ Bucket, ...input }));
  const plain = await send({ MaxKeys: 2 });
  expect([keysOf(plain), plain.IsTruncated, plain.NextMarker]).toEqual([["a/1", "a/2"], true, undefined]);
  const grouped = await send({ MaxKeys: 1, Delimiter: "/" });
  expect([groupsOf(grouped), grouped.NextMarker]).toEqual([["a/"], "a/"]);
  expect(keysOf(await send({ Delimiter: "/", Marker: "a/" }))).toEqual(["b", "c"]);
  expect(keysOf(await send({ Marker: "a/2" }))).toEqual(["b", "c"]);
});

test("encoding-type url encodes keys, prefixes, delimiters and markers", async () => {
  const { client } = await withKeys("x/test_file(3) ü+.png", "y");
  const answer = await client.send(new s3.ListObjectsV2Command({ Bucket, EncodingType: "url", Prefix: "x/" }));
  expect(keysOf(answer)).toEqual(["x/test_file%283%29+%C3%BC%2B.png"]);
  expect([answer.Prefix, answer.EncodingType]).toEqual(["x/", "url"]);
  const wrong = client.send(new s3.ListObjectsV2Command({ Bucket, EncodingType: "base64" as "url" }));
  expect(await failureOf(wrong)).toMatchObject({ name: "InvalidArgument" });
});

test("ListObjectVersions: newest first, delete markers apart, markers of key and version, groups", async () => {
  const { client, bucket, world } = await withKeys("a", "a", "g/1", "z");
  const marker = bucket.delete("a", { atMs: world.epochMs, origin: "world" });
  const send = (input: Partial<s3.ListObjectVersionsCommandInput>) =>
    client.send(new s3.ListObjectVersionsCommand({ Bucket, ...input }));
  const all = await send({ Delimiter: "/" });
  expect(all.DeleteMarkers?.map(({ Key, IsLatest, VersionId }) => [Key, IsLatest, VersionId])).toEqual([
    ["a", true, marker?.id],
  ]);
  expect(all.Versions?.map(({ Key, IsLatest }) => [Key, IsLatest])).toEqual([
    ["a", false],
    ["a", false],
    ["z", true],
  ]);
  expect(groupsOf(all)).toEqual(["g/"]);
  const first = await send({ MaxKeys: 2 });
  expect([first.NextKeyMarker, first.NextVersionIdMarker]).toEqual(["a", first.Versions?.[0]?.VersionId]);
  const second = await send({ MaxKeys: 2, KeyMarker: first.NextKeyMarker, VersionIdMarker: first.NextVersionIdMarker });
  expect(second.Versions?.map(({ Key }) => Key)).toEqual(["a", "g/1"]);
  expect((await send({ KeyMarker: "a" })).Versions?.map(({ Key }) => Key)).toEqual(["g/1", "z"]);
  const group = await send({ Delimiter: "/", Prefix: "g", MaxKeys: 1 });
  expect([groupsOf(group), group.NextVersionIdMarker]).toEqual([["g/"], undefined]);
  expect(await failureOf(send({ VersionIdMarker: marker?.id }))).toMatchObject({ name: "InvalidArgument" });
  expect(await failureOf(send({ KeyMarker: "a", VersionIdMarker: "no such id" }))).toMatchObject({
    name: "InvalidArgument",
    message: "Invalid version id specified",
  });
});
