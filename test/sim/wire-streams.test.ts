import { Readable } from "node:stream";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { AwsError } from "../../src/sim/wire/aws-error.ts";
import { defineService } from "../../src/sim/wire/types.ts";
import { AT, serve, UNICODE } from "../support/wire.ts";

test("restXml: labels, query members, headers, bodies as buffer and stream, XML lists, errors", async () => {
  const bodies = new Map<string, Buffer>();
  let seen: Record<string, unknown> = {};
  const storage = defineService<typeof s3>({
    signingName: "s3",
    load: () => import("@aws-sdk/client-s3"),
    clientName: "S3Client",
    operations: {
      PutObject: async (input) => {
        const { Body, ...rest } = input;
        seen = rest;
        const parts: Buffer[] = [];
        for await (const part of Body as AsyncIterable<Uint8Array>) parts.push(Buffer.from(part));
        bodies.set(input.Key ?? "", Buffer.concat(parts));
        return { ETag: '"abc"', VersionId: "v9" };
      },
      GetObject: (input) => {
        const body = bodies.get(input.Key ?? "");
        if (!body) throw new AwsError("NoSuchKey", "The specified key does not exist.");
        return {
          Body: Readable.from([body.subarray(0, 2), body.subarray(2)]),
          ContentLength: body.length,
          LastModified: AT,
          Metadata: { owner: "ana" },
        };
      },
      GetBucketPolicy: () => ({ Policy: '{"Version":"2012-10-17"}' }),
      ListObjectVersions: (input) => {
        seen = { ...input };
        return {
          Name: input.Bucket,
          Prefix: input.Prefix,
          MaxKeys: input.MaxKeys,
          Versions: [{ Key: "a & b.txt", VersionId: "v2", IsLatest: true, LastModified: AT, Size: 5 }],
          DeleteMarkers: [{ Key: "gone", VersionId: "v3", LastModified: AT }],
        };
      },
    },
  });
  const client = new s3.S3Client(await serve(storage));
  const Bucket = "bucket";
  const Key = `dir/a b+${UNICODE}.txt`;
  const put = await client.send(
    new s3.PutObjectCommand({
      Bucket,
      Key,
      Body: "hello",
      Metadata: { owner: "ana" },
      ServerSideEncryption: "aws:kms",
    }),
  );
  expect(put.VersionId).toBe("v9");
  expect(seen).toMatchObject({ Bucket, Key, Metadata: { owner: "ana" }, ServerSideEncryption: "aws:kms" });
  const got = await client.send(new s3.GetObjectCommand({ Bucket, Key }));
  expect([await got.Body?.transformToString(), got.LastModified, got.Metadata]).toEqual([
    "hello",
    AT,
    { owner: "ana" },
  ]);
  const stream = Readable.from([Buffer.alloc(70_000, "x"), Buffer.alloc(70_000, "y")]);
  await client.send(new s3.PutObjectCommand({ Bucket, Key: "stream", Body: stream, ContentLength: 140_000 }));
  expect(bodies.get("stream")?.length).toBe(140_000);
  expect((await client.send(new s3.GetBucketPolicyCommand({ Bucket }))).Policy).toBe('{"Version":"2012-10-17"}');
  const versions = await client.send(new s3.ListObjectVersionsCommand({ Bucket, Prefix: "a & b", MaxKeys: 7 }));
  expect(seen).toMatchObject({ Prefix: "a & b", MaxKeys: 7 });
  expect(versions).toMatchObject({
    Prefix: "a & b",
    MaxKeys: 7,
    Versions: [{ Key: "a & b.txt", LastModified: AT, IsLatest: true }],
    DeleteMarkers: [{ Key: "gone" }],
  });
  const missing = await client.send(new s3.GetObjectCommand({ Bucket, Key: "none" })).catch((error: unknown) => error);
  expect(missing).toBeInstanceOf(s3.NoSuchKey);
  expect(missing).toMatchObject({ $metadata: { httpStatusCode: 404 } });
});

test("event stream: frames arrive one by one, an error travels inside, an abort ends the source", async () => {
  let aborted = false;
  const definition = defineService<typeof logs>({
    signingName: "logs",
    load: () => import("@aws-sdk/client-cloudwatch-logs"),
    clientName: "CloudWatchLogsClient",
    operations: {
      StartLiveTail: (input, call) => ({
        responseStream: (async function* (): AsyncGenerator<logs.StartLiveTailResponseStream> {
          yield { sessionStart: { sessionId: "session", logGroupIdentifiers: input.logGroupIdentifiers } };
          yield {
            sessionUpdate: {
              sessionMetadata: { sampled: false },
              sessionResults: [{ message: UNICODE, timestamp: AT.getTime() }],
            },
          };
          if (input.logEventFilterPattern === "timeout") {
            yield { SessionTimeoutException: new logs.SessionTimeoutException({ $metadata: {}, message: "3h" }) };
            return;
          }
          await new Promise<void>((resolve) => call.signal.addEventListener("abort", () => resolve(), { once: true }));
          aborted = call.signal.aborted;
        })(),
      }),
    },
  });
  const client = new logs.CloudWatchLogsClient(await serve(definition));
  const failing = await client.send(
    new logs.StartLiveTailCommand({ logGroupIdentifiers: ["arn:g"], logEventFilterPattern: "timeout" }),
  );
  const frames: logs.StartLiveTailResponseStream[] = [];
  const drained = (async () => {
    for await (const frame of failing.responseStream!) frames.push(frame);
  })();
  await expect(drained).rejects.toBeInstanceOf(logs.SessionTimeoutException);
  expect(frames[0]?.sessionStart?.logGroupIdentifiers).toEqual(["arn:g"]);
  expect(frames[1]?.sessionUpdate?.sessionResults).toEqual([{ message: UNICODE, timestamp: AT.getTime() }]);

  const abort = new AbortController();
  const endless = await client.send(new logs.StartLiveTailCommand({ logGroupIdentifiers: ["arn:g"] }), {
    abortSignal: abort.signal,
  });
  const reading = (async () => {
    for await (const frame of endless.responseStream!) if (frame.sessionUpdate) abort.abort();
  })();
  await reading.catch(() => undefined);
  await expect.poll(() => aborted).toBe(true);
});
