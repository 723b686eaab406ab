import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { textContent } from "../../../src/sim/world/s3/content.ts";
import { SCRATCH as Bucket, failureOf, scratch } from "./support.ts";

const DAY_MS = 86_400_000;

async function withRules(...Rules: s3.LifecycleRule[]) {
  const found = await scratch();
  const put = (rules: s3.LifecycleRule[]) =>
    found.client.send(
      new s3.PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: rules } }),
    );
  if (Rules.length > 0) await put(Rules);
  const { bucket, world } = found;
  const write = (key: string, tags?: Record<string, string>) =>
    bucket.write(key, textContent(key), { atMs: world.kernel.nowMs, origin: "world", tags });
  const remove = (key: string) => bucket.delete(key, { atMs: world.kernel.nowMs, origin: "world" });
  const left = (key: string) => bucket.objects.get(key)?.map(({ deleteMarker }) => (deleteMarker ? "marker" : "data"));
  return { ...found, put, write, remove, left };
}

const rule = (more: Partial<s3.LifecycleRule>): s3.LifecycleRule => ({
  Status: "Enabled",
  Filter: { Prefix: "" },
  ...more,
});

test("noncurrent versions go at the first midnight after their days, counted from when they became noncurrent", async () => {
  const { world, write, left } = await withRules(rule({ NoncurrentVersionExpiration: { NoncurrentDays: 1 } }));
  // The tests' epoch is 03:00 UTC: one day later is the 24th at 03:00, rounded up to midnight of the 25th.
  write("k");
  world.advanceBy(1000);
  write("k");
  world.advanceTo(world.epochMs + 2 * DAY_MS - 3 * 3_600_000 - 1000);
  expect(left("k")).toEqual(["data", "data"]);
  world.advanceBy(1000);
  expect(left("k")).toEqual(["data"]);
});

test("filters by prefix, tag and size; newer noncurrent versions can be kept; a disabled rule does nothing", async () => {
  const expire = { NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: 1 } };
  const { world, write, left } = await withRules(
    rule({ ...expire, Filter: { Prefix: "a/" } }),
    rule({ ...expire, Filter: { And: { Tags: [{ Key: "keep", Value: "no" }], ObjectSizeGreaterThan: 3 } } }),
    rule({ ...expire, Status: "Disabled" }),
  );
  for (let round = 0; round < 4; round++) {
    write("a/k");
    write("tagged", { keep: "no" });
    write("tag", { keep: "no" });
    write("other");
  }
  world.advanceBy(3 * DAY_MS);
  expect([left("a/k")?.length, left("tagged")?.length, left("tag")?.length, left("other")?.length]).toEqual([
    2, 2, 4, 4,
  ]);
});

test("expiration puts a marker on top; a lone marker goes when the rule says so", async () => {
  const { world, write, remove, left } = await withRules(
    rule({ Filter: { Prefix: "old/" }, Expiration: { Days: 1 } }),
    rule({ Filter: { Prefix: "markers/" }, Expiration: { ExpiredObjectDeleteMarker: true } }),
  );
  write("old/k");
  remove("markers/lone");
  write("markers/over-data");
  remove("markers/over-data");
  remove("elsewhere/lone");
  world.advanceBy(3 * DAY_MS);
  expect([left("old/k"), left("markers/lone"), left("markers/over-data"), left("elsewhere/lone")]).toEqual([
    ["marker", "data"],
    undefined,
    ["marker", "data"],
    ["marker"],
  ]);
});

test("unfinished uploads are aborted", async () => {
  const { client, bucket, world } = await withRules(
    rule({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 } }),
  );
  await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key: "k" }));
  world.advanceBy(DAY_MS);
  expect(bucket.uploads.size).toBe(1);
  world.advanceBy(2 * DAY_MS);
  expect(bucket.uploads.size).toBe(0);
});

test("putting a configuration replaces all rules; refusals; deletion", async () => {
  const { client, put } = await withRules();
  const read = async () => (await client.send(new s3.GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules;
  expect(await failureOf(read())).toMatchObject({ name: "NoSuchLifecycleConfiguration", status: 404 });
  const expiration = { NoncurrentVersionExpiration: { NoncurrentDays: 30 } };
  await put([rule({ ID: "a", ...expiration }), rule({ ID: "b", ...expiration })]);
  await put([rule(expiration)]);
  expect(await read()).toEqual([rule({ ID: expect.any(String), ...expiration })]);
  expect(await failureOf(put([]))).toMatchObject({ name: "MalformedXML" });
  expect(await failureOf(put([rule({})]))).toMatchObject({ name: "InvalidRequest" });
  const zero = rule({ NoncurrentVersionExpiration: { NoncurrentDays: 0 } });
  expect(await failureOf(put([zero]))).toMatchObject({ name: "InvalidArgument" });
  const same = rule({ ID: "a", ...expiration });
  expect(await failureOf(put([same, same]))).toMatchObject({ name: "InvalidArgument" });
  await client.send(new s3.DeleteBucketLifecycleCommand({ Bucket }));
  expect(await failureOf(read())).toMatchObject({ name: "NoSuchLifecycleConfiguration" });
});

test("the template's lakehouse expires noncurrent versions after 30 days", async () => {
  const { client } = await scratch();
  const { Rules } = await client.send(
    new s3.GetBucketLifecycleConfigurationCommand({ Bucket: "lakehouse-prod-lakehouse" }),
  );
  expect(Rules?.[0]).toMatchObject({ Status: "Enabled", NoncurrentVersionExpiration: { NoncurrentDays: 30 } });
});
