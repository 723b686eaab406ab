import { expect, it } from "vitest";
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
