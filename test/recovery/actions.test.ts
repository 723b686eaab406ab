import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../../src/actions/contract.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import type { Bucket } from "../../src/sim/world/s3/bucket.ts";
import { account, entriesOf, opened, stateFolder, YES } from "../incident/support.ts";
import { dataVersions, hands, history, seen } from "./support.ts";

const NAME = "scratch";
const TYPED = { typedName: NAME };
const MINUTE_MS = 60_000;

async function prepared(versioning: "Enabled" | "Suspended" = "Enabled", region = "us-east-1") {
  const simulator = await account({ speed: 1 });
  const nowMs = simulator.epochMs;
  const bucket = simulator.world.buckets.add({ name: NAME, region, createdAtMs: 0, versioning });
  const incident = await opened(simulator, stateFolder());
  return { simulator, incident, bucket, nowMs, ...hands(bucket, nowMs) };
}

async function run(incident: OpenIncident, id: string, parameters: Record<string, string>, confirmation: object = YES) {
  const plan = await incident.prepare(id, { bucket: NAME, ...parameters });
  expect(plan.refusedReason, JSON.stringify(plan.checks)).toBeUndefined();
  const result = await incident.execute(plan, confirmation);
  return { plan, result };
}

const noteOf = ({ outcomes }: RunResult) => outcomes[0]?.note ?? "";
const outputOf = <T>({ outcomes }: RunResult) => outcomes[0]!.output as T;
const evidence = ({ folder }: OpenIncident, name: string) =>
  gunzipSync(readFileSync(join(folder, "evidence", name)))
    .toString("utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

async function undo(incident: OpenIncident, runId: string) {
  const plan = await incident.prepareUndo(runId);
  return incident.execute(plan, plan.plan.tier === "name" ? TYPED : YES);
}

describe("the survey", () => {
  it("asks for nothing, counts by kind and minute, says when versions go, and keeps every key as evidence", async () => {
    const { incident, bucket, put, remove } = await prepared();
    incident.setReadOnly(true);
    bucket.settings.lifecycle = [
      { ID: "x", Status: "Enabled", Filter: { Prefix: "" }, NoncurrentVersionExpiration: { NoncurrentDays: 30 } },
    ];
    for (let index = 0; index < 40; index++) put(`t/k${index}`, "text", -100_000);
    for (let index = 0; index < 25; index++) remove(`t/k${index}`, -1800);
    remove("t/k30", -600);
    put("t/k31", "damage", -500);
    put("t/new", "new", -500);
    put("other/k", "k", -500);
    const { plan, result } = await run(incident, "list-s3-damage", { prefix: "t/" }, {});
    expect([plan.plan.tier, result.status]).toEqual(["none", "done"]);
    expect(noteOf(result)).toMatch(
      /68 versions of 41 keys: deleted since: 26 objects, 104 B; overwritten since: 1 object/,
    );
    expect(noteOf(result)).toMatch(/deletions: 25 from .* to .*; 1 from/);
    expect(noteOf(result)).toMatch(/deletes the first of these versions for good after/);
    const { file } = outputOf<{ file: string }>(result);
    const lines = evidence(incident, file);
    expect(lines).toHaveLength(28);
    expect(lines.filter(({ c }) => c === "deleted")).toHaveLength(26);
    expect((await entriesOf(incident, "evidence.stored")).map(({ payload }) => payload.path)).toEqual([
      `evidence/${file}`,
    ]);
    const earlier = await run(incident, "list-s3-damage", { prefix: "nothing/" }, {});
    expect(noteOf(earlier.result)).toContain("no key is deleted");
  });
});

describe("undeleting by its action", () => {
  it("shows counts and bytes, restores, keeps the manifest, and is undone from the ledger", async () => {
    const { incident, bucket, put, remove } = await prepared();
    for (let index = 0; index < 30; index++) put(`k${index}`, "text", -4000);
    for (let index = 0; index < 20; index++) remove(`k${index}`, -1800);
    // The default is the incident's start: the damage was done before.
    await expect(incident.prepare("recover-s3-deleted", { bucket: NAME })).rejects.toMatchObject({
      detail: { kind: "not-found", next: expect.stringMatching(/20 objects were deleted from .* on: give since=/) },
    });
    const { plan, result } = await run(incident, "recover-s3-deleted", { since: "31m" });
    expect(plan.facts["deleted since"]).toMatch(/^20 objects, 80 B, /);
    expect(plan.plan.recovers).toBeNull();
    expect(plan.lines.restore).toContain("aws s3api delete-objects --bucket scratch");
    expect(plan.checks.map(({ label, status }) => [label, status])).toEqual([
      ["versioning", "pass"],
      ["bucket policy", "pass"],
    ]);
    expect(result.status).toBe("done");
    expect(noteOf(result)).toMatch(/^20 objects of 20 restored and verified, 80 B/);
    expect(Object.keys(seen(bucket))).toHaveLength(30);
    const { manifest } = outputOf<{ manifest: string }>(result);
    expect(evidence(incident, manifest)).toHaveLength(20);
    expect(incident.store.getState().heldOpen).toMatchObject([{ runId: result.runId, badge: "" }]);
    expect((await undo(incident, result.runId)).status).toBe("done");
    expect(Object.keys(seen(bucket))).toHaveLength(10);
    expect(incident.store.getState().heldOpen).toEqual([]);
  });

  it("warns of deletions that go on, and of a quarantine that spares the responder; another denial refuses it", async () => {
    const { incident, bucket, put, remove } = await prepared();
    put("k", "text", -4000);
    remove("k", -60);
    const contain = await incident.prepare("contain-s3", { bucket: NAME });
    expect((await incident.execute(contain, TYPED)).status).toBe("done");
    const plan = await incident.prepare("recover-s3-deleted", { bucket: NAME, since: "5m" });
    expect(plan.checks.find(({ label }) => label === "still going on")?.status).toBe("warn");
    expect(plan.checks.find(({ label }) => label === "bucket policy")?.detail).toContain("spares you");
    expect(plan.refusedReason).toBeUndefined();
    const policy = JSON.parse(bucket.policy ?? "{}");
    policy.Statement.push({
      Sid: "NoVersionGoes",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:DeleteObjectVersion",
      Resource: `arn:aws:s3:::${NAME}/*`,
    });
    bucket.policy = JSON.stringify(policy);
    const refused = await incident.prepare("recover-s3-deleted", { bucket: NAME, since: "5m" });
    expect(refused.refusedReason).toMatch(/"NoVersionGoes" denies it to you/);
    const copies = await incident.prepare("recover-s3-versions", { bucket: NAME, since: "5m", damage: "deleted" });
    expect(copies.refusedReason).toBeUndefined();
  });

  it("refuses a bucket without versioning, a pattern that is none and a time that is none", async () => {
    const { incident, bucket, put, remove } = await prepared("Suspended");
    put("k", "text", -4000);
    remove("k", -60);
    const plan = await incident.prepare("recover-s3-deleted", { bucket: NAME, since: "2h" }).catch((error) => error);
    expect(plan.refusedReason ?? plan.detail.why).toMatch(/Suspended|nothing there/);
    bucket.versioning = "Enabled";
    const wrong = (parameters: Record<string, string>) =>
      incident.prepare("recover-s3-deleted", { bucket: NAME, ...parameters });
    await expect(wrong({ pattern: "*/*/*/*/*/*/*/*/*" })).rejects.toThrow(/eight wildcards/);
    await expect(wrong({ since: "yesterday-ish" })).rejects.toThrow(/no time/);
    await expect(wrong({ since: "1h", until: "2h" })).rejects.toThrow(/after the end/);
  });

  it("what S3 will not remove makes it partial, with the key and the reason", async () => {
    const { incident, bucket, put, remove } = await prepared();
    for (const key of ["a", "locked"]) {
      put(key, "text", -4000);
      remove(key, -1800);
    }
    bucket.policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: {
        Effect: "Deny",
        Principal: "*",
        Action: "s3:DeleteObjectVersion",
        Resource: `arn:aws:s3:::${NAME}/locked`,
      },
    });
    const { result } = await run(incident, "recover-s3-deleted", { since: "31m" });
    expect(result.status).toBe("partial");
    expect(noteOf(result)).toMatch(/1 object that S3 would not restore.*locked: AccessDenied/);
    expect(result.failure?.why).toContain("1 object that S3 would not restore");
    expect(incident.store.getState().heldOpen).toHaveLength(1);
  });
});

describe("previous versions by their action", () => {
  it("one version by its id, and all that were overwritten; the name has to be typed", async () => {
    const { incident, bucket, put } = await prepared();
    const first = put("t/k", "first", -4000);
    put("t/k", "second", -3000);
    put("t/k", "damage", -60);
    put("t/l", "l", -3000);
    put("t/l", "damage", -60);
    const before = dataVersions(bucket);
    const prepare = (parameters: Record<string, string>) =>
      incident.prepare("recover-s3-versions", { bucket: NAME, ...parameters });
    const plan = await prepare({ since: "5m" });
    expect((await incident.execute(plan, YES)).status).toBe("refused");
    const all = await run(incident, "recover-s3-versions", { since: "5m" }, TYPED);
    expect(all.result.status, noteOf(all.result)).toBe("done");
    expect(seen(bucket)).toEqual({ "t/k": "second", "t/l": "l" });
    const one = await run(incident, "recover-s3-versions", { prefix: "t/k", version: first.versionId }, TYPED);
    expect(one.result.status, noteOf(one.result)).toBe("done");
    expect(seen(bucket)["t/k"]).toBe("first");
    expect((await undo(incident, one.result.runId)).status).toBe("done");
    expect((await undo(incident, all.result.runId)).status).toBe("done");
    expect(seen(bucket)["t/l"]).toBe("damage");
    expect(dataVersions(bucket)).toEqual(expect.arrayContaining(before));
    await expect(prepare({ version: first.versionId })).rejects.toThrow(/no key is given/);
    const missing = await prepare({ prefix: "t/k", version: "A".repeat(32) });
    const result = await incident.execute(missing, TYPED);
    expect([result.status, result.failure?.why]).toEqual(["failed", "the key has no such version with data"]);
  });
});

describe("copying back from the replica", () => {
  const REPLICA = "replica";

  async function replicated() {
    const found = await prepared();
    const { simulator, bucket, put, remove } = found;
    const { world } = simulator;
    const replica: Bucket = world.buckets.add({
      name: REPLICA,
      region: "eu-west-1",
      createdAtMs: 0,
      versioning: "Enabled",
    });
    bucket.settings.replication = {
      Role: "arn:aws:iam::111122223333:role/replication",
      Rules: [
        {
          ID: "all",
          Status: "Enabled",
          Filter: { Prefix: "" },
          DeleteMarkerReplication: { Status: "Disabled" },
          Destination: { Bucket: `arn:aws:s3:::${REPLICA}`, StorageClass: "STANDARD_IA" },
        },
      ],
    };
    for (const key of ["kept", "undeletable", "purged", "expired", "sub/purged"]) put(key, `${key}, old`, -4000);
    put("purged", "purged", -3000);
    put("late", "late", -20);
    world.advanceBy(3 * MINUTE_MS);
    for (const key of ["undeletable", "expired"]) remove(key, -60);
    const purge = (key: string) => {
      for (const { versionId, deleteMarker } of [...(bucket.objects.get(key) ?? [])])
        if (!deleteMarker) bucket.deleteVersion(key, versionId);
    };
    for (const key of ["purged", "expired", "sub/purged", "late"]) purge(key);
    return { ...found, replica };
  }

  it("restores what the bucket has no version of, from another region, and the undo hides it again", async () => {
    const { incident, bucket, replica } = await replicated();
    const before = history(replica);
    const { plan, result } = await run(incident, "copy-back-replica", { since: "5m" });
    expect(plan.facts).toMatchObject({
      replica: "replica in eu-west-1",
      "only there": expect.stringMatching(/^3 objects/),
    });
    expect(result.status, noteOf(result)).toBe("done");
    expect(seen(bucket)).toEqual({
      kept: "kept, old",
      purged: "purged",
      expired: "expired, old",
      "sub/purged": "sub/purged, old",
    });
    expect(bucket.latest("purged")?.details).toMatchObject({ encryption: { algorithm: "aws:kms" } });
    expect(bucket.latest("purged")?.details.storageClass).toBeUndefined();
    expect((await undo(incident, result.runId)).status).toBe("done");
    expect(Object.keys(seen(bucket))).toEqual(["kept"]);
    expect(Object.keys(history(replica))).toEqual(expect.arrayContaining(Object.keys(before)));
    await expect(incident.prepare("copy-back-replica", { bucket: NAME, since: "5m", prefix: "kept" })).rejects.toThrow(
      /still has a version/,
    );
  });

  it("without replication it has to be named", async () => {
    const { incident } = await prepared();
    await expect(incident.prepare("copy-back-replica", { bucket: NAME })).rejects.toThrow(/replicates to nowhere/);
    await expect(incident.prepare("copy-back-replica", { bucket: NAME, replica: "no-such" })).rejects.toMatchObject({
      detail: { kind: "not-found" },
    });
  });
});
