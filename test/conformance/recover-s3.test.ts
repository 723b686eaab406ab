import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import { markerBefore } from "../../src/recovery/s3/keys.ts";
import { expectStatus, incidentAt, type MotoAccount, type MotoIncident, motoAccount } from "./moto-incident.ts";

// Undeleting and restoring versions at an S3 that we did not write: its listings, markers and copies. moto takes no notice of the
// conditions of CopyObject and of the ETags in DeleteObjects, so that what they keep from happening is shown at the simulator only.
// Behind a KeyMarker that is the name of no key moto leaves out the first version, which S3 does not: `lost` stands there.

const REGION = "eu-north-1";
const BUCKET = "mayday-moto-recovery";
const PREFIX = "lakehouse/orders/";

let account: MotoAccount;
let at: MotoIncident;
/** The last second in which everything was well. */
let since: string;

const s3 = () => account.clients.s3;
const put = (key: string, Body: string, more: object = {}) =>
  s3().putObject({ Bucket: BUCKET, Key: key, Body, ...more });
const remove = (Key: string) => s3().deleteObject({ Bucket: BUCKET, Key });

/** An object right before the first key of a listing, for moto to leave out. */
const lost = (first: string) => put(markerBefore(first)!, "left out by moto");

/** S3's times have whole seconds, and so has a plan's. */
async function nextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1000);
  await vi.waitUntil(() => Math.floor(Date.now() / 1000) > second, { interval: 20, timeout: 5_000 });
}

beforeAll(async () => {
  account = await motoAccount("210000000001", REGION);
  await s3().createBucket({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: REGION } });
  await s3().putBucketVersioning({ Bucket: BUCKET, VersioningConfiguration: { Status: "Enabled" } });
  at = await incidentAt(account, deploymentByNamingRule("recovered", "prod", "nessie", REGION));
  for (const folder of ["deleted", "overwritten"]) await lost(`${PREFIX}${folder}/a`);
  for (const name of ["a", "b", "c", "ůň & x", "removed-before"]) await put(`${PREFIX}deleted/${name}`, `good ${name}`);
  await remove(`${PREFIX}deleted/removed-before`);
  const described = { ContentType: "text/plain", Metadata: { owner: "orders" }, Tagging: "layer=silver" };
  for (const name of ["a", "b"]) await put(`${PREFIX}overwritten/${name}`, `good ${name}`, described);
  await put(`${PREFIX}untouched`, "good");
  await put("lakehouse/users/deleted", "good");
  await nextSecond();
  since = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();
  for (const name of ["a", "b", "c", "ůň & x"]) await remove(`${PREFIX}deleted/${name}`);
  // Two markers are on top of each other.
  await remove(`${PREFIX}deleted/b`);
  for (const name of ["a", "b"]) await put(`${PREFIX}overwritten/${name}`, `damaged ${name}`);
  await put(`${PREFIX}new`, "new");
  await remove("lakehouse/users/deleted");
});

afterAll(() => at?.close());

/** What a reader of the bucket finds: content by key. */
async function contents(): Promise<Record<string, string>> {
  const { Contents = [] } = await s3().listObjectsV2({ Bucket: BUCKET });
  const found = await Promise.all(
    Contents.map(async ({ Key }) => {
      const { Body } = await s3().getObject({ Bucket: BUCKET, Key: Key! });
      return [Key!, (await Body?.transformToString()) ?? ""] as const;
    }),
  );
  return Object.fromEntries(found);
}

/** The ids of all versions that hold data, by key; the recovery never takes one away. */
async function dataVersions(): Promise<string[]> {
  const { Versions = [] } = await s3().listObjectVersions({ Bucket: BUCKET });
  return Versions.map(({ Key, VersionId }) => `${Key} ${VersionId}`);
}

test("the survey counts what was deleted, overwritten and is new, and changes nothing", async () => {
  const before = await dataVersions();
  const result = await at.run("list-s3-damage", { bucket: BUCKET, prefix: PREFIX, since });
  expectStatus(result, "done");
  expect(result.outcomes[0]?.note).toMatch(
    /deleted since: 4 objects.*overwritten since: 2 objects.*new since: 1 object/,
  );
  expect(await dataVersions()).toEqual(before);
});

test("deleted objects come back, all and only those, and go again by the undo", async () => {
  const [before, versions] = [await contents(), await dataVersions()];
  const result = await at.run("recover-s3-deleted", { bucket: BUCKET, prefix: PREFIX, since });
  expectStatus(result, "done");
  const back = ["a", "b", "c", "ůň & x"].map((name) => [`${PREFIX}deleted/${name}`, `good ${name}`]);
  expect(await contents()).toEqual({ ...before, ...Object.fromEntries(back) });
  expect(await dataVersions()).toEqual(versions);

  expectStatus(await at.undo(result.runId), "done");
  expect(await contents()).toEqual(before);
  expect(await dataVersions()).toEqual(versions);
});

test("overwritten objects are as they were with their metadata and tags, and damaged again by the undo", async () => {
  const [before, versions] = [await contents(), await dataVersions()];
  const result = await at.run("recover-s3-versions", { bucket: BUCKET, prefix: PREFIX, since });
  expectStatus(result, "done");
  const keys = ["a", "b"].map((name) => `${PREFIX}overwritten/${name}`);
  expect(await contents()).toEqual({ ...before, [keys[0]!]: "good a", [keys[1]!]: "good b" });
  for (const Key of keys) {
    const where = { Bucket: BUCKET, Key };
    expect(await s3().headObject(where)).toMatchObject({
      ContentType: "text/plain",
      Metadata: { owner: "orders" },
      ServerSideEncryption: "aws:kms",
    });
    expect((await s3().getObjectTagging(where)).TagSet).toEqual([{ Key: "layer", Value: "silver" }]);
  }
  expect(await dataVersions()).toEqual(expect.arrayContaining(versions));

  expectStatus(await at.undo(result.runId), "done");
  expect(await contents()).toEqual(before);
});

test("one version by its id is put on top", async () => {
  const key = `${PREFIX}overwritten/a`;
  const before = await contents();
  const { Versions = [] } = await s3().listObjectVersions({ Bucket: BUCKET, Prefix: key });
  const version = Versions.at(-1)!.VersionId!;
  const result = await at.run("recover-s3-versions", { bucket: BUCKET, prefix: key, version });
  expectStatus(result, "done");
  expect(await contents()).toEqual({ ...before, [key]: "good a" });
  expectStatus(await at.undo(result.runId), "done");
  expect(await contents()).toEqual(before);
});

test("what somebody writes after the restore is not taken away by its undo", async () => {
  const key = `${PREFIX}deleted/a`;
  const result = await at.run("recover-s3-deleted", { bucket: BUCKET, prefix: key, since });
  expectStatus(result, "done");
  await put(key, "somebody's");
  const undone = await at.undo(result.runId);
  expect(undone.outcomes[0]?.note).toMatch(/written or deleted again since/);
  expect((await contents())[key]).toBe("somebody's");
});

test("what was deleted for good is copied back from the replica, all and only that, and goes again by the undo", async () => {
  const [Replica, kept, purged] = [`${BUCKET}-replica`, "sales/kept", "sales/purged"];
  await s3().createBucket({ Bucket: Replica, CreateBucketConfiguration: { LocationConstraint: REGION } });
  await s3().putBucketVersioning({ Bucket: Replica, VersioningConfiguration: { Status: "Enabled" } });
  await put(kept, "kept");
  await lost(purged);
  for (const Key of [kept, purged]) await s3().putObject({ Bucket: Replica, Key, Body: `replica of ${Key}` });
  await s3().putBucketReplication({
    Bucket: BUCKET,
    ReplicationConfiguration: {
      Role: `arn:aws:iam::${account.accountId}:role/replication`,
      Rules: [
        { Status: "Enabled", Priority: 1, Filter: { Prefix: "" }, Destination: { Bucket: `arn:aws:s3:::${Replica}` } },
      ],
    },
  });
  await nextSecond();
  const now = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();
  const before = await contents();
  const result = await at.run("copy-back-replica", { bucket: BUCKET, prefix: "sales/", since: now });
  expectStatus(result, "done");
  expect(await contents()).toEqual({ ...before, [purged]: `replica of ${purged}` });
  expectStatus(await at.undo(result.runId), "done");
  expect(await contents()).toEqual(before);
});

test("expiry of versions is held and goes on by the undo; other rules stay as they are", async () => {
  const Rules = [
    {
      ID: "expire-versions",
      Status: "Enabled" as const,
      Filter: { Prefix: "" },
      NoncurrentVersionExpiration: { NoncurrentDays: 30 },
    },
    { ID: "expire-scratch", Status: "Enabled" as const, Filter: { Prefix: "scratch/" }, Expiration: { Days: 7 } },
  ];
  await s3().putBucketLifecycleConfiguration({ Bucket: BUCKET, LifecycleConfiguration: { Rules } });
  const rules = async () => (await s3().getBucketLifecycleConfiguration({ Bucket: BUCKET })).Rules;
  const before = await rules();
  const result = await at.run("hold-lifecycle", { bucket: BUCKET });
  expectStatus(result, "done");
  expect(await rules()).toEqual(
    before?.map((rule) => (rule.ID === "expire-versions" ? { ...rule, Status: "Disabled" } : rule)),
  );
  expectStatus(await at.undo(result.runId), "done");
  expect(await rules()).toEqual(before);
});
