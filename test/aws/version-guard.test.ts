import { describe, expect, it } from "vitest";
import type { AwsLayer } from "../../src/aws/contract.ts";
import { createAwsLayer } from "../../src/aws/layer.ts";
import { ManualClock, systemClock } from "../../src/base/clock.ts";
import { Failure } from "../../src/base/failure.ts";
import { ACCESS_KEYS } from "../../src/sim/world/principals.ts";
import { textContent } from "../../src/sim/world/s3/content.ts";
import { testSimulator } from "../support/simulator.ts";

const Bucket = "scratch";
const ACTION = { purpose: "action" } as const;
const UNDO = { purpose: "action", undoesRestore: true } as const;

async function scratch(versioning: "Enabled" | "Suspended" | "off" = "Enabled") {
  const simulator = await testSimulator();
  const { world } = simulator;
  const bucket = world.buckets.add({
    name: Bucket,
    region: "us-east-1",
    createdAtMs: 0,
    versioning: versioning === "off" ? undefined : versioning,
  });
  const layer = async (clock = systemClock()) => {
    const aws = await createAwsLayer({
      clock,
      region: "us-east-1",
      endpoint: simulator.endpoint,
      credentials: { accessKeyId: ACCESS_KEYS.responder, secretAccessKey: "s" },
      loopbackOnly: true,
    });
    aws.pinAccount((await aws.identity(ACTION)).accountId);
    return aws;
  };
  const write = (key: string, text = key) =>
    bucket.write(key, textContent(text), { atMs: world.kernel.nowMs, origin: "world" });
  const remove = (key: string) => bucket.delete(key, { atMs: world.kernel.nowMs, origin: "world" });
  /** Everything in the bucket, to see that nothing changed. */
  const content = () =>
    [...bucket.objects.from()].map(([key, versions]) => [key, versions.map(({ versionId }) => versionId)]);
  const deletions = () => simulator.calls.filter(({ operation }) => /^DeleteObject/.test(operation)).length;
  return { simulator, bucket, layer, write, remove, content, deletions };
}

type Target = { Key: string; VersionId?: string; ETag?: string };
const remove = (aws: AwsLayer, Objects: Target[], options: typeof ACTION | typeof UNDO = ACTION) =>
  aws.call("s3", "DeleteObjects", { Bucket, Delete: { Objects } }, options);

async function whyRefused(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Failure);
  expect((error as Failure).kind).toBe("refused");
  return (error as Failure).detail.why;
}

describe("the guard of versions", () => {
  it("removes a marker that a listing has just named, once, and no other version in any way", async () => {
    const { layer, write, remove: mark, content, deletions } = await scratch();
    const data = write("a");
    const marker = mark("a")!;
    const before = content();
    const aws = await layer();
    const notRead = /was not just read as a delete marker/;
    const one = (VersionId: string) => remove(aws, [{ Key: "a", VersionId }]);
    // Not read at all, then read: the marker is let through, and nothing else is.
    expect(await whyRefused(one(marker.versionId))).toMatch(notRead);
    await aws.call("s3", "ListObjectVersions", { Bucket }, ACTION);
    for (const version of [data.versionId, "null", "", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"])
      expect(await whyRefused(one(version))).toMatch(notRead);
    expect(await whyRefused(remove(aws, [{ Key: "b", VersionId: marker.versionId }]))).toMatch(notRead);
    expect(await whyRefused(remove(aws, [{ Key: "a" }]))).toMatch(/not the undo of a restore/);
    const mixed = [
      { Key: "a", VersionId: marker.versionId },
      { Key: "a", VersionId: data.versionId },
    ];
    expect(await whyRefused(remove(aws, mixed))).toMatch(notRead);
    expect(await whyRefused(remove(aws, [mixed[0]!, { Key: "a" }]))).toMatch(/not the undo of a restore/);
    const bypass = { Bucket, BypassGovernanceRetention: true, Delete: { Objects: [mixed[0]!] } };
    expect(await whyRefused(aws.call("s3", "DeleteObjects", bypass, ACTION))).toMatch(/bypass/);
    expect([content(), deletions()]).toEqual([before, 0]);
    await one(marker.versionId);
    expect(content()).toEqual([["a", [data.versionId]]]);
    expect(await whyRefused(one(marker.versionId))).toMatch(notRead);
  });

  it("leaves a null version alone although a listing names it a marker: data may take its place under the same id", async () => {
    const { bucket, layer, write, remove: mark, content, deletions } = await scratch("Suspended");
    write("a");
    expect(mark("a")?.versionId).toBe("null");
    const before = content();
    const aws = await layer();
    const { output } = await aws.call("s3", "ListObjectVersions", { Bucket }, ACTION);
    expect(output.DeleteMarkers).toMatchObject([{ Key: "a", VersionId: "null", IsLatest: true }]);
    bucket.versioning = "Enabled";
    expect(await whyRefused(remove(aws, [{ Key: "a", VersionId: "null" }]))).toMatch(/was not just read/);
    expect([content(), deletions()]).toEqual([before, 0]);
  });

  it("another bucket's listing, another layer's and an old one count for nothing; a HEAD of the version does", async () => {
    const { simulator, layer, write, remove: mark, content } = await scratch();
    simulator.world.buckets.add({ name: "other", region: "us-east-1", createdAtMs: 0, versioning: "Enabled" });
    write("a");
    const marker = mark("a")!;
    const target = [{ Key: "a", VersionId: marker.versionId }];
    const clock = new ManualClock(simulator.epochMs);
    const aws = await layer(clock);
    await (await layer()).call("s3", "ListObjectVersions", { Bucket }, ACTION);
    await aws.call("s3", "ListObjectVersions", { Bucket: "other" }, ACTION);
    expect(await whyRefused(remove(aws, target))).toMatch(/not just read/);
    await aws.call("s3", "ListObjectVersions", { Bucket, EncodingType: "url" }, ACTION);
    clock.advance(6 * 60_000);
    expect(await whyRefused(remove(aws, target))).toMatch(/not just read/);
    // The current version's HEAD says that there is a marker, but not which version was asked for.
    await expect(aws.call("s3", "HeadObject", { Bucket, Key: "a" }, ACTION)).rejects.toMatchObject({});
    expect(await whyRefused(remove(aws, target))).toMatch(/not just read/);
    await expect(
      aws.call("s3", "HeadObject", { Bucket, Key: "a", VersionId: marker.versionId }, ACTION),
    ).rejects.toMatchObject({});
    await remove(aws, target);
    expect(content()[0]?.[1]).toHaveLength(1);
  });

  it("a key that needs encoding is the same key in a listing and in a deletion", async () => {
    const { layer, write, remove: mark, content } = await scratch();
    const keys = ["a b+c%2B/ü\u{1f600}", "line\nbreak", "tab\tand&<>\"'"];
    const markers = keys.map((key) => {
      write(key);
      return { Key: key, VersionId: mark(key)!.versionId };
    });
    const aws = await layer();
    await aws.call("s3", "ListObjectVersions", { Bucket, EncodingType: "url" }, ACTION);
    await remove(aws, markers);
    expect(content().every(([, versions]) => versions?.length === 1)).toBe(true);
  });

  it("adds a marker as the undo of a restore alone, on condition of what was just read as current", async () => {
    const { simulator, bucket, layer, write, content, deletions } = await scratch();
    const version = write("a");
    const aws = await layer();
    const target = [{ Key: "a", ETag: version.etag }];
    expect(await whyRefused(remove(aws, target, UNDO))).toMatch(/just read as its current/);
    await aws.call("s3", "ListObjectVersions", { Bucket }, ACTION);
    expect(await whyRefused(remove(aws, target))).toMatch(/not the undo/);
    expect(await whyRefused(remove(aws, [{ Key: "a" }], UNDO))).toMatch(/without the ETag/);
    expect(await whyRefused(remove(aws, [{ Key: "a", ETag: "*" }], UNDO))).toMatch(/without the ETag/);
    expect(await whyRefused(remove(aws, [{ Key: "a", ETag: '"other"' }], UNDO))).toMatch(/without the ETag/);
    expect(deletions()).toBe(0);
    // Something newer that came after the reading is not hidden: S3 itself refuses.
    write("a", "newer");
    const { output } = await remove(aws, target, UNDO);
    expect(output.Errors).toMatchObject([{ Key: "a", Code: "PreconditionFailed" }]);
    const newer = bucket.latest("a")!;
    await aws.call("s3", "HeadObject", { Bucket, Key: "a" }, ACTION);
    await remove(aws, [{ Key: "a", ETag: newer.etag }], UNDO);
    expect(bucket.latest("a")?.deleteMarker).toBe(true);
    expect(content()[0]?.[1]).toHaveLength(3);
    expect(simulator.calls.filter(({ operation }) => operation === "GetBucketVersioning")).toHaveLength(1);
  });

  it("a single marker needs the ETag that was just read or written; Terraform's lock file is no data", async () => {
    const { simulator, bucket, layer, write } = await scratch();
    const { etag } = write("a");
    const aws = await layer();
    const one = (Key: string, condition: object = {}) =>
      aws.call("s3", "DeleteObject", { Bucket, Key, ...condition }, ACTION);
    expect(await whyRefused(one("a"))).toMatch(/without the ETag/);
    expect(await whyRefused(one("a", { IfMatch: etag }))).toMatch(/just read/);
    await aws.call("s3", "HeadObject", { Bucket, Key: "a" }, ACTION);
    expect(await whyRefused(one("a", { IfMatch: "*" }))).toMatch(/without the ETag/);
    await one("a", { IfMatch: etag });
    expect(bucket.latest("a")?.deleteMarker).toBe(true);
    expect(await whyRefused(one("a", { VersionId: bucket.objects.get("a")![1]!.versionId }))).toMatch(/not just read/);
    // Where there is no versioning a lock that was just written can be released, and nothing else can be deleted.
    simulator.world.buckets.add({ name: "plain", region: "us-east-1", createdAtMs: 0 });
    const put = async (Key: string) => {
      const input = { Bucket: "plain", Key, Body: "{}", IfNoneMatch: "*" };
      const { output } = await aws.call("s3", "PutObject", input, ACTION);
      return aws.call("s3", "DeleteObject", { Bucket: "plain", Key, IfMatch: output.ETag }, ACTION);
    };
    await put("terraform.tfstate.tflock");
    expect(await whyRefused(put("terraform.tfstate"))).toMatch(/versioning of bucket plain is off/);
  });

  it.each(["Suspended", "off"] as const)("with versioning %s nothing is written or marked", async (versioning) => {
    const { layer, write, content } = await scratch(versioning);
    const version = write("a");
    write("b");
    const before = content();
    const aws = await layer();
    const refused = /versioning of bucket scratch is (suspended|off)/;
    await aws.call("s3", "ListObjectVersions", { Bucket }, ACTION);
    const copy = { Bucket, Key: "a", CopySource: `${Bucket}/b` };
    expect(await whyRefused(aws.call("s3", "CopyObject", copy, ACTION))).toMatch(refused);
    expect(await whyRefused(remove(aws, [{ Key: "a", ETag: version.etag }], UNDO))).toMatch(refused);
    const complete = { Bucket, Key: "a", UploadId: "x" };
    expect(await whyRefused(aws.call("s3", "CompleteMultipartUpload", complete, ACTION))).toMatch(refused);
    expect(content()).toEqual(before);
    // Where there is nothing, nothing can be replaced.
    await aws.call(
      "s3",
      "CopyObject",
      { ...copy, Key: "c", IfNoneMatch: "*", ServerSideEncryption: "aws:kms" },
      ACTION,
    );
    expect(content()).toHaveLength(3);
  });

  it("turned off after it was read, versioning is read again", async () => {
    const { simulator, bucket, layer, write } = await scratch();
    write("a");
    const clock = new ManualClock(simulator.epochMs);
    const aws = await layer(clock);
    const copy = () =>
      aws.call("s3", "CopyObject", { Bucket, Key: "b", CopySource: `${Bucket}/a`, MetadataDirective: "COPY" }, ACTION);
    await copy();
    bucket.versioning = "Suspended";
    clock.advance(61_000);
    expect(await whyRefused(copy())).toMatch(/suspended/);
  });
});
