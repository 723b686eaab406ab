import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { textContent } from "../../../src/sim/world/s3/content.ts";
import { ObjectHands } from "../../../src/sim/world/s3/hands.ts";
import { failureOf, scratch } from "./support.ts";

const Bucket = "lakehouse-prod-lakehouse";
const Audit = "lakehouse-prod-audit-trail";
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const LOGS = "AWSLogs/111122223333/CloudTrail/us-east-1/";
const DIGESTS = "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/";

type Found = Awaited<ReturnType<typeof scratch>>;

async function filesOf({ client }: Found, Prefix: string) {
  const { Contents = [] } = await client.send(new s3.ListObjectsV2Command({ Bucket: Audit, Prefix }));
  return Promise.all(
    Contents.map(async ({ Key = "" }) => {
      const { Body, ContentEncoding } = await client.send(new s3.GetObjectCommand({ Bucket: Audit, Key }));
      expect(ContentEncoding).toBe("gzip");
      const text = gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString("utf8");
      return { key: Key, text, json: JSON.parse(text) };
    }),
  );
}

const eventsOf = async (found: Found) =>
  (await filesOf(found, LOGS)).flatMap(({ json }) => json.Records as Record<string, never>[]);

test("reads and writes of the lakehouse's objects arrive minutes later, in a file named as CloudTrail names it", async () => {
  const found = await scratch();
  const { client, world } = found;
  const { VersionId } = await client.send(
    new s3.PutObjectCommand({ Bucket, Key: "a/b", Body: "12345", ServerSideEncryption: "aws:kms" }),
  );
  await client.send(new s3.GetObjectCommand({ Bucket, Key: "a/b" }));
  await failureOf(client.send(new s3.GetObjectCommand({ Bucket, Key: "nope" })));
  await client.send(new s3.ListObjectsV2Command({ Bucket, Prefix: "a/" }));
  expect(await filesOf(found, LOGS)).toEqual([]);
  world.advanceBy(10 * MINUTE_MS);
  const [file, ...more] = await filesOf(found, LOGS);
  expect(more).toEqual([]);
  expect(file?.key).toMatch(
    /^AWSLogs\/111122223333\/CloudTrail\/us-east-1\/2026\/11\/23\/111122223333_CloudTrail_us-east-1_20261123T0305Z_[A-Za-z0-9]{16}\.json\.gz$/,
  );
  expect(file?.json.Records).toMatchObject([
    {
      eventName: "PutObject",
      eventCategory: "Data",
      managementEvent: false,
      readOnly: false,
      userIdentity: { arn: "arn:aws:sts::111122223333:assumed-role/responder/on-call" },
      requestParameters: { bucketName: Bucket, key: "a/b" },
      responseElements: { "x-amz-version-id": VersionId, "x-amz-server-side-encryption": "aws:kms" },
      resources: [
        { type: "AWS::S3::Object", ARN: `arn:aws:s3:::${Bucket}/a/b` },
        { type: "AWS::S3::Bucket", ARN: `arn:aws:s3:::${Bucket}` },
      ],
    },
    { eventName: "GetObject", readOnly: true, responseElements: null, additionalEventData: { bytesTransferredOut: 5 } },
    { eventName: "GetObject", errorCode: "NoSuchKey" },
    {
      eventName: "ListObjects",
      requestParameters: { prefix: "a/" },
      resources: [{ ARNPrefix: `arn:aws:s3:::${Bucket}/` }, {}],
    },
  ]);
});

test("refused calls are there with their error; other buckets' objects and the event history are not", async () => {
  const found = await scratch();
  const { client, clients, clientsOf, world, bucket } = found;
  const powerless = new s3.S3Client(clientsOf("powerless"));
  await failureOf(powerless.send(new s3.DeleteObjectCommand({ Bucket, Key: "a" })));
  await client.send(new s3.PutObjectCommand({ Bucket: bucket.name, Key: "k", Body: "x" }));
  await client.send(new s3.DeletePublicAccessBlockCommand({ Bucket: bucket.name }));
  world.advanceBy(10 * MINUTE_MS);
  expect(await eventsOf(found)).toMatchObject([
    { eventName: "DeleteObject", errorCode: "AccessDenied", responseElements: null },
  ]);
  const { Events } = await new CloudTrailClient(clients).send(new LookupEventsCommand({}));
  expect(Events?.map(({ EventName }) => EventName)).toEqual(["DeleteBucketPublicAccessBlock"]);
});

test("DeleteObjects is one event, which does not say the keys", async () => {
  const found = await scratch();
  const Delete = { Objects: [{ Key: "secret-1" }, { Key: "secret-2" }] };
  await found.client.send(new s3.DeleteObjectsCommand({ Bucket, Delete }));
  found.world.advanceBy(10 * MINUTE_MS);
  const events = await eventsOf(found);
  expect(events).toMatchObject([{ eventName: "DeleteObjects", requestParameters: { bucketName: Bucket, delete: "" } }]);
  expect(JSON.stringify(events)).not.toContain("secret");
});

test("what others do with objects is in the trail too", async () => {
  const found = await scratch();
  const { world } = found;
  const hands = new ObjectHands(world, {
    by: world.principals.responder,
    userAgent: "aws-cli/2.17",
    sourceAddress: "203.0.113.7",
  });
  const { lakehouse } = world.storage;
  const put = hands.put(lakehouse, "x", textContent("x"));
  hands.get(lakehouse, "x");
  hands.delete(lakehouse, "x", put.versionId);
  hands.get(lakehouse, "x");
  hands.deleteObjects(lakehouse, ["y"]);
  world.advanceBy(10 * MINUTE_MS);
  const events = await eventsOf(found);
  expect(events.map(({ eventName, errorCode }) => [eventName, errorCode])).toEqual([
    ["PutObject", undefined],
    ["GetObject", undefined],
    ["DeleteObject", undefined],
    ["GetObject", "NoSuchKey"],
    ["DeleteObjects", undefined],
  ]);
  expect(events[0]).toMatchObject({ sourceIPAddress: "203.0.113.7", userAgent: "[aws-cli/2.17]" });
});

test("hourly digests list the log files and chain by hash", async () => {
  const found = await scratch();
  const { client, world } = found;
  for (let index = 0; index < 4; index++) {
    await client.send(
      new s3.PutObjectCommand({ Bucket, Key: `k${index}`, Body: "x", ServerSideEncryption: "aws:kms" }),
    );
    world.advanceBy(HOUR_MS / 2);
  }
  world.advanceBy(HOUR_MS);
  const logs = new Map((await filesOf(found, LOGS)).map(({ key, text }) => [key, text]));
  const digests = await filesOf(found, DIGESTS);
  expect(digests.length).toBeGreaterThanOrEqual(3);
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  const listed = digests.flatMap(({ json }) => json.logFiles as { s3Object: string; hashValue: string }[]);
  expect(listed.map(({ s3Object }) => s3Object).sort()).toEqual([...logs.keys()].sort());
  for (const { s3Object, hashValue } of listed) expect(hashValue).toBe(sha256(logs.get(s3Object) ?? ""));
  digests.forEach(({ key, json }, index) => {
    const previous = digests[index - 1];
    expect(key).toMatch(/_CloudTrail-Digest_us-east-1_lakehouse-prod-data-events_us-east-1_\d{8}T\d{6}Z\.json\.gz$/);
    expect([json.digestS3Object, json.previousDigestS3Object, json.previousDigestHashValue]).toEqual([
      key,
      previous?.key ?? null,
      previous ? sha256(previous.text) : null,
    ]);
    if (previous) expect(json.digestStartTime).toBe(previous.json.digestEndTime);
  });
});
