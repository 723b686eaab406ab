import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../../src/actions/contract.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import { readRecord } from "../../src/record/read.ts";
import type { Fault } from "../../src/sim/faults.ts";
import { account, entriesOf, stateFolder } from "./support.ts";
import { BUCKET, openedWithState, truthOf, withoutSerial } from "./terraform-state-support.ts";

const ACTION = "recover-terraform-state";
const words = (result: RunResult) => JSON.stringify([result.failure, result.outcomes]);

async function recover(incident: OpenIncident, parameters: Record<string, string> = {}): Promise<RunResult> {
  const prepared = await incident.prepare(ACTION, parameters);
  return incident.execute(prepared, { typedName: prepared.plan.resourceName });
}

const undo = async (incident: OpenIncident, runId: string) =>
  incident.execute(await incident.prepareUndo(runId), BUCKET);

describe("recovering the Terraform state", () => {
  it("an old copy over the newest state: back as Terraform would write it, and undone in the same way", async () => {
    const scenario = "tfstate-damage:old-state";
    const simulator = await account({ scenario });
    const truth = truthOf(simulator);
    const [damaged = "", good = ""] = [truth.text(0), truth.text(1)];
    const incident = await openedWithState(simulator, stateFolder());
    const prepared = await incident.prepare(ACTION, {});
    expect(prepared.refusedReason).toBeUndefined();
    expect(prepared.checks.map(({ label, status }) => `${label} ${status}`)).toEqual([
      "lock pass",
      "current state warn",
      "version to go back to pass",
      "lineage pass",
      "resources pass",
      "encryption pass",
      "versioning pass",
    ]);
    expect(prepared.checks.find(({ label }) => label === "current state")?.detail).toMatch(
      /serial is 4, and 9 was there before; its MD5 is not the digest/,
    );
    expect(prepared.checks.find(({ label }) => label === "resources")?.detail).toMatch(/^\+\d+ -0 ~\d+: \+module\./);
    const result = await incident.execute(prepared, BUCKET);
    expect(result.status, words(result)).toBe("done");
    expect(truth.isResolved(scenario)).toBe(true);
    const written = withoutSerial(truth.text(0) ?? "");
    expect(written).toEqual({ rest: withoutSerial(good).rest, serial: 10 });
    expect([truth.digest(), truth.lock()]).toEqual([truth.md5(), undefined]);

    expect((await undo(incident, result.runId)).status).toBe("done");
    const undone = withoutSerial(truth.text(0) ?? "");
    expect(undone).toEqual({ rest: withoutSerial(damaged).rest, serial: 11 });
    expect([truth.digest(), truth.lock()]).toEqual([truth.md5(), undefined]);
    expect(incident.store.getState().heldOpen).toEqual([]);
  });

  it("the copies are private, and nothing of what is in a state is in the record, the post-mortem or the answers", async () => {
    const simulator = await account({ scenario: "tfstate-damage:old-state" });
    const secret = "s3cr3t-value-of-an-attribute";
    const truth = truthOf(simulator);
    const incident = await openedWithState(simulator, stateFolder());
    const good = truth.state(1)!;
    const withSecret = { ...good, serial: 12, outputs: { token: { value: secret, type: "string" } } };
    truth.write(`${JSON.stringify(withSecret, undefined, 2)}\n`);
    truth.write(truth.text(2) ?? "");
    const prepared = await incident.prepare(ACTION, { version: "12" });
    const result = await incident.execute(prepared, BUCKET);
    expect(result.status, words(result)).toBe("done");
    expect(truth.text()).toContain(secret);
    const copies = join(incident.folder, "recoveries", "terraform-state");
    const [copy = ""] = readdirSync(copies);
    expect([statSync(copies).mode & 0o777, statSync(join(copies, copy)).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(readFileSync(join(copies, copy), "utf8")).toContain(secret);
    await undo(incident, result.runId);
    const { files } = await incident.close("resolved");
    const record = JSON.stringify(await readRecord(incident.folder));
    const postmortem = readFileSync(files.find(({ path }) => path.endsWith(".md"))!.path, "utf8");
    for (const text of [record, postmortem, JSON.stringify([prepared, result, incident.store.getState()])])
      for (const part of [secret, "arn:aws:s3:::lakehouse-prod-lakehouse", "tags_all", "sensitive_attributes"])
        expect(text).not.toContain(part);
  });

  it("a state of another lineage is put back only when the lineage is typed, and a dead job's lock is not touched", async () => {
    const scenario = "tfstate-damage:stale-lock";
    const simulator = await account({ scenario });
    const truth = truthOf(simulator);
    const { lineage } = truth.state(1)!;
    const incident = await openedWithState(simulator, stateFolder());
    const before = [truth.text(), truth.lock(), truth.digest()];
    const refused = await incident.prepare(ACTION, {});
    expect(refused.refusedReason).toMatch(
      /locked by runner@ci-runner-3 since \d{4}-\d\d-\d\dT[\d:]+Z, operation OperationTypeApply, lock ID [0-9a-f-]{36}/,
    );
    expect(refused.refusedReason).toContain(`give the parameter lineage=${lineage.slice(0, 8)}`);
    expect((await incident.execute(refused, BUCKET)).status).toBe("refused");
    const wrong = await incident.prepare(ACTION, { lineage: "00000000" });
    expect(wrong.refusedReason).toMatch(/not the beginning of the version's lineage/);
    expect([truth.text(), truth.lock(), truth.digest()]).toEqual(before);

    truth.setLock(undefined);
    const result = await recover(incident, { lineage: lineage.slice(0, 8) });
    expect(result.status, words(result)).toBe("done");
    expect(truth.isResolved(scenario)).toBe(true);
    expect(truth.state()).toMatchObject({ lineage, serial: 10 });
  });

  it("a lock that comes between plan and run stops it, and stays as it is", async () => {
    const simulator = await account({ scenario: "tfstate-damage:old-state" });
    const truth = truthOf(simulator);
    const incident = await openedWithState(simulator, stateFolder());
    const prepared = await incident.prepare(ACTION, {});
    const theirs = { ID: "ci", Who: "runner@ci", Operation: "OperationTypeApply", Created: "2026-11-23T03:00:00Z" };
    truth.setLock(theirs);
    const text = truth.text();
    const result = await incident.execute(prepared, BUCKET);
    expect(result.status).toBe("refused");
    expect(result.failure?.why).toMatch(/locked by runner@ci since 2026-11-23T03:00:00Z/);
    expect([truth.text(), truth.lock()]).toEqual([text, JSON.stringify(theirs)]);
    expect(incident.store.getState().heldOpen).toEqual([]);
  });

  it("a state that was written between plan and run is not overwritten, and the lock is given back", async () => {
    const simulator = await account({ scenario: "tfstate-damage:old-state" });
    const truth = truthOf(simulator);
    const incident = await openedWithState(simulator, stateFolder());
    const prepared = await incident.prepare(ACTION, {});
    truth.write(`${JSON.stringify({ ...truth.state(1)!, serial: 30 }, undefined, 2)}\n`);
    const result = await incident.execute(prepared, BUCKET);
    expect(result.status, words(result)).toBe("refused");
    expect(result.failure?.why).toMatch(/no longer as the plan found it/);
    expect([truth.state()?.serial, truth.lock()]).toEqual([30, undefined]);
  });

  it("a deleted state comes back, and the undo is a delete marker again", async () => {
    const simulator = await account();
    const truth = truthOf(simulator);
    const good = truth.text() ?? "";
    const digest = truth.digest();
    truth.remove();
    const incident = await openedWithState(simulator, stateFolder());
    const result = await recover(incident);
    expect(result.status, words(result)).toBe("done");
    expect(withoutSerial(truth.text() ?? "")).toEqual({ ...withoutSerial(good), serial: 10 });
    expect(truth.digest()).toBe(truth.md5());
    const undone = await undo(incident, result.runId);
    expect(undone.status, words(undone)).toBe("done");
    expect([truth.versions()[0]?.deleteMarker, truth.digest(), truth.lock()]).toEqual([true, digest, undefined]);
  });

  it("a truncated state is named as one, replaced, and comes back byte for byte but its serial", async () => {
    const simulator = await account();
    const truth = truthOf(simulator);
    const good = truth.text() ?? "";
    const broken = good.slice(0, 3000);
    truth.write(broken);
    const incident = await openedWithState(simulator, stateFolder());
    const prepared = await incident.prepare(ACTION, {});
    expect(prepared.checks[1]?.detail).toMatch(/damaged: it ends in the middle, after 3000 bytes/);
    const result = await incident.execute(prepared, BUCKET);
    expect(result.status, words(result)).toBe("done");
    expect(withoutSerial(truth.text() ?? "").rest).toBe(withoutSerial(good).rest);
    const undone = await undo(incident, result.runId);
    expect(undone.status, words(undone)).toBe("done");
    expect(withoutSerial(truth.text() ?? "")).toEqual({ rest: withoutSerial(broken).rest, serial: 11 });
  });

  it("keeps encryption and key, and locks with S3's own lock where that is in use, or with both", async () => {
    const simulator = await account({ scenario: "tfstate-damage:old-state" });
    const truth = truthOf(simulator);
    const { storage, names } = simulator.world;
    const good = truth.versions()[1]!;
    const keyId = `arn:aws:kms:us-east-1:${names.accountId}:key/0c0ffee0-0000-4000-8000-000000000001`;
    Object.assign(good, { details: { ...good.details, encryption: { algorithm: "aws:kms", keyId, bucketKey: true } } });
    truth.write("{}", `${names.stateKey}.tflock`);
    storage.state.delete(`${names.stateKey}.tflock`, { atMs: simulator.world.now(), origin: "world" });
    const incident = await openedWithState(simulator, stateFolder());
    const seen: (string | undefined)[] = [];
    const watch = () => seen.push(truth.lock(), truth.lockFile());
    simulator.faults.add({ kind: "latency", latencyMs: 0, operation: "PutObject", onHit: watch });
    const result = await recover(incident);
    expect(result.status, words(result)).toBe("done");
    const [, , table = "", file = ""] = seen;
    expect(JSON.parse(table)).toEqual(JSON.parse(file));
    expect(JSON.parse(table)).toEqual({
      ID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      Operation: "mayday recovery",
      Info: `mayday incident ${incident.id}`,
      Who: expect.stringMatching(/^\S+@\S+$/),
      Version: "mayday",
      Created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      Path: `${names.stateBucket}/${names.stateKey}`,
    });
    expect([truth.lock(), truth.lockFile(), truth.digest()]).toEqual([undefined, undefined, truth.md5()]);
    expect(truth.versions()[0]?.details?.encryption).toEqual({ algorithm: "aws:kms", keyId, bucketKey: true });
    expect(truth.versions()[0]?.details?.contentType).toBe("application/json");

    // The same without DynamoDB: no digest is made up.
    truth.removeDigest();
    truth.write(truth.text(2) ?? "");
    const again = await recover(incident);
    expect(again.status, words(again)).toBe("done");
    expect([truth.lock(), truth.lockFile(), truth.digest()]).toEqual([undefined, undefined, undefined]);
    expect(again.outcomes.flatMap(({ note }) => note ?? []).join()).not.toMatch(/still held/);
  });

  it("says so when the bucket keeps no versions, or the version named does not exist", async () => {
    const simulator = await account({ scenario: "tfstate-damage:old-state" });
    const incident = await openedWithState(simulator, stateFolder());
    await expect(incident.prepare(ACTION, { version: "nonsense" })).rejects.toThrow(
      /neither a version id nor a serial/,
    );
    await expect(incident.prepare(ACTION, { version: "77" })).rejects.toThrow(/neither a version id nor a serial/);
    simulator.world.storage.state.versioning = "Suspended";
    expect((await incident.prepare(ACTION, {})).refusedReason).toMatch(/versioning: Suspended/);
    const current = truthOf(simulator).versions()[0]?.versionId ?? "";
    expect((await incident.prepare(ACTION, { version: current })).refusedReason).toMatch(/it is the current one/);
  });
});

describe("calls that fail or get no answer", () => {
  const cases: { name: string; fault: Omit<Fault, "times">; times: number; status: string; resolved: boolean }[] = [
    {
      name: "the write is carried out, its answer lost",
      fault: { kind: "drop-after", operation: "PutObject" },
      times: 1,
      status: "done",
      resolved: true,
    },
    {
      name: "the write does not arrive",
      fault: { kind: "drop-before", operation: "PutObject" },
      times: 1,
      status: "failed",
      resolved: false,
    },
    {
      name: "every call is throttled now and then",
      fault: { kind: "throttle", operation: "PutObject" },
      times: 2,
      status: "done",
      resolved: true,
    },
    {
      name: "the lock is taken, its answer lost",
      fault: { kind: "drop-after", operation: "PutItem" },
      times: 1,
      status: "done",
      resolved: true,
    },
    {
      name: "the lock is given back, its answer lost",
      fault: { kind: "drop-after", operation: "DeleteItem" },
      times: 1,
      status: "done",
      resolved: true,
    },
    {
      name: "writing is denied",
      fault: { kind: "deny", operation: "PutObject" },
      times: 9,
      status: "failed",
      resolved: false,
    },
    {
      name: "locking is denied",
      fault: { kind: "deny", operation: "PutItem" },
      times: 9,
      status: "failed",
      resolved: false,
    },
    {
      name: "the server breaks",
      fault: { kind: "server-error", operation: "PutObject" },
      times: 1,
      status: "failed",
      resolved: false,
    },
  ];
  it.each(cases)("$name: $status", async ({ fault, times, status, resolved }) => {
    const scenario = "tfstate-damage:old-state";
    const simulator = await account({ scenario });
    const truth = truthOf(simulator);
    const incident = await openedWithState(simulator, stateFolder());
    const prepared = await incident.prepare(ACTION, {});
    simulator.faults.add({ ...fault, times });
    const result = await incident.execute(prepared, BUCKET);
    expect(result.status, words(result)).toBe(status);
    expect([truth.isResolved(scenario), truth.lock()]).toEqual([resolved, undefined]);
    if (status === "failed") expect(incident.store.getState().heldOpen).toEqual([]);
  });

  it("the digest cannot be set: the lock is kept, and says so; mended or undone later", async () => {
    const scenario = "tfstate-damage:old-state";
    const simulator = await account({ scenario });
    const truth = truthOf(simulator);
    const incident = await openedWithState(simulator, stateFolder());
    const prepared = await incident.prepare(ACTION, {});
    let puts = 0;
    let remove: (() => void) | undefined;
    const failing = () => {
      remove ??= simulator.faults.add({ kind: "deny", operation: "PutItem" });
    };
    simulator.faults.add({
      kind: "latency",
      latencyMs: 0,
      operation: "PutObject",
      onHit: () => {
        if (++puts === 1) failing();
      },
    });
    const result = await incident.execute(prepared, BUCKET);
    expect(result.status, words(result)).toBe("partial");
    expect(result.failure?.next).toMatch(/mend-terraform-state/);
    expect(JSON.parse(truth.lock() ?? "{}")).toMatchObject({ Info: `mayday incident ${incident.id}` });
    expect(truth.digest()).not.toBe(truth.md5());
    remove?.();
    const undone = await undo(incident, result.runId);
    expect(undone.status, words(undone)).toBe("done");
    expect(undone.outcomes[0]?.note).toMatch(/our own lock was still held/);
    expect([truth.lock(), truth.digest()]).toEqual([undefined, truth.md5()]);
  });

  it("each change has a checkpoint and a fresh identity check before it", async () => {
    const simulator = await account({ scenario: "tfstate-damage:old-state" });
    const incident = await openedWithState(simulator, stateFolder());
    const prepared = await incident.prepare(ACTION, {});
    const calls: string[] = [];
    for (const operation of ["GetCallerIdentity", "PutItem", "PutObject", "DeleteItem"])
      simulator.faults.add({ kind: "latency", latencyMs: 0, operation, onHit: () => calls.push(operation) });
    await incident.execute(prepared, BUCKET);
    for (const [index, call] of calls.entries())
      if (call !== "GetCallerIdentity") expect(calls[index - 1], calls.join()).toBe("GetCallerIdentity");
    const checkpoints = await entriesOf(incident, "step.checkpoint");
    expect(checkpoints.map(({ payload }) => payload.name)).toEqual([
      "locked",
      "writing",
      "written",
      "digest",
      "released",
    ]);
  });
});
