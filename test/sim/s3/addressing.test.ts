import { request } from "node:http";
import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { SCRATCH as Bucket, scratch } from "./support.ts";

/** A request as another client would send it: any Host header, no x-id. */
function raw(
  endpoint: string,
  options: { method: string; path: string; host?: string; headers?: object; body?: string },
) {
  const authorization = "AWS4-HMAC-SHA256 Credential=AKIAOTHER/20261123/us-east-1/s3/aws4_request, SignedHeaders=host";
  const headers = { authorization, ...(options.host && { host: options.host }), ...options.headers };
  return new Promise<{ status: number; text: string; headers: Record<string, unknown> }>((resolve, reject) => {
    const call = request(`${endpoint}${options.path}`, { method: options.method, headers }, (answer) => {
      let text = "";
      answer.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers }));
    });
    call.on("error", reject);
    call.end(options.body);
  });
}

test.each(["a b/ü+?#&.txt", "a//b", "/leading", "trailing/", "dots/../x", "🐎", "%20"])(
  "key %s survives",
  async (Key) => {
    const { client, bucket } = await scratch();
    await client.send(new s3.PutObjectCommand({ Bucket, Key, Body: "x" }));
    expect([...bucket.objects.from()].map(([key]) => key)).toEqual([Key]);
    const read = await client.send(new s3.GetObjectCommand({ Bucket, Key }));
    expect(await read.Body?.transformToString()).toBe("x");
  },
);

test("virtual-hosted requests name the bucket in the Host header", async () => {
  const { endpoint, bucket } = await scratch();
  for (const host of [
    `${Bucket}.localhost:1234`,
    `${Bucket}.s3.us-east-1.amazonaws.com`,
    `${Bucket}.s3.amazonaws.com`,
  ]) {
    const put = await raw(endpoint, { method: "PUT", path: "/dir/key", host, body: host });
    expect([put.status, bucket.latest("dir/key")?.size]).toEqual([200, host.length]);
  }
  const listed = await raw(endpoint, { method: "GET", path: "/?list-type=2", host: `${Bucket}.localhost` });
  expect(listed.text).toContain("<Key>dir/key</Key>");
});

test("operations are told apart without x-id, by what their requests cannot lack", async () => {
  const { endpoint, calls } = await scratch();
  const send = async (method: string, path: string, headers: object = {}, body = "") => {
    await raw(endpoint, { method, path: `/${Bucket}${path}`, headers, body });
    return calls.at(-1)?.operation;
  };
  expect(await send("PUT", "/k")).toBe("PutObject");
  expect(await send("PUT", "/k", { "x-amz-copy-source": `${Bucket}/k` })).toBe("CopyObject");
  expect(await send("PUT", "/k?partNumber=1&uploadId=u")).toBe("UploadPart");
  expect(await send("PUT", "/k?partNumber=1&uploadId=u", { "x-amz-copy-source": `${Bucket}/k` })).toBe(
    "UploadPartCopy",
  );
  expect(await send("GET", "/k")).toBe("GetObject");
  expect(await send("GET", "/k?uploadId=u")).toBe("ListParts");
  expect(await send("GET", "/k?tagging")).toBe("GetObjectTagging");
  expect(await send("DELETE", "/k")).toBe("DeleteObject");
  expect(await send("DELETE", "/k?uploadId=u")).toBe("AbortMultipartUpload");
  expect(await send("GET", "/?prefix=")).toBe("ListObjects");
  expect(await send("GET", "?versions")).toBe("ListObjectVersions");
});

test("a signed stream of chunks is unwrapped, and its trailing checksum checked", async () => {
  const { endpoint, bucket } = await scratch();
  const headers = {
    "content-encoding": "aws-chunked",
    "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    "x-amz-trailer": "x-amz-checksum-crc32",
    "x-amz-decoded-content-length": "9",
  };
  const body = (checksum: string) =>
    `5;chunk-signature=00\r\n12345\r\n4;chunk-signature=00\r\n6789\r\n0;chunk-signature=00\r\nx-amz-checksum-crc32:${checksum}\r\nx-amz-trailer-signature:00\r\n\r\n`;
  const put = (checksum: string) =>
    raw(endpoint, { method: "PUT", path: `/${Bucket}/k`, headers, body: body(checksum) });
  const answer = await put(Buffer.from("cbf43926", "hex").toString("base64"));
  expect([answer.status, answer.headers["x-amz-checksum-crc32"], bucket.latest("k")?.size]).toEqual([
    200,
    "y/Q5Jg==",
    9,
  ]);
  const wrong = await put("AAAAAA==");
  expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining("<Code>BadDigest</Code>")]);
});
