import { createHash, randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { JobStep } from "../../src/actions/contract.ts";
import { verifyBundle } from "../../src/evidence/custody/verify.ts";
import { storeEvidence } from "../../src/evidence/store.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import { renderPostmortem } from "../../src/postmortem/render.ts";
import type { RunningSimulator } from "../../src/sim/index.ts";
import type { Bucket } from "../../src/sim/world/s3/bucket.ts";
import { blocks, textContent } from "../../src/sim/world/s3/content.ts";
import { account, CLUSTER, entriesOf, layerOf, opened, POLL, stateFolder, until, YES } from "./support.ts";

const VAULT = "lakehouse-evidence-vault";
const MEBIBYTE = 1_048_576;
const ABOUT = { source: "test", requestIds: [] };

interface Case {
  simulator: RunningSimulator;
  vault: Bucket;
  incident: OpenIncident;
}

/** An incident with a few small files of evidence and one that takes three parts. */
async function withEvidence(large = 12 * MEBIBYTE): Promise<Case> {
  const simulator = await account({ speed: 1 });
  const vault = simulator.world.buckets.add({
    name: VAULT,
    region: simulator.region,
    createdAtMs: simulator.epochMs,
    versioning: "Enabled",
    settings: {
      objectLock: { ObjectLockEnabled: "Enabled", Rule: { DefaultRetention: { Mode: "COMPLIANCE", Days: 90 } } },
    },
  });
  const incident = await opened(simulator, stateFolder());
  await storeEvidence(incident.recorder, "tasks.json", '{"tasks":[]}\n', ABOUT);
  await storeEvidence(incident.recorder, "audit/empty.json.gz", "", ABOUT);
  await storeEvidence(incident.recorder, "logs é.jsonl.gz", randomBytes(1000), ABOUT);
  if (large > 0) await storeEvidence(incident.recorder, "large.jsonl.gz", randomBytes(large), ABOUT);
  return { simulator, vault, incident };
}

async function upload({ incident }: Case, parameters: Record<string, string> = {}) {
  const prepared = await incident.prepare("upload-evidence", { bucket: VAULT, ...parameters });
  expect(prepared.refusedReason, JSON.stringify(prepared.checks)).toBeUndefined();
  return { prepared, result: await incident.execute(prepared, YES) };
}

function contentOf(bucket: Bucket, key: string): Buffer {
  const content = bucket.latest(key)?.content;
  if (!content) throw new Error(`there is no ${key}`);
  return Buffer.concat([...blocks(content)]);
}

/** What a reader gets who fetches files and one sealed set, as the note and the documentation say. */
function fetched(bucket: Bucket, place: string, digest: string): string {
  const folder = stateFolder();
  for (const beginning of [`${place}files/`, `${place}sealed/${digest}/`]) {
    for (const key of keysOf(bucket).filter((one) => one.startsWith(beginning))) {
      const file = join(folder, key.slice(beginning.length));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, contentOf(bucket, key));
    }
  }
  return folder;
}

const keysOf = (bucket: Bucket) => [...bucket.objects.from()].map(([key]) => key);
const uploads = (incident: OpenIncident) => entriesOf(incident, "evidence.uploaded");
const puts = (simulator: RunningSimulator) =>
  simulator.calls.filter(({ operation }) => ["PutObject", "UploadPart"].includes(operation)).length;
const missingOf = (result: { outcomes: { note?: string }[] }) =>
  result.outcomes.map(({ note }) => note ?? "").join("\n");

describe("uploading the bundle", () => {
  it("every file with its checksum and version; fetched again it verifies with the digest", async () => {
    const here = await withEvidence();
    const { prepared, result } = await upload(here);
    expect(result.status, JSON.stringify(result)).toBe("done");
    expect(prepared.checks.map(({ status }) => status)).toEqual(["pass", "pass", "pass", "pass"]);
    const [entry] = await uploads(here.incident);
    const { place, digest, objects, objectLock, missing } = entry?.payload ?? expect.fail("nothing was recorded");
    expect(missing).toEqual([]);
    expect(objectLock).toBe("on, compliance for 90 days by default");
    expect(place).toBe(`mayday/${here.incident.id}/`);
    expect(objects.map(({ key }) => key).sort()).toEqual(keysOf(here.vault).sort());
    for (const { key, versionId, bytes } of objects) {
      expect(here.vault.latest(key)?.versionId, key).toBe(versionId);
      expect(contentOf(here.vault, key).length).toBe(bytes);
    }
    const large = objects.find(({ key }) => key.endsWith("large.jsonl.gz"));
    expect(large?.checksum).toMatch(/^[A-Za-z0-9+/]+=-3$/);
    const small = objects.find(({ key }) => key.endsWith("tasks.json"));
    expect(small?.checksum).toBe(createHash("sha256").update('{"tasks":[]}\n').digest("base64"));
    const verdict = await verifyBundle(fetched(here.vault, place, digest), { digest });
    expect(verdict.problems).toEqual([]);
    expect(keysOf(here.vault).at(-1)).toContain("sealed/");
    expect(renderPostmortem(await here.incident.recorder.entries())).toContain(
      `uploaded to \`s3://${VAULT}/${place}\``,
    );
  });

  it("run again it sends only what is new: the files are there, a later manifest has a place of its own", async () => {
    const here = await withEvidence();
    await upload(here);
    const before = puts(here.simulator);
    await storeEvidence(here.incident.recorder, "later.json", "{}", ABOUT);
    const { result } = await upload(here);
    expect(result.status, JSON.stringify(result)).toBe("done");
    const second = (await uploads(here.incident)).at(-1)?.payload;
    expect(second?.objects.filter(({ wasThere }) => wasThere)).toHaveLength(4);
    // Of what is there already only the small ones are tried, on condition that they are not; the long one is asked for first.
    expect(puts(here.simulator) - before).toBe(3 + 1 + 3);
    const verdict = await verifyBundle(fetched(here.vault, second?.place ?? "", second?.digest ?? ""), {
      digest: second?.digest,
    });
    expect(verdict.problems).toEqual([]);
    for (const key of keysOf(here.vault)) expect(here.vault.objects.get(key), key).toHaveLength(1);
  });

  it("another content under a key is an error that names it, nothing is overwritten, and the manifest waits", async () => {
    const here = await withEvidence();
    const foreign = [`mayday/${here.incident.id}/files/tasks.json`, `mayday/${here.incident.id}/files/large.jsonl.gz`];
    for (const key of foreign)
      here.vault.write(key, textContent("mine"), { atMs: here.simulator.epochMs, origin: "world" });
    const { result } = await upload(here);
    expect(result.status).toBe("partial");
    for (const key of foreign) {
      expect(missingOf(result)).toContain(key);
      expect(contentOf(here.vault, key).toString()).toBe("mine");
    }
    expect(missingOf(result)).toMatch(/checksum is there already|another content is there/);
    expect(keysOf(here.vault).some((key) => key.includes("sealed/"))).toBe(false);
    expect((await uploads(here.incident))[0]?.payload.missing.length).toBeGreaterThan(2);
  });

  it("a file that was changed since it was stored is not uploaded as if it were the evidence", async () => {
    const here = await withEvidence(0);
    appendFileSync(join(here.incident.folder, "evidence", "tasks.json"), " ");
    const { result } = await upload(here);
    expect(result.status).toBe("partial");
    expect(missingOf(result)).toMatch(/tasks\.json: the file is no longer what the manifest says/);
    expect(keysOf(here.vault).some((key) => key.endsWith("tasks.json"))).toBe(false);
  });
});

describe("an upload that is disturbed", () => {
  it("cut off between parts it goes on behind those that were sent", async () => {
    const here = await withEvidence(26 * MEBIBYTE);
    let parts = 0;
    here.simulator.faults.add({
      kind: "latency",
      operation: "UploadPart",
      latencyMs: 1,
      onHit: () => {
        parts += 1;
        if (parts === 4) here.incident.cancelRun();
      },
    });
    const first = await upload(here);
    expect(first.result.status).toBe("partial");
    expect(missingOf(first.result)).toContain("cancelled by the responder");
    expect(here.vault.uploads.size).toBe(1);
    const sent = parts;
    const { result } = await upload(here);
    expect(result.status, JSON.stringify(result)).toBe("done");
    expect(parts - sent).toBeLessThanOrEqual(3);
    expect(here.vault.uploads.size).toBe(0);
    const { place = "", digest = "" } = (await uploads(here.incident)).at(-1)?.payload ?? {};
    expect((await verifyBundle(fetched(here.vault, place, digest), { digest })).problems).toEqual([]);
  });

  it.each([
    ["PutObject", "drop-after"],
    ["PutObject", "drop-before"],
    ["PutObject", "throttle"],
    ["PutObject", "server-error"],
    ["UploadPart", "drop-after"],
    ["CompleteMultipartUpload", "drop-after"],
    ["CompleteMultipartUpload", "server-error"],
    ["HeadObject", "server-error"],
  ] as const)("%s, %s: once it is over everything is there, once", async (operation, kind) => {
    const here = await withEvidence();
    here.simulator.faults.add({ kind, operation, times: 2 });
    const { result } = await upload(here);
    expect(result.status, JSON.stringify(result)).toBe("done");
    for (const key of keysOf(here.vault)) expect(here.vault.objects.get(key), key).toHaveLength(1);
    const { place = "", digest = "" } = (await uploads(here.incident)).at(-1)?.payload ?? {};
    expect((await verifyBundle(fetched(here.vault, place, digest), { digest })).problems).toEqual([]);
  });

  it("a missing bucket and one of another account are partial with the reason, and not asked for every file", async () => {
    const here = await withEvidence(0);
    const { prepared, result } = await upload(here, { bucket: "no-such-bucket-here" });
    expect(prepared.checks[0]).toMatchObject({ label: "bucket", status: "warn" });
    expect(result.status).toBe("partial");
    expect(missingOf(result)).toMatch(/not done: .*no-such-bucket-here.*does not exist/);
    // What could not be uploaded is no gap in the evidence.
    expect((await entriesOf(here.incident, "step.outcome")).flatMap(({ payload }) => payload.missing ?? [])).toEqual(
      [],
    );
    const foreign = await upload(here, { owner: "999988887777" });
    expect(foreign.result.status).toBe("partial");
    expect(keysOf(here.vault)).toEqual([]);
    expect(await uploads(here.incident)).toEqual([]);
    expect(puts(here.simulator)).toBeLessThanOrEqual(6);
  });

  it("access that is denied, as by a quarantine, is partial with the permission's name", async () => {
    const here = await withEvidence(0);
    here.vault.policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:Put*", Resource: `arn:aws:s3:::${VAULT}/*` }],
    });
    const { result } = await upload(here);
    expect(result.status).toBe("partial");
    expect(missingOf(result)).toMatch(/s3:PutObject/);
    expect(missingOf(result)).toMatch(/files more were not sent for the same reason/);
  });

  it("is a change of AWS: read-only mode refuses it", async () => {
    const here = await withEvidence(0);
    here.incident.setReadOnly(true);
    expect(here.incident.actions().find(({ id }) => id === "upload-evidence")?.disabledReason).toMatch(/read-only/);
    const prepared = await here.incident.prepare("upload-evidence", { bucket: VAULT });
    expect(prepared.refusedReason).toMatch(/read-only/);
  });

  it("stands still while it is paused: only what was under way is answered", async () => {
    const here = await withEvidence(0);
    let isPaused = false;
    here.simulator.faults.add({
      kind: "latency",
      operation: "PutObject",
      latencyMs: 50,
      times: 1,
      onHit: () => {
        isPaused = here.incident.togglePause();
      },
    });
    const running = upload(here);
    await until(() => isPaused);
    // Whoever passed the gate before has its answer once another call, begun now, has its own after a longer wait.
    here.simulator.faults.add({ kind: "latency", operation: "DescribeServices", latencyMs: 300 });
    const aws = await layerOf(here.simulator);
    await aws.call("ecs", "DescribeServices", { cluster: CLUSTER, services: ["nessie"] }, POLL);
    expect(keysOf(here.vault).length).toBeLessThanOrEqual(3);
    expect(here.incident.togglePause()).toBe(false);
    expect((await running).result.status).toBe("done");
    expect(keysOf(here.vault).length).toBe(6);
  });

  it("warns of the lakehouse's own bucket", async () => {
    const here = await withEvidence(0);
    const prepared = await here.incident.prepare("upload-evidence", { bucket: "lakehouse-prod-lakehouse" });
    expect(prepared.checks.map(({ detail }) => detail).join()).toMatch(/the lakehouse's own/);
    expect((prepared.plan.steps as JobStep[]).map(({ job }) => job)).toEqual(["seal-bundle", "upload-bundle"]);
  });
});
