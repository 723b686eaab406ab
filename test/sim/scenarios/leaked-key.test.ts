import { gunzipSync } from "node:zlib";
import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import * as iam from "@aws-sdk/client-iam";
import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { type Incident, incident, MINUTE_MS, SEEDS } from "./support.ts";

const LEAKED = "AKIASIMULATEDCIUPLDR";
const INTRUDER = "203.0.113.77";
const UserName = "ci-uploader";

const start = (seed: number) => incident("leaked-key", seed, { catalogType: seed % 2 === 0 ? "nessie" : "glue" });

/** Events of an access key; those of IAM and STS are in us-east-1. */
async function eventsOf({ clients }: Incident, keyId: string) {
  const client = new cloudtrail.CloudTrailClient({ ...clients, region: "us-east-1" });
  const LookupAttributes = [{ AttributeKey: "AccessKeyId" as const, AttributeValue: keyId }];
  const { Events = [] } = await client.send(new cloudtrail.LookupEventsCommand({ LookupAttributes }));
  return Events.map(({ CloudTrailEvent = "" }) => JSON.parse(CloudTrailEvent));
}

/** Downloads from an address, by access key, as the audit bucket's data events have them. */
async function downloads({ clients, names }: Incident, address: string) {
  const client = new s3.S3Client(clients);
  const Bucket = names.auditBucket;
  const { Contents = [] } = await client.send(new s3.ListObjectsV2Command({ Bucket, Prefix: "AWSLogs/" }));
  const files = Contents.filter(({ Key }) => Key?.includes("/CloudTrail/"));
  const records = await Promise.all(
    files.map(async ({ Key }) => {
      const { Body } = await client.send(new s3.GetObjectCommand({ Bucket, Key }));
      return JSON.parse(gunzipSync(await Body!.transformToByteArray()).toString("utf8")).Records;
    }),
  );
  const found = records
    .flat()
    .filter(({ sourceIPAddress, eventName }) => sourceIPAddress === address && eventName === "GetObject");
  return found.map(({ userIdentity, requestParameters }) => ({
    by: userIdentity.accessKeyId,
    key: requestParameters.key,
  }));
}

async function keys({ clients }: Incident) {
  const { AccessKeyMetadata = [] } = await new iam.IAMClient(clients).send(new iam.ListAccessKeysCommand({ UserName }));
  return AccessKeyMetadata;
}

test.each(SEEDS)("seen, contained by deactivation, resolved by rotation (seed %i)", async (seed) => {
  const leaked = await start(seed);
  const { world, clients } = leaked;
  const client = new iam.IAMClient(clients);
  expect([leaked.contained(), leaked.resolved()]).toEqual([false, false]);
  const events = await eventsOf(leaked, LEAKED);
  const refused = events.filter(({ errorCode }) => errorCode === "AccessDenied");
  expect(refused.map(({ eventName }) => eventName)).toEqual(
    expect.arrayContaining(["ListUsers", "GetAccountAuthorizationDetails", "CreateUser", "AttachUserPolicy"]),
  );
  expect(new Set(events.map(({ sourceIPAddress }) => sourceIPAddress))).toEqual(new Set([INTRUDER]));
  expect(refused[0].errorMessage).toMatch(
    /ci-uploader is not authorized to perform: .* because no identity-based policy/,
  );
  const created = events.find(({ eventName }) => eventName === "CreateAccessKey");
  const planted = created.responseElements.accessKey.accessKeyId;
  expect((await keys(leaked)).map(({ AccessKeyId }) => AccessKeyId)).toEqual([LEAKED, planted]);
  const { AccessKeyLastUsed } = await client.send(new iam.GetAccessKeyLastUsedCommand({ AccessKeyId: planted }));
  expect(AccessKeyLastUsed).toMatchObject({ ServiceName: "s3", Region: world.names.region });
  const taken = await downloads(leaked, INTRUDER);
  expect(new Set(taken.map(({ by }) => by))).toEqual(new Set([LEAKED, planted]));
  expect(taken.some(({ key }) => key.startsWith("lakehouse/customers/data/"))).toBe(true);
  // One key alone is no containment.
  const deactivate = (AccessKeyId: string) =>
    client.send(new iam.UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: "Inactive" }));
  await deactivate(planted);
  expect(leaked.contained()).toBe(false);
  await deactivate(LEAKED);
  expect([leaked.contained(), leaked.resolved()]).toEqual([true, false]);
  world.advanceBy(7 * MINUTE_MS);
  const before = (await downloads(leaked, INTRUDER)).length;
  await client.send(new iam.DeleteAccessKeyCommand({ UserName, AccessKeyId: planted }));
  await client.send(new iam.CreateAccessKeyCommand({ UserName }));
  world.advanceBy(15 * MINUTE_MS);
  expect((await downloads(leaked, INTRUDER)).length).toBe(before);
  expect(leaked.resolved()).toBe(false);
  await client.send(new iam.DeleteAccessKeyCommand({ UserName, AccessKeyId: LEAKED }));
  expect([leaked.contained(), leaked.resolved()]).toEqual([true, true]);
});

test("while one key works, the intruder goes on with it, and CI fails without one", async () => {
  const leaked = await start(2);
  const { world, clients } = leaked;
  const client = new iam.IAMClient(clients);
  await client.send(new iam.UpdateAccessKeyCommand({ UserName, AccessKeyId: LEAKED, Status: "Inactive" }));
  world.advanceBy(6 * MINUTE_MS);
  const before = (await downloads(leaked, INTRUDER)).length;
  world.advanceBy(20 * MINUTE_MS);
  expect((await downloads(leaked, INTRUDER)).length).toBeGreaterThan(before);
  expect(world.journal.entries.some(({ text }) => text === "ci-uploader's upload failed")).toBe(true);
});
