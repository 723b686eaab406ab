import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import { expectStatus, incidentAt, type MotoAccount, type MotoIncident, motoAccount } from "./moto-incident.ts";

// Putting a Terraform state back at an S3 and a DynamoDB that we did not write: conditional writes of both, versions, checksums.

const REGION = "eu-west-2";
const BUCKET = "mayday-moto-tfstate";
const LOCK_TABLE = "terraform-locks";
const LINEAGE = "3f9a6a2e-0c1d-4b7a-9d55-0123456789ab";
const SECRET = "s3cr3t-value-of-an-attribute";

/** A state as Terraform writes it: the serial is its only member that a recovery changes. */
const stateOf = (serial: number, resources: string[]) =>
  `${JSON.stringify(
    {
      version: 4,
      terraform_version: "1.9.5",
      serial,
      lineage: LINEAGE,
      outputs: { token: { value: SECRET, type: "string" } },
      resources: resources.map((name) => ({
        mode: "managed",
        type: "aws_s3_bucket",
        name,
        provider: 'provider["registry.terraform.io/hashicorp/aws"]',
        instances: [{ schema_version: 0, attributes: { bucket: name } }],
      })),
      check_results: null,
    },
    undefined,
    2,
  )}\n`;

const md5 = (text: string) => createHash("md5").update(text).digest("hex");

let account: MotoAccount;
const opened: MotoIncident[] = [];

beforeAll(async () => {
  account = await motoAccount("210000000002", REGION);
  const { s3, dynamodb } = account.clients;
  await s3.createBucket({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: REGION } });
  await s3.putBucketVersioning({ Bucket: BUCKET, VersioningConfiguration: { Status: "Enabled" } });
  await dynamodb.createTable({
    TableName: LOCK_TABLE,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "LockID", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "LockID", KeyType: "HASH" }],
  });
});

afterAll(async () => {
  for (const at of opened) await at.close();
});

/** A state object with its locks, what is there of it, and an incident that knows it. */
async function stateAt(key: string, { lockTable }: { lockTable?: string }) {
  const { s3, dynamodb } = account.clients;
  const where = { Bucket: BUCKET, Key: key };
  const deployment = deploymentByNamingRule("recovered", "prod", "nessie", REGION);
  const terraform = { stateBucket: BUCKET, stateKey: key, ...(lockTable ? { lockTable } : {}) };
  const at = await incidentAt(account, { ...deployment, terraform });
  opened.push(at);
  const item = async (suffix: string) => {
    const Key = { LockID: { S: `${BUCKET}/${key}${suffix}` } };
    return (await dynamodb.getItem({ TableName: LOCK_TABLE, Key, ConsistentRead: true })).Item;
  };
  return {
    at,
    write: (Body: string) => s3.putObject({ ...where, Body, ContentType: "application/json" }),
    putItem: (suffix: string, attributes: Record<string, { S: string }>) =>
      dynamodb.putItem({ TableName: LOCK_TABLE, Item: { LockID: { S: `${BUCKET}/${key}${suffix}` }, ...attributes } }),
    lockAs: (kind: (typeof KINDS)[number]) =>
      kind === "table"
        ? dynamodb.putItem({
            TableName: LOCK_TABLE,
            Item: { LockID: { S: `${BUCKET}/${key}` }, Info: { S: THEIRS } },
          })
        : s3.putObject({ Bucket: BUCKET, Key: `${key}.tflock`, Body: THEIRS }),
    text: async () => (await (await s3.getObject(where)).Body?.transformToString()) ?? "",
    head: () => s3.headObject(where),
    versions: async () =>
      ((await s3.listObjectVersions({ Bucket: BUCKET, Prefix: key })).Versions ?? [])
        .filter(({ Key }) => Key === key)
        .map(({ VersionId }) => VersionId),
    lockItem: () => item(""),
    digest: async () => (await item("-md5"))?.Digest?.S,
    lockFiles: async () => {
      const { Versions = [], DeleteMarkers = [] } = await s3.listObjectVersions({
        Bucket: BUCKET,
        Prefix: `${key}.tflock`,
      });
      return { taken: Versions.length, released: DeleteMarkers.length, isFree: !Versions.some((one) => one.IsLatest) };
    },
  };
}

const GOOD = stateOf(9, ["lake", "audit", "logs"]);
const DAMAGED = stateOf(4, ["lake"]);

test("locked by DynamoDB: a damaged state is replaced under the lock with the next serial and its digest, and undone", async () => {
  const state = await stateAt("table/terraform.tfstate", { lockTable: LOCK_TABLE });
  await state.write(GOOD);
  await state.putItem("-md5", { Digest: { S: md5(GOOD) } });
  await state.write(DAMAGED);
  const before = await state.versions();
  const result = await state.at.run("recover-terraform-state");
  expectStatus(result, "done");
  expect(await state.text()).toBe(GOOD.replace('"serial": 9', '"serial": 10'));
  expect(await state.head()).toMatchObject({ ContentType: "application/json" });
  expect(await state.digest()).toBe(md5(await state.text()));
  expect(await state.lockItem()).toBeUndefined();
  expect(await state.versions()).toEqual([expect.any(String), ...before]);

  expectStatus(await state.at.undo(result.runId), "done");
  expect(await state.text()).toBe(DAMAGED.replace('"serial": 4', '"serial": 11'));
  expect(await state.digest()).toBe(md5(await state.text()));
  expect(await state.lockItem()).toBeUndefined();
  expect(await state.lockFiles()).toMatchObject({ taken: 0 });
  expect(JSON.stringify([result, state.at.incident.store.getState()])).not.toContain(SECRET);
});

test("locked by S3: the lock object is made on condition that there is none, and given back; a deleted state comes back", async () => {
  const state = await stateAt("native/terraform.tfstate", {});
  await state.write(GOOD);
  await account.clients.s3.deleteObject({ Bucket: BUCKET, Key: "native/terraform.tfstate" });
  const result = await state.at.run("recover-terraform-state");
  expectStatus(result, "done");
  expect(await state.text()).toBe(GOOD.replace('"serial": 9', '"serial": 10'));
  expect(await state.lockFiles()).toEqual({ taken: 1, released: 1, isFree: true });

  expectStatus(await state.at.undo(result.runId), "done");
  await expect(state.text()).rejects.toMatchObject({ name: "NoSuchKey" });
  expect(await state.lockFiles()).toEqual({ taken: 2, released: 2, isFree: true });
  expect(await state.versions()).toHaveLength(2);
});

/** The lock of somebody else, as Terraform writes it. */
const THEIRS = JSON.stringify({
  ID: "5d1f0c9a-1111-4222-8333-444455556666",
  Operation: "OperationTypeApply",
  Info: "",
  Who: "jo@laptop",
  Version: "1.9.5",
  Created: new Date().toISOString(),
  Path: BUCKET,
});
const KINDS = ["table", "file"] as const;

test("a state that somebody else has locked is never touched, whichever kind of lock it is", async () => {
  for (const kind of KINDS) {
    const key = `held-${kind}/terraform.tfstate`;
    const state = await stateAt(key, kind === "table" ? { lockTable: LOCK_TABLE } : {});
    await state.write(GOOD);
    await state.write(DAMAGED);
    const { incident } = state.at;
    const early = await incident.prepare("recover-terraform-state", {});
    await state.lockAs(kind);
    // Taken between plan and run: the conditional write meets it.
    const result = await incident.execute(early, { typedName: BUCKET });
    expect(result.status, JSON.stringify(result.outcomes)).not.toBe("done");
    expect(JSON.stringify(result)).toContain("jo@laptop");
    const late = await incident.prepare("recover-terraform-state", {});
    expect(late.refusedReason).toContain("jo@laptop");
    expect(await state.text()).toBe(DAMAGED);
    expect(await state.versions()).toHaveLength(2);
    if (kind === "table") expect((await state.lockItem())?.Info?.S).toBe(THEIRS);
    else expect(await state.lockFiles()).toEqual({ taken: 1, released: 0, isFree: false });
  }
});

test("a dead job's lock is released, of either kind, and given back by the undo", async () => {
  for (const kind of KINDS) {
    const state = await stateAt(`dead-${kind}/terraform.tfstate`, kind === "table" ? { lockTable: LOCK_TABLE } : {});
    await state.write(GOOD);
    await state.lockAs(kind);
    const result = await state.at.run("release-terraform-lock");
    expectStatus(result, "done");
    if (kind === "table") expect(await state.lockItem()).toBeUndefined();
    else expect(await state.lockFiles()).toEqual({ taken: 1, released: 1, isFree: true });
    expectStatus(await state.at.undo(result.runId), "done");
    if (kind === "table") expect((await state.lockItem())?.Info?.S).toBe(THEIRS);
    else expect(await state.lockFiles()).toEqual({ taken: 2, released: 1, isFree: false });
    expect(await state.text()).toBe(GOOD);
  }
});

test("a state that was copied by hand is mended: its digest fits again, and the object is not written", async () => {
  const state = await stateAt("mended/terraform.tfstate", { lockTable: LOCK_TABLE });
  await state.write(DAMAGED);
  await state.putItem("-md5", { Digest: { S: md5(DAMAGED) } });
  await state.write(GOOD);
  const versions = await state.versions();
  expectStatus(await state.at.run("mend-terraform-state"), "done");
  expect(await state.digest()).toBe(md5(GOOD));
  expect(await state.lockItem()).toBeUndefined();
  expect(await state.versions()).toEqual(versions);
});
