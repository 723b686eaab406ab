import { gunzipSync } from "node:zlib";
import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { scenarioById } from "../../../src/sim/scenarios/index.ts";
import type { CatalogType } from "../../../src/sim/world/names.ts";
import { type Incident, incident, MINUTE_MS, SEEDS } from "./support.ts";

const catalogOf = (seed: number): CatalogType => (seed % 2 === 0 ? "nessie" : "glue");

/** Data events of the last hour as the audit bucket has them. */
async function dataEvents({ clients, names }: Incident) {
  const client = new s3.S3Client(clients);
  const Bucket = names.auditBucket;
  const { Contents = [] } = await client.send(
    new s3.ListObjectsV2Command({ Bucket, Prefix: `AWSLogs/${names.accountId}/CloudTrail/` }),
  );
  const files = await Promise.all(
    Contents.map(async ({ Key }) => {
      const { Body } = await client.send(new s3.GetObjectCommand({ Bucket, Key }));
      return JSON.parse(gunzipSync(await Body!.transformToByteArray()).toString("utf8")).Records;
    }),
  );
  return files.flat() as {
    eventName: string;
    eventTime: string;
    userIdentity: { arn: string };
    requestParameters: { key?: string };
  }[];
}

/** Delete markers that are current and were made in the window. */
async function markersBetween({ clients, names }: Incident, fromMs: number, toMs: number) {
  const client = new s3.S3Client(clients);
  const found: s3.ObjectIdentifier[] = [];
  let next: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
  while (next) {
    const command: s3.ListObjectVersionsCommand = new s3.ListObjectVersionsCommand({
      Bucket: names.lakehouseBucket,
      ...next,
    });
    const page = await client.send(command);
    for (const { Key, VersionId, IsLatest, LastModified } of page.DeleteMarkers ?? []) {
      const atMs = LastModified!.getTime();
      if (IsLatest && atMs >= fromMs && atMs <= toMs) found.push({ Key, VersionId });
    }
    next = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined;
  }
  return found;
}

async function removeMarkers({ clients, names }: Incident, markers: s3.ObjectIdentifier[]) {
  const client = new s3.S3Client(clients);
  for (let from = 0; from < markers.length; from += 1000) {
    const Objects = markers.slice(from, from + 1000);
    await client.send(new s3.DeleteObjectsCommand({ Bucket: names.lakehouseBucket, Delete: { Objects, Quiet: true } }));
  }
}

/** Appends a statement that freezes deletion for all but the responder. */
async function freezeDeletion({ clients, names }: Incident) {
  const client = new s3.S3Client(clients);
  const Bucket = names.lakehouseBucket;
  const { Policy = "{}" } = await client.send(new s3.GetBucketPolicyCommand({ Bucket }));
  const policy = JSON.parse(Policy);
  policy.Statement.push({
    Sid: "IncidentQuarantine",
    Effect: "Deny",
    Principal: "*",
    Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
    Resource: `arn:aws:s3:::${Bucket}/*`,
    Condition: { ArnNotLike: { "aws:PrincipalArn": `arn:aws:iam::${names.accountId}:role/oncall/responder` } },
  });
  await client.send(new s3.PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(policy) }));
}

/** When the job deleted, from the data events: [first, last], with the whole second of the last one. */
async function windowOf(deleted: Incident): Promise<[number, number]> {
  const times = (await dataEvents(deleted))
    .filter(
      ({ eventName, userIdentity }) => eventName === "DeleteObjects" && userIdentity.arn.endsWith("/nightly-cleanup"),
    )
    .map(({ eventTime }) => Date.parse(eventTime));
  return [Math.min(...times), Math.max(...times) + 999];
}

test.each(SEEDS)("the job's objects come back, all and only they, and the job is stopped (seed %i)", async (seed) => {
  const deleted = await incident("accidental-delete", seed, { catalogType: catalogOf(seed) });
  const { world, clients, names } = deleted;
  expect([deleted.contained(), deleted.resolved()]).toEqual([false, false]);
  const events = await dataEvents(deleted);
  const by = (session: string) => events.filter(({ userIdentity }) => userIdentity.arn.endsWith(`/${session}`));
  expect(by("nightly-cleanup").every(({ requestParameters }) => requestParameters.key === undefined)).toBe(true);
  expect(by("iceberg-maintenance").filter(({ requestParameters }) => requestParameters.key).length).toBeGreaterThan(10);
  const [from, to] = await windowOf(deleted);
  const markers = await markersBetween(deleted, from, to);
  expect(markers.length).toBeGreaterThan(1_200);
  const metadata = world.storage.tables.get("orders")!.metadataKey;
  expect(markers.some(({ Key }) => Key === metadata)).toBe(true);
  const client = new s3.S3Client(clients);
  const head = () => client.send(new s3.HeadObjectCommand({ Bucket: names.lakehouseBucket, Key: metadata }));
  await expect(head()).rejects.toMatchObject({ name: "NotFound" });
  await freezeDeletion(deleted);
  expect([deleted.contained(), deleted.resolved()]).toEqual([true, false]);
  await removeMarkers(deleted, markers);
  expect(deleted.resolved()).toBe(true);
  await head();
  world.advanceBy(40 * MINUTE_MS);
  expect([deleted.contained(), deleted.resolved()]).toEqual([true, true]);
});

test("a copy of the former version counts as restored, too; resurrecting what maintenance removed does not", async () => {
  const deleted = await incident("accidental-delete", 1);
  const { clients, names } = deleted;
  const client = new s3.S3Client(clients);
  const [from, to] = await windowOf(deleted);
  const [copied, ...rest] = await markersBetween(deleted, from, to);
  await removeMarkers(deleted, rest);
  expect(deleted.resolved()).toBe(false);
  const { Versions = [] } = await client.send(
    new s3.ListObjectVersionsCommand({ Bucket: names.lakehouseBucket, Prefix: copied!.Key! }),
  );
  await client.send(
    new s3.CopyObjectCommand({
      Bucket: names.lakehouseBucket,
      Key: copied!.Key!,
      CopySource: `${names.lakehouseBucket}/${copied!.Key!}?versionId=${Versions[0]!.VersionId}`,
      ServerSideEncryption: "aws:kms",
    }),
  );
  expect(deleted.resolved()).toBe(true);
  const intended = await markersBetween(deleted, 0, from - 1000);
  await removeMarkers(deleted, intended.slice(0, 1));
  expect(deleted.resolved()).toBe(false);
});

test("uncontained, the job deletes again what was restored", async () => {
  const deleted = await incident("accidental-delete", 2);
  const { world } = deleted;
  const [from, to] = await windowOf(deleted);
  await removeMarkers(deleted, await markersBetween(deleted, from, to));
  expect(deleted.resolved()).toBe(true);
  world.advanceBy(30 * MINUTE_MS);
  expect([deleted.contained(), deleted.resolved()]).toEqual([false, false]);
});

test("a terraform apply drops the freeze, and the job deletes again; with the state's lock held it cannot", async () => {
  const undone = await incident("accidental-delete:terraform-apply", 1);
  await freezeDeletion(undone);
  expect(undone.contained()).toBe(true);
  undone.world.advanceBy(20 * MINUTE_MS);
  expect(undone.contained()).toBe(false);
  undone.world.advanceBy(4 * MINUTE_MS);
  const [put] = await undone.events("PutBucketPolicy");
  expect(put.userIdentity.arn).toMatch(/assumed-role\/terraform\/ci$/);
  const held = await incident("accidental-delete:terraform-apply", 1);
  await freezeDeletion(held);
  const lockTable = held.world.dynamodb.byName.get("tf-locks")!;
  const LockID = { S: `${held.names.stateBucket}/${held.names.stateKey}` };
  lockTable.put({ LockID, Info: { S: JSON.stringify({ ID: "responder", Who: "on-call" }) } }, held.world.now());
  held.world.advanceBy(50 * MINUTE_MS);
  expect(held.contained()).toBe(true);
  expect(held.world.journal.entries.some(({ text }) => text.includes("the state is locked by on-call"))).toBe(true);
});

test("the default scenario's size is that of its description", async () => {
  const { world } = await incident("accidental-delete", 1);
  let versions = 0;
  for (const [, list] of world.storage.lakehouse.objects.from()) versions += list.length;
  expect(versions).toBeGreaterThan(6_000);
  expect(versions).toBeLessThan(7_500);
  expect(scenarioById("accidental-delete").catalogs).toEqual(["glue", "nessie"]);
});
