import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recoveryJudges } from "../../src/actions/recovery-jobs.ts";
import { S3Calls } from "../../src/recovery/s3/calls.ts";
import { BEGINS, recover } from "../../src/recovery/s3/recovery.ts";
import { unlikePromise } from "../../src/recovery/s3/verify.ts";
import { RecoveryWorkspace } from "../../src/recovery/s3/workspace.ts";
import { BUCKET, history, planOf, restored, type Scratch, scratch, seen, undone } from "./support.ts";

const SINCE = { since: -60, kinds: ["deleted" as const] };

/** One key of each fate: what it was at the time, and what became of it. */
function everyFate({ put, remove }: Scratch) {
  put("kept", "kept", -100);
  put("lost", "lost", -100);
  remove("lost", -30);
  put("lost twice", "lost twice", -100);
  remove("lost twice", -30);
  remove("lost twice", -20);
  put("changed, then lost", "old", -100);
  put("changed, then lost", "new", -40);
  remove("changed, then lost", -30);
  put("removed before", "removed before", -100);
  remove("removed before", -70);
  put("removed before, and again", "removed before, and again", -100);
  remove("removed before, and again", -70);
  remove("removed before, and again", -30);
  put("written again", "old", -100);
  remove("written again", -40);
  put("written again", "new", -20);
  put("brief", "brief", -40);
  remove("brief", -30);
  put("new", "new", -30);
  remove("never was", -30);
}

describe("undeleting", () => {
  it("brings back what was there and was deleted since, nothing else, and the undo hides it again", async () => {
    const found = await scratch();
    everyFate(found);
    const before = history(found.bucket);
    const result = await restored(found, SINCE);
    expect(result.counts).toMatchObject({ restored: 3, already: 0, changed: 0, failed: 0, unverified: 0 });
    const kinds = Object.fromEntries(Object.entries(result.tally.kinds).map(([kind, { count }]) => [kind, count]));
    expect(kinds).toEqual({ deleted: 3, overwritten: 1, new: 1, brief: 1, gone: 1 });
    expect(seen(found.bucket)).toEqual({
      kept: "kept",
      lost: "lost",
      "lost twice": "lost twice",
      "changed, then lost": "new",
      "written again": "new",
      new: "new",
    });
    const after = history(found.bucket);
    for (const key of Object.keys(before)) {
      const isBack = ["lost", "lost twice", "changed, then lost"].includes(key);
      expect(after[key]).toEqual(isBack ? before[key]?.filter((id) => id !== "-") : before[key]);
    }
    expect(await undone(found.context)).toMatchObject({ undone: 3, already: 0, problems: [] });
    expect(Object.keys(seen(found.bucket)).sort()).toEqual(["kept", "new", "written again"]);
    // Carried out again it finds everything as it was.
    expect(await undone(found.context)).toMatchObject({ undone: 0, already: 3, problems: [] });
  });

  it("by prefix, by pattern, and also what came and went", async () => {
    const found = await scratch();
    for (const key of ["a/x.parquet", "a/x.json", "a/b/y.parquet", "c/z.parquet"]) {
      found.put(key, key, -100);
      found.remove(key, -30);
    }
    found.put("a/brief.parquet", "brief", -40);
    found.remove("a/brief.parquet", -30);
    const matches = (key: string) => key.endsWith(".parquet");
    await restored(found, { ...SINCE, prefix: "a/", matches });
    expect(Object.keys(seen(found.bucket))).toEqual(["a/b/y.parquet", "a/x.parquet"]);
    await restored(found, { since: -60, kinds: ["brief"], id: "two" });
    expect(Object.keys(seen(found.bucket))).toContain("a/brief.parquet");
  });

  it("stands still while paused, also the calls that wait for their turn", async () => {
    const { put, context } = await scratch();
    put("k", "k", -100);
    const calls = new S3Calls(context, context.signal);
    let answered = 0;
    const look = () => calls.call("HeadObject", { Bucket: BUCKET, Key: "k" });
    const all = Array.from({ length: 60 }, async () => {
      await look();
      if (++answered === 1) context.pause.pause();
    });
    // What was under way is answered while others ask the same one after the other; nothing follows it.
    for (let more = 0; more < 20; more++)
      await context.aws.call("s3", "HeadObject", { Bucket: BUCKET, Key: "k" }, { purpose: "action" });
    expect(answered).toBeLessThanOrEqual(20);
    context.pause.resume();
    await Promise.all(all);
  });

  it("cut off by a crash, names what finds it again", async () => {
    const input = {
      mode: "undelete",
      bucket: BUCKET,
      prefix: "a/",
      pattern: "**",
      sinceMs: 0,
      untilMs: null,
      kinds: ["deleted", "brief"],
    };
    const begun = [{ name: BEGINS, detail: { found: 2, restored: 0 } }];
    const judged = await recoveryJudges["recover-s3"]?.(input, begun, {} as never);
    expect(judged?.detail).toContain(
      `(bucket=${BUCKET} prefix=a/ pattern=** since=1970-01-01T00:00:00Z brief=restore)`,
    );
  });

  it("tells markers of one second apart by looking again", async () => {
    const found = await scratch();
    found.put("k", "k", -30);
    found.remove("k", -30);
    found.remove("k", -30);
    found.put("old", "old", -100);
    found.remove("old", -30);
    found.remove("old", -30);
    const { counts } = await restored(found, { since: -60, kinds: ["deleted", "brief"] });
    expect(counts).toMatchObject({ restored: 2, unverified: 0 });
    expect(seen(found.bucket)).toEqual({ k: "k", old: "old" });
  });

  it("leaves alone what somebody changes between the survey and the call, and says so", async () => {
    const found = await scratch();
    for (const key of ["again", "deleted", "fine", "purged"]) {
      found.put(key, key, -100);
      found.remove(key, -30);
    }
    const change = () => {
      found.put("again", "newer", 0);
      found.remove("deleted", 120);
      found.bucket.objects.delete("purged");
    };
    const plan = planOf(found.nowMs, SINCE);
    const result = await recover(
      {
        ...plan,
        find: async (finding) => {
          await plan.find(finding);
          change();
        },
      },
      found.context,
    );
    expect(result.counts).toMatchObject({ restored: 1, changed: 3, failed: 0 });
    expect(seen(found.bucket)).toEqual({ again: "newer", fine: "fine" });
    const problems = readFileSync(result.workspace.problems, "utf8").trim().split("\n");
    expect(problems.map((line) => JSON.parse(line)).sort((a, b) => (a.k < b.k ? -1 : 1))).toMatchObject([
      { k: "again", why: "it was written again meanwhile" },
      { k: "deleted", why: "it was deleted again meanwhile" },
      { k: "purged", why: "no version of it is left" },
    ]);
  });

  it("counts as restored only what a HEAD shows to be the version that was promised", async () => {
    const found = await scratch();
    const { simulator, put, remove, bucket, context } = found;
    for (const key of ["a", "b"]) {
      put(key, key, -100);
      remove(key, -30);
    }
    const onHit = () => void put("a", "somebody else's", 0);
    simulator.faults.add({ kind: "latency", latencyMs: 0, service: "s3", operation: "HeadObject", times: 1, onHit });
    const { counts, workspace } = await restored(found, SINCE);
    expect(counts).toMatchObject({ restored: 1, unverified: 1 });
    expect(readFileSync(workspace.problems, "utf8")).toMatch(/its current version is \S+, expected/);

    const { versionId: version, size, etag } = bucket.latest("b")!;
    const promised = { version, size, etag };
    const calls = new S3Calls(context, context.signal);
    const why = (more: object) => unlikePromise(calls, { Bucket: BUCKET, Key: "b" }, { ...promised, ...more });
    expect(await why({})).toBeUndefined();
    expect(await why({ size: size + 1 })).toMatch(/bytes, expected/);
    expect(await why({ etag: '"0"' })).toMatch(/its ETag is/);
    expect(await why({ encryption: "aws:kms" })).toMatch(/encrypted with \S+, expected aws:kms/);
  });

  it("what S3 will not remove is listed, and what it hides behind an error is tried again", async () => {
    const found = await scratch();
    const { simulator, bucket, put, remove } = found;
    for (const key of ["a", "b", "locked"]) {
      put(key, key, -100);
      remove(key, -30);
    }
    bucket.policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: {
        Effect: "Deny",
        Principal: "*",
        Action: "s3:DeleteObjectVersion",
        Resource: `arn:aws:s3:::${bucket.name}/locked`,
      },
    });
    simulator.faults.add({ kind: "drop-after", service: "s3", operation: "DeleteObjects", times: 1 });
    const result = await restored(found, SINCE);
    // The first call was carried out: its keys are back when they are looked at again.
    expect(result.counts).toMatchObject({ restored: 0, already: 2, failed: 1 });
    expect(readFileSync(result.workspace.problems, "utf8")).toContain("AccessDenied");
    expect(Object.keys(seen(bucket))).toEqual(["a", "b"]);
    // The undo knows them all the same.
    expect(await undone(found.context)).toMatchObject({ undone: 2, already: 1 });
  });

  it("refuses a bucket whose versioning is off, and stops when nothing may be removed", async () => {
    const found = await scratch({ versioning: "Suspended" });
    await expect(restored(found, SINCE)).rejects.toThrow(/versioning of the bucket is suspended/);
    const other = await scratch();
    for (let index = 0; index < 60; index++) {
      other.put(`k${index}`, "text", -100);
      other.remove(`k${index}`, -30);
    }
    const deny = {
      Effect: "Deny",
      Principal: "*",
      Action: "s3:DeleteObjectVersion",
      Resource: "arn:aws:s3:::scratch/*",
    };
    other.bucket.policy = JSON.stringify({ Version: "2012-10-17", Statement: deny });
    const denied = await recover(planOf(other.nowMs, SINCE), other.context);
    expect(denied.failure).toMatchObject({
      detail: { kind: "denied", next: expect.stringContaining("s3:DeleteObjectVersion") },
    });
    expect(seen(other.bucket)).toEqual({});
  });

  it("small pages, many keys and folders, and one call of seven turned away with SlowDown", async () => {
    const found = await scratch();
    const { simulator, put, remove, bucket } = found;
    const lost: string[] = [];
    for (let index = 0; index < 400; index++) {
      const key = `t${index % 3}/data/day=${index % 7}/part ${index}+é%.parquet`;
      put(key, "first", -200);
      put(key, `second ${index}`, -150);
      if (index % 3 !== 1) continue;
      remove(key, -30);
      lost.push(key);
    }
    const whole = [...bucket.objects.from()].map(([key]) => key);
    simulator.faults.add({ kind: "partial-pages", service: "s3", operation: "ListObjectVersions", pageItems: 7 });
    simulator.faults.add({ kind: "throttle", service: "s3", every: 7 });
    const { counts, tally } = await restored(found, SINCE);
    expect(counts).toMatchObject({ restored: lost.length, changed: 0, failed: 0, unverified: 0 });
    expect([tally.versions, tally.keys]).toEqual([800 + lost.length, 400]);
    expect(Object.keys(seen(bucket)).sort()).toEqual(whole.sort());
  });
});

describe("a recovery that is cut off", () => {
  it("goes on with another id where it was, and each undo takes back its own part", async () => {
    const found = await scratch();
    const { simulator, bucket, put, remove, nowMs } = found;
    for (let index = 0; index < 2200; index++) {
      const key = `k${String(index).padStart(5, "0")}`;
      put(key, key, -100);
      remove(key, -30);
    }
    const cancel = new AbortController();
    // The batches leave together: one is carried out, and the plug is pulled when the next is turned away.
    const turnedAway = simulator.faults.add({
      kind: "drop-before",
      service: "s3",
      operation: "DeleteObjects",
      after: 1,
      onHit: () => cancel.abort(new Error("pulled the plug")),
    });
    const first = await recover(planOf(nowMs, SINCE), { ...found.context, signal: cancel.signal });
    turnedAway();
    expect(first.failure).toMatchObject({ message: "pulled the plug" });
    const partly = Object.keys(seen(bucket)).length;
    expect([200, 1000]).toContain(partly);
    // A crash in the middle of a line: it counts for nothing.
    const workspace = await RecoveryWorkspace.open(found.context.folder, "one");
    appendFileSync(join(workspace.folder, "manifest.jsonl"), '{"o":"unmark","k":"k0');
    const lists = () => simulator.calls.filter(({ operation }) => operation === "ListObjectVersions").length;
    const before = lists();
    const second = await restored(found, { ...SINCE, id: "two" });
    expect(Object.keys(seen(bucket))).toHaveLength(2200);
    expect(second.counts.restored + second.counts.already).toBe(2200);
    // The bucket is not surveyed again: only the keys of the batches that are left are looked at.
    expect(lists() - before).toBeLessThan(60);
    expect(await undone(found.context, "two")).toMatchObject({ problems: [] });
    const rest = Object.keys(seen(bucket)).length;
    expect(rest).toBe(partly);
    expect(await undone(found.context, "one")).toMatchObject({ undone: partly, problems: [] });
    expect(seen(bucket)).toEqual({});
  });

  it("in the middle of the survey goes on from its ranges", async () => {
    const found = await scratch();
    const { simulator, bucket, put, remove, nowMs } = found;
    for (let index = 0; index < 300; index++) {
      const key = `f${index % 5}/k${String(index).padStart(5, "0")}`;
      put(key, key, -100);
      remove(key, -30);
    }
    simulator.faults.add({ kind: "partial-pages", service: "s3", operation: "ListObjectVersions", pageItems: 10 });
    const cancel = new AbortController();
    let pages = 0;
    simulator.faults.add({
      kind: "latency",
      latencyMs: 0,
      service: "s3",
      operation: "ListObjectVersions",
      onHit: () => {
        pages += 1;
        if (pages === 30) cancel.abort(new Error("pulled the plug"));
      },
    });
    await recover(planOf(nowMs, SINCE), { ...found.context, signal: cancel.signal });
    expect(seen(bucket)).toEqual({});
    const { counts, tally } = await restored(found, { ...SINCE, id: "two" });
    expect([counts.restored, tally.keys, tally.versions]).toEqual([300, 300, 600]);
  });
});
