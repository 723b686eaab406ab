import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { SCRATCH as Bucket, failureOf, scratch } from "./support.ts";

const REPLICA = "replica-bucket";

async function replicated(more: Partial<s3.ReplicationRule> = {}, region = "eu-west-1") {
  const found = await scratch();
  const { client, world } = found;
  const replica = world.buckets.add({ name: REPLICA, region, createdAtMs: 0, versioning: "Enabled" });
  const put = (rule: s3.ReplicationRule, bucket = Bucket) =>
    client.send(
      new s3.PutBucketReplicationCommand({
        Bucket: bucket,
        ReplicationConfiguration: { Role: "arn:aws:iam::111122223333:role/replication", Rules: [rule] },
      }),
    );
  const rule: s3.ReplicationRule = {
    ID: "all",
    Status: "Enabled",
    Priority: 1,
    Filter: { Prefix: "data/" },
    DeleteMarkerReplication: { Status: "Disabled" },
    Destination: { Bucket: `arn:aws:s3:::${REPLICA}` },
    ...more,
  };
  await put(rule);
  const status = async (Key: string) =>
    (await client.send(new s3.HeadObjectCommand({ Bucket, Key }))).ReplicationStatus;
  const write = (Key: string) => client.send(new s3.PutObjectCommand({ Bucket, Key, Body: Key }));
  return { ...found, replica, rule, put, status, write };
}

test("a version arrives later, with the same id; the statuses say how far it is", async () => {
  const { client, world, replica, status, write } = await replicated();
  const { VersionId } = await write("data/k");
  await write("other/k");
  expect([await status("data/k"), replica.objects.size]).toEqual(["PENDING", 0]);
  world.advanceBy(120_000);
  const copy = replica.latest("data/k");
  expect(copy?.atMs).toBe(world.epochMs);
  expect([await status("data/k"), copy?.versionId, copy?.replication]).toEqual(["COMPLETED", VersionId, "REPLICA"]);
  expect([await status("other/k"), replica.objects.size]).toEqual([undefined, 1]);
  // The way back: a copy takes its source from any region.
  const CopySource = `${REPLICA}/data/k?versionId=${VersionId}`;
  const back = await client.send(new s3.CopyObjectCommand({ Bucket, Key: "back", CopySource }));
  expect(back.CopySourceVersionId).toBe(VersionId);
});

test("delete markers are replicated only where the rule says so, deletions of versions never", async () => {
  const found = await replicated({ DeleteMarkerReplication: { Status: "Enabled" } });
  const { client, world, replica, write } = found;
  const { VersionId } = await write("data/k");
  world.advanceBy(120_000);
  await client.send(new s3.DeleteObjectCommand({ Bucket, Key: "data/k" }));
  await client.send(new s3.DeleteObjectCommand({ Bucket, Key: "data/k", VersionId }));
  world.advanceBy(120_000);
  expect(replica.objects.get("data/k")?.map(({ deleteMarker }) => deleteMarker)).toEqual([true, false]);
  await found.put(found.rule);
  await found.put({ ...found.rule, DeleteMarkerReplication: { Status: "Disabled" } });
  await write("data/l");
  await client.send(new s3.DeleteObjectCommand({ Bucket, Key: "data/l" }));
  world.advanceBy(120_000);
  expect(replica.objects.get("data/l")?.length).toBe(1);
});

test("a destination that is gone fails the replication", async () => {
  const { world, status, write } = await replicated();
  await write("data/k");
  world.buckets.byName.delete(REPLICA);
  world.advanceBy(120_000);
  expect(await status("data/k")).toBe("FAILED");
});

test("configuration: not found, refused without versioning or destination, deleted", async () => {
  const { client, bucket, put, rule, replica } = await replicated();
  const read = () => client.send(new s3.GetBucketReplicationCommand({ Bucket }));
  expect((await read()).ReplicationConfiguration?.Rules).toEqual([rule]);
  const suspend = new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } });
  expect(await failureOf(client.send(suspend))).toMatchObject({ name: "InvalidBucketState", status: 409 });
  replica.versioning = "Suspended";
  expect(await failureOf(put(rule))).toMatchObject({ name: "InvalidRequest" });
  bucket.versioning = undefined;
  expect(await failureOf(put(rule))).toMatchObject({ name: "InvalidRequest" });
  await client.send(new s3.DeleteBucketReplicationCommand({ Bucket }));
  expect(await failureOf(read())).toMatchObject({ name: "ReplicationConfigurationNotFoundError", status: 404 });
});
