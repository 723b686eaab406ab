import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { GeneratedContent } from "../../../src/sim/world/s3/content.ts";
import { SCRATCH as Bucket, failureOf, scratch } from "./support.ts";

const Key = "big/object";
const PART = 5 * 1024 * 1024;

async function begun(input: Partial<s3.CreateMultipartUploadCommandInput> = {}) {
  const found = await scratch();
  const { client } = found;
  const { UploadId } = await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key, ...input }));
  const part = (PartNumber: number, Body: Uint8Array | string) =>
    client.send(new s3.UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
  const complete = (Parts: s3.CompletedPart[], more: Partial<s3.CompleteMultipartUploadCommandInput> = {}) =>
    client.send(new s3.CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }));
  return { ...found, UploadId, part, complete };
}

test("parts become one object, with an ETag of its own form, readable by part", async () => {
  const { client, part, complete } = await begun({ Metadata: { by: "ana" }, ServerSideEncryption: "aws:kms" });
  const first = await part(1, Buffer.alloc(PART, "a"));
  const second = await part(3, "tail");
  const done = await complete([
    { PartNumber: 1, ETag: first.ETag },
    { PartNumber: 3, ETag: second.ETag },
  ]);
  expect(done.ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
  expect(done).toMatchObject({ Key, ServerSideEncryption: "aws:kms", ChecksumType: "FULL_OBJECT" });
  const read = await client.send(new s3.GetObjectCommand({ Bucket, Key, PartNumber: 3 }));
  expect([await read.Body?.transformToString(), read.PartsCount, read.ContentRange, read.Metadata]).toEqual([
    "tail",
    2,
    `bytes ${PART}-${PART + 3}/${PART + 4}`,
    { by: "ana" },
  ]);
  const whole = await client.send(new s3.GetObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }));
  expect((await whole.Body?.transformToString())?.length).toBe(PART + 4);
  const { ObjectParts } = await client.send(
    new s3.GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ["ObjectParts"] }),
  );
  expect([ObjectParts?.TotalPartsCount, ObjectParts?.Parts?.map(({ Size }) => Size)]).toEqual([2, [PART, 4]]);
});

test("refusals: too small, unknown, out of order, none, aborted, out of range", async () => {
  const { client, UploadId, part, complete } = await begun();
  const [one, two] = [await part(1, "small"), await part(2, "tail")];
  const parts = [
    { PartNumber: 1, ETag: one.ETag },
    { PartNumber: 2, ETag: two.ETag },
  ];
  expect(await failureOf(complete(parts))).toMatchObject({ name: "EntityTooSmall", status: 400 });
  expect(await failureOf(complete(parts.toReversed()))).toMatchObject({ name: "InvalidPartOrder", status: 400 });
  expect(await failureOf(complete([{ PartNumber: 9, ETag: one.ETag }]))).toMatchObject({ name: "InvalidPart" });
  expect(await failureOf(complete([{ PartNumber: 2, ETag: one.ETag }]))).toMatchObject({ name: "InvalidPart" });
  expect(await failureOf(complete([]))).toMatchObject({ name: "MalformedXML" });
  expect(await failureOf(part(10_001, "x"))).toMatchObject({ name: "InvalidArgument", status: 400 });
  const aborted = await client.send(new s3.AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  expect(aborted.$metadata.httpStatusCode).toBe(204);
  expect(await failureOf(part(1, "x"))).toMatchObject({ name: "NoSuchUpload", status: 404 });
});

test("a composite checksum is that of the parts' checksums", async () => {
  const { client, part, complete } = await begun({ ChecksumAlgorithm: "SHA256" });
  const answer = await client.send(
    new s3.UploadPartCommand({
      Bucket,
      Key,
      UploadId: (await listed(client))[0],
      PartNumber: 1,
      Body: "x",
      ChecksumAlgorithm: "SHA256",
    }),
  );
  expect(await failureOf(part(2, "crc32 by default"))).toMatchObject({ name: "InvalidRequest" });
  const done = await complete([{ PartNumber: 1, ETag: answer.ETag, ChecksumSHA256: answer.ChecksumSHA256 }]);
  expect([done.ChecksumSHA256, done.ChecksumType]).toEqual([expect.stringMatching(/=-1$/), "COMPOSITE"]);
});

const listed = async (client: s3.S3Client) =>
  (await client.send(new s3.ListMultipartUploadsCommand({ Bucket }))).Uploads?.map(({ UploadId }) => UploadId) ?? [];

test("a copy of more than 5 GB goes by parts of the source", async () => {
  const { client, bucket, world, UploadId, complete } = await begun();
  const source = bucket.write("source", new GeneratedContent(1, 2 * PART + 7), {
    atMs: world.epochMs,
    origin: "world",
  });
  const copy = (PartNumber: number, CopySourceRange: string) =>
    client.send(
      new s3.UploadPartCopyCommand({
        Bucket,
        Key,
        UploadId,
        PartNumber,
        CopySource: `${Bucket}/source?versionId=${source.versionId}`,
        CopySourceRange,
      }),
    );
  const first = await copy(1, `bytes=0-${PART - 1}`);
  const second = await copy(2, `bytes=${PART}-${2 * PART + 6}`);
  expect(first.CopySourceVersionId).toBe(source.versionId);
  expect(await failureOf(copy(3, `bytes=0-${2 * PART + 7}`))).toMatchObject({ name: "InvalidArgument" });
  await complete([
    { PartNumber: 1, ETag: first.CopyPartResult?.ETag },
    { PartNumber: 2, ETag: second.CopyPartResult?.ETag },
  ]);
  const [copied, original] = [bucket.latest(Key)!.content!, source.content!];
  expect(Buffer.compare(copied.bytes(PART - 9, PART + 9), original.bytes(PART - 9, PART + 9))).toBe(0);
});

test("parts and uploads are listed in pages", async () => {
  const { client, UploadId, part } = await begun();
  for (const number of [2, 1, 4]) await part(number, `part ${number}`);
  const parts = await client.send(new s3.ListPartsCommand({ Bucket, Key, UploadId, MaxParts: 2 }));
  expect([parts.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size]), parts.IsTruncated]).toEqual([
    [
      [1, 6],
      [2, 6],
    ],
    true,
  ]);
  const rest = await client.send(
    new s3.ListPartsCommand({ Bucket, Key, UploadId, PartNumberMarker: parts.NextPartNumberMarker }),
  );
  expect(rest.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([4]);
  for (const other of ["a", "big/other"])
    await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key: other }));
  const page = await client.send(new s3.ListMultipartUploadsCommand({ Bucket, MaxUploads: 2 }));
  expect([page.Uploads?.map((upload) => upload.Key), page.NextKeyMarker]).toEqual([["a", Key], Key]);
  const next = await client.send(
    new s3.ListMultipartUploadsCommand({
      Bucket,
      KeyMarker: page.NextKeyMarker,
      UploadIdMarker: page.NextUploadIdMarker,
    }),
  );
  expect(next.Uploads?.map((upload) => upload.Key)).toEqual(["big/other"]);
  const groups = await client.send(new s3.ListMultipartUploadsCommand({ Bucket, Delimiter: "/" }));
  expect(groups.CommonPrefixes).toEqual([{ Prefix: "big/" }]);
});
