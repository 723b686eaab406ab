import { describe, expect, it } from "vitest";
import { recover } from "../../src/recovery/s3/recovery.ts";
import { GeneratedContent } from "../../src/sim/world/s3/content.ts";
import { dataVersions, history, planOf, restored, scratch, seen, undone } from "./support.ts";

const SINCE = { since: -60, kinds: ["overwritten" as const], copies: {} };
const MB = 1024 ** 2;

describe("restoring previous versions", () => {
  it("copies the version of that time on top, and the undo copies the former one back; nothing is deleted", async () => {
    const found = await scratch();
    const { bucket, put, remove } = found;
    put("k", "first", -200);
    put("k", "that time", -100);
    put("k", "damage", -30);
    put("k", "more damage", -20);
    put("kept", "kept", -100);
    put("new", "new", -30);
    put("lost", "lost", -100);
    remove("lost", -30);
    const before = dataVersions(bucket);
    const { counts } = await restored(found, SINCE);
    expect(counts).toMatchObject({ restored: 1, bytes: "that time".length, changed: 0, failed: 0 });
    expect(seen(bucket)).toEqual({ k: "that time", kept: "kept", new: "new" });
    expect(dataVersions(bucket)).toEqual(expect.arrayContaining(before));
    expect(await undone(found.context)).toMatchObject({ undone: 1, problems: [] });
    expect(seen(bucket).k).toBe("more damage");
    expect(await undone(found.context)).toMatchObject({ undone: 0, already: 1 });
    expect(dataVersions(bucket)).toEqual(expect.arrayContaining(before));
    expect(bucket.objects.get("k")).toHaveLength(6);
  });

  it("of deleted objects: the version of that time, and the undo puts a marker on top again", async () => {
    const found = await scratch();
    const { bucket, put, remove } = found;
    put("k", "that time", -100);
    put("k", "newer", -40);
    remove("k", -30);
    await restored(found, { ...SINCE, kinds: ["deleted"] });
    // The version below the marker is the newer one; asked for by copies it is what undeleting would give.
    expect(seen(bucket)).toEqual({ k: "newer" });
    expect(history(bucket).k).toHaveLength(4);
    expect(await undone(found.context)).toMatchObject({ undone: 1, problems: [] });
    expect(seen(bucket)).toEqual({});
    expect(history(bucket).k?.map((id) => (id === "-" ? id : "v"))).toEqual(["-", "v", "-", "v", "v"]);
    expect(await undone(found.context)).toMatchObject({ undone: 0, already: 1 });
  });

  it("keeps type, metadata, tags and storage class, and encrypts by the bucket's own key", async () => {
    const key = "arn:aws:kms:us-east-1:111122223333:key/5e1f0000-0000-4000-a000-00000000abcd";
    const found = await scratch();
    const { bucket, put, simulator } = found;
    const odd = "a b+c%2B/ü?&=#'*.parquet";
    const details = {
      encryption: { algorithm: "AES256" as const },
      contentType: "application/vnd.apache.parquet",
      cacheControl: "no-cache",
      contentEncoding: "gzip",
      metadata: { writer: "dagster" },
      storageClass: "STANDARD_IA",
    };
    put(odd, "that time", -100, { details, tags: { tier: "gold", "a b": "c+d" } });
    put(odd, "damage", -30);
    const plan = planOf(found.nowMs, SINCE);
    plan.target.kmsKeyId = key;
    plan.target.bucketKey = true;
    expect((await recover(plan, found.context)).counts.restored).toBe(1);
    const latest = bucket.latest(odd)!;
    expect(latest.details).toMatchObject({
      ...details,
      encryption: { algorithm: "aws:kms", keyId: key, bucketKey: true },
    });
    expect(latest.tags).toEqual({ tier: "gold", "a b": "c+d" });
    const copies = simulator.calls.filter(({ operation }) => operation === "CopyObject");
    expect(copies).toHaveLength(1);
  });

  it("a large object goes by parts, with all that belongs to it, and so does its undo", async () => {
    const found = await scratch();
    const { bucket, put, simulator, nowMs } = found;
    const sizes = { whole: 8 * MB, part: 5 * MB };
    const details = {
      encryption: { algorithm: "aws:kms" as const },
      contentType: "application/octet-stream",
      contentLanguage: "de",
      metadata: { writer: "spark" },
      expires: "Wed, 21 Oct 2026 07:28:00 GMT",
    };
    const content = new GeneratedContent(7, 12 * MB + 3);
    const write = { atMs: nowMs - 100_000, origin: "world" as const, details, tags: { a: "1&2" } };
    bucket.write("big", content, write);
    put("big", "damage", -30);
    const { counts } = await restored(found, { ...SINCE, copies: { sizes } });
    expect(counts).toMatchObject({ restored: 1, bytes: 12 * MB + 3 });
    const latest = bucket.latest("big")!;
    expect(Buffer.compare(latest.content!.bytes(0, latest.size), content.bytes(0, content.size))).toBe(0);
    expect(latest.details).toMatchObject({ ...details, encryption: { algorithm: "aws:kms" } });
    expect(latest.tags).toEqual({ a: "1&2" });
    const parts = simulator.calls.filter(({ operation }) => operation === "UploadPartCopy");
    expect(parts).toHaveLength(3);
    expect(await undone(found.context, "one", sizes)).toMatchObject({ undone: 1 });
    expect(seen(bucket).big).toBe("damage");
  });

  it("a copy by parts that S3 refuses at its end leaves no parts behind", async () => {
    const found = await scratch();
    const { bucket, put, simulator, nowMs } = found;
    bucket.write("big", new GeneratedContent(7, 12 * MB), { atMs: nowMs - 100_000, origin: "world" });
    put("big", "damage", -30);
    simulator.faults.add({ kind: "deny", service: "s3", operation: "CompleteMultipartUpload" });
    const { counts } = await restored(found, { ...SINCE, copies: { sizes: { whole: 8 * MB, part: 5 * MB } } });
    expect(counts).toMatchObject({ restored: 0, failed: 1 });
    expect(bucket.uploads.size).toBe(0);
    expect(seen(bucket).big).toBe("damage");
  });

  it("compares checksums where both have one, and lists what is archived", async () => {
    const found = await scratch();
    const { bucket, put, simulator } = found;
    const checksum = { algorithm: "CRC32" as const, value: "qtL5Wg==", type: "FULL_OBJECT" as const };
    const encryption = { algorithm: "AES256" as const };
    put("summed", "that time", -100, { details: { encryption, checksum } });
    put("summed", "damage", -30);
    put("archived", "that time", -100, { details: { encryption, storageClass: "DEEP_ARCHIVE" } });
    put("archived", "damage", -30);
    const { counts } = await restored(found, SINCE);
    expect(counts).toMatchObject({ restored: 1, failed: 1 });
    expect(seen(bucket)).toEqual({ archived: "damage", summed: "that time" });
    // The source is looked at, too.
    const heads = simulator.calls.filter(({ operation }) => operation === "HeadObject");
    expect(heads).toHaveLength(2);
  });

  it("leaves to a person what a listing does not tell: a version and a marker of the same second", async () => {
    const found = await scratch();
    const { bucket, put, remove } = found;
    put("k", "came and went in a second", -100);
    remove("k", -100);
    put("k", "damage", -30);
    put("other", "other", -100);
    remove("other", -100);
    remove("other", -30);
    const before = history(bucket);
    const copies = await restored(found, { ...SINCE, kinds: ["overwritten", "deleted"] });
    expect(copies.counts).toMatchObject({ restored: 0, unclear: 2 });
    const { counts } = await restored(found, { since: -60, kinds: ["deleted"], id: "two" });
    expect(counts).toMatchObject({ restored: 0, unclear: 1 });
    expect(history(bucket)).toEqual(before);
  });

  it("never covers what was written meanwhile", async () => {
    const found = await scratch();
    const { bucket, put, remove } = found;
    for (const key of ["deleted", "fine", "late", "written"]) {
      put(key, "that time", -100);
      put(key, "damage", -30);
    }
    const plan = planOf(found.nowMs, SINCE);
    // "late" is written between the last look and the copy: only S3's own condition sees that.
    found.simulator.faults.add({
      kind: "latency",
      latencyMs: 0,
      service: "s3",
      operation: "CopyObject",
      times: 1,
      onHit: () => put("late", "newest", 1),
    });
    const result = await recover(
      {
        ...plan,
        find: async (finding) => {
          await plan.find(finding);
          put("written", "newest", 0);
          remove("deleted", 0);
        },
      },
      found.context,
    );
    expect(result.counts).toMatchObject({ restored: 1, changed: 3 });
    expect(seen(bucket)).toEqual({ fine: "that time", late: "newest", written: "newest" });
    // Nor does the undo.
    put("fine", "newest of all", 2);
    expect(await undone(found.context)).toMatchObject({ undone: 0, problems: [{ k: "fine", kind: "changed" }] });
    expect(seen(bucket)).toEqual({ fine: "newest of all", late: "newest", written: "newest" });
  });
});

describe("copies that are cut off", () => {
  it("an answer that was lost: the copy is known as its own, is not made twice, and is undone", async () => {
    const found = await scratch();
    const { bucket, put, simulator } = found;
    for (const key of ["a", "b", "c"]) {
      put(key, `${key} that time`, -100);
      put(key, "damage", -30);
    }
    simulator.faults.add({ kind: "drop-after", service: "s3", operation: "CopyObject", times: 2 });
    const { counts } = await restored(found, SINCE);
    expect(counts).toMatchObject({ restored: 3, changed: 0 });
    expect(Object.values(history(bucket)).map((ids) => ids.length)).toEqual([3, 3, 3]);
    expect(await undone(found.context)).toMatchObject({ undone: 3, problems: [] });
    expect(Object.values(seen(bucket))).toEqual(["damage", "damage", "damage"]);
  });

  it("killed between the copy and its outcome, another run takes it for its own", async () => {
    const found = await scratch();
    const { bucket, put, simulator, nowMs } = found;
    for (let index = 0; index < 250; index++) {
      put(`k${index}`, "that time", -100);
      put(`k${index}`, "damage", -30);
    }
    const cancel = new AbortController();
    let copies = 0;
    simulator.faults.add({
      kind: "latency",
      latencyMs: 0,
      service: "s3",
      operation: "CopyObject",
      onHit: () => {
        copies += 1;
        if (copies === 130) cancel.abort(new Error("pulled the plug"));
      },
    });
    const first = await recover(planOf(nowMs, SINCE), { ...found.context, signal: cancel.signal });
    expect(first.failure).toMatchObject({ message: "pulled the plug" });
    const second = await restored(found, { ...SINCE, id: "two" });
    expect(second.counts).toMatchObject({ restored: 250, changed: 0, failed: 0 });
    expect(new Set(Object.values(history(bucket)).map((ids) => ids.length))).toEqual(new Set([3]));
    expect(await undone(found.context, "two")).toMatchObject({ problems: [] });
    expect(await undone(found.context, "one")).toMatchObject({ problems: [] });
    expect(new Set(Object.values(seen(bucket)))).toEqual(new Set(["damage"]));
  });
});
