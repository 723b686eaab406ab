import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { SCRATCH as Bucket, failureOf, scratch } from "./support.ts";

const put = (client: s3.S3Client, input: Partial<s3.PutObjectCommandInput> = {}) =>
  client.send(new s3.PutObjectCommand({ Bucket, Key: "k", Body: "hello", ...input }));
const md5 = (text: string) => createHash("md5").update(text);

test("conditional writes: only a new object, only an unchanged one", async () => {
  const { client } = await scratch();
  expect(await failureOf(put(client, { IfMatch: '"0"' }))).toMatchObject({ name: "NoSuchKey", status: 404 });
  const { ETag } = await put(client, { IfNoneMatch: "*" });
  expect(await failureOf(put(client, { IfNoneMatch: "*" }))).toMatchObject({ name: "PreconditionFailed", status: 412 });
  expect(await failureOf(put(client, { IfNoneMatch: ETag }))).toMatchObject({ name: "NotImplemented", status: 501 });
  const second = await put(client, { IfMatch: ETag, Body: "changed" });
  expect(await failureOf(put(client, { IfMatch: ETag }))).toMatchObject({ name: "PreconditionFailed", status: 412 });
  expect((await put(client, { IfMatch: second.ETag })).$metadata.httpStatusCode).toBe(200);
  await client.send(new s3.DeleteObjectCommand({ Bucket, Key: "k" }));
  expect(await failureOf(put(client, { IfMatch: ETag }))).toMatchObject({ status: 404 });
  await put(client, { IfNoneMatch: "*" });
});

test.each(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const)(
  "%s: computed by the SDK, checked here, kept, and checked by the SDK at reading",
  async (ChecksumAlgorithm) => {
    const { client } = await scratch();
    const written = await put(client, { ChecksumAlgorithm });
    const name = `Checksum${ChecksumAlgorithm}` as const;
    expect([written[name], written.ChecksumType]).toEqual([expect.any(String), "FULL_OBJECT"]);
    const head = await client.send(new s3.HeadObjectCommand({ Bucket, Key: "k", ChecksumMode: "ENABLED" }));
    expect(head[name]).toBe(written[name]);
    const read = await client.send(new s3.GetObjectCommand({ Bucket, Key: "k", ChecksumMode: "ENABLED" }));
    expect([await read.Body?.transformToString(), read[name]]).toEqual(["hello", written[name]]);
    const wrong = written[name]?.replace(/^./, (first) => (first === "A" ? "B" : "A"));
    expect(await failureOf(put(client, { [name]: wrong }))).toMatchObject({ name: "BadDigest", status: 400 });
    expect(await failureOf(put(client, { [name]: "AA==" }))).toMatchObject({ name: "InvalidRequest" });
  },
);

test("without a checksum S3 computes CRC64NVME; Content-MD5 is checked", async () => {
  const { client } = await scratch({}, {}, { requestChecksumCalculation: "WHEN_REQUIRED" });
  // The check value of CRC-64/NVME.
  const written = await put(client, { Body: "123456789" });
  expect(written.ChecksumCRC64NVME).toBe(Buffer.from("ae8b14860a799888", "hex").toString("base64"));
  await put(client, { ContentMD5: md5("hello").digest("base64") });
  expect(await failureOf(put(client, { ContentMD5: md5("other").digest("base64") }))).toMatchObject({
    name: "BadDigest",
  });
  expect(await failureOf(put(client, { ContentMD5: "AA==" }))).toMatchObject({ name: "InvalidDigest" });
});

test("a streamed body comes in chunks with its checksum behind it", async () => {
  const { client } = await scratch();
  const parts = Array.from({ length: 40 }, (_, index) => `${index} `.repeat(4000));
  const length = parts.join("").length;
  const written = await put(client, {
    Body: Readable.from(parts.map((part) => Buffer.from(part))),
    ContentLength: length,
  });
  expect(written.ChecksumCRC32).toBeDefined();
  const read = await client.send(new s3.GetObjectCommand({ Bucket, Key: "k" }));
  expect(await read.Body?.transformToString()).toBe(parts.join(""));
  expect(read.ContentEncoding).toBeUndefined();
});

test("encryption: the header's, else the bucket's default; under KMS an ETag is no MD5", async () => {
  const { client } = await scratch();
  const plain = await put(client);
  expect([plain.ServerSideEncryption, plain.ETag]).toEqual(["AES256", `"${md5("hello").digest("hex")}"`]);
  const kms = await put(client, { ServerSideEncryption: "aws:kms", SSEKMSKeyId: "my-key" });
  expect([kms.ServerSideEncryption, kms.SSEKMSKeyId]).toEqual([
    "aws:kms",
    "arn:aws:kms:us-east-1:111122223333:key/my-key",
  ]);
  expect(kms.ETag).not.toBe(plain.ETag);
  // The lakehouse's policy demands the header even where the default would do the same.
  const lakehouse = "lakehouse-prod-lakehouse";
  expect(await failureOf(put(client, { Bucket: lakehouse }))).toMatchObject({ name: "AccessDenied", status: 403 });
  const asked = await put(client, { Bucket: lakehouse, ServerSideEncryption: "aws:kms" });
  expect([asked.ServerSideEncryption, asked.BucketKeyEnabled]).toEqual(["aws:kms", true]);
  const odd = put(client, { ServerSideEncryption: "rot13" as "AES256" });
  expect(await failureOf(odd)).toMatchObject({ name: "InvalidArgument", status: 400 });
});

test("limits: keys of 1024 bytes, 2 KB of metadata, ten tags", async () => {
  const { client } = await scratch();
  await put(client, { Key: "é".repeat(512) });
  expect(await failureOf(put(client, { Key: "é".repeat(513) }))).toMatchObject({
    name: "KeyTooLongError",
    status: 400,
  });
  const big = await failureOf(put(client, { Metadata: { note: "x".repeat(2048) } }));
  expect(big).toMatchObject({ name: "MetadataTooLarge", status: 400 });
  const Tagging = Array.from({ length: 11 }, (_, index) => `k${index}=v`).join("&");
  expect(await failureOf(put(client, { Tagging }))).toMatchObject({ name: "BadRequest" });
});

test("a file that was gzipped by its owner stays gzipped", async () => {
  const { client } = await scratch();
  const Body = Buffer.from([0x1f, 0x8b, 1, 2, 3]);
  await put(client, { Body, ContentEncoding: "gzip", ContentType: "application/json" });
  const read = await client.send(new s3.GetObjectCommand({ Bucket, Key: "k" }));
  expect(Buffer.from((await read.Body?.transformToByteArray()) ?? []).equals(Body)).toBe(true);
});
