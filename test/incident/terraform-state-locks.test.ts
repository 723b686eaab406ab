import { expect, it } from "vitest";
import type { Fault } from "../../src/sim/faults.ts";
import { account, stateFolder } from "./support.ts";
import { BUCKET, openedWithState, truthOf } from "./terraform-state-support.ts";

it("a lock that comes between looking and taking is not overwritten, in the table or in S3", async () => {
  const simulator = await account({ scenario: "tfstate-damage:old-state" });
  const truth = truthOf(simulator);
  const { storage, names } = simulator.world;
  const lockFile = `${names.stateKey}.tflock`;
  truth.write("{}", lockFile);
  storage.state.delete(lockFile, { atMs: simulator.world.now(), origin: "world" });
  const incident = await openedWithState(simulator, stateFolder());
  const theirs = { ID: "ci", Who: "runner@ci", Operation: "OperationTypeApply", Created: "2026-11-23T03:00:00Z" };
  const before = truth.text();
  const run = async (service: string, operation: string, onHit: () => void) => {
    const prepared = await incident.prepare("recover-terraform-state", {});
    expect(prepared.refusedReason).toBeUndefined();
    simulator.faults.add({ kind: "latency", latencyMs: 0, service, operation, times: 1, onHit });
    const { status, failure } = await incident.execute(prepared, BUCKET);
    expect([status, failure?.why]).toEqual(["refused", expect.stringMatching(/locked by runner@ci/)]);
    expect(truth.text()).toBe(before);
  };
  await run("dynamodb", "PutItem", () => truth.setLock(theirs));
  expect([truth.lock(), truth.lockFile()]).toEqual([JSON.stringify(theirs), undefined]);
  truth.setLock(undefined);
  await run("s3", "PutObject", () => truth.write(JSON.stringify(theirs), lockFile));
  expect([truth.lock(), truth.lockFile()]).toEqual([undefined, JSON.stringify(theirs)]);
});

const THEIRS = { ID: "ci", Who: "runner@ci", Operation: "OperationTypeApply", Created: "2026-11-23T03:00:00Z" };
type Truth = ReturnType<typeof truthOf>;

it.each<[string, Pick<Fault, "service" | "operation" | "after">, (truth: Truth) => void, string, object]>([
  [
    "a state that is written between looking and writing stays, and the lock is given back",
    { service: "s3", operation: "PutObject" },
    (truth) => truth.write(JSON.stringify({ ...truth.state(1), serial: 30 })),
    "failed",
    { serial: 30, lock: undefined },
  ],
  [
    "a digest that somebody changes while the state is written is not overwritten, and the lock is kept",
    { service: "dynamodb", operation: "PutItem", after: 1 },
    (truth) => truth.removeDigest(),
    "partial",
    { serial: 10, digest: undefined, lock: expect.stringContaining("mayday recovery") },
  ],
  [
    "a lock that is no longer ours when it is given back stays",
    { service: "dynamodb", operation: "DeleteItem" },
    (truth) => truth.setLock(THEIRS),
    "partial",
    { serial: 10, lock: JSON.stringify(THEIRS) },
  ],
])("%s", async (_what, call, change, status, left) => {
  const simulator = await account({ scenario: "tfstate-damage:old-state" });
  const truth = truthOf(simulator);
  const incident = await openedWithState(simulator, stateFolder());
  const prepared = await incident.prepare("recover-terraform-state", {});
  simulator.faults.add({ kind: "latency", latencyMs: 0, times: 1, ...call, onHit: () => change(truth) });
  const result = await incident.execute(prepared, BUCKET);
  expect(result.status, result.failure?.why).toBe(status);
  expect({ serial: truth.state()?.serial, digest: truth.digest(), lock: truth.lock() }).toMatchObject(left);
});
