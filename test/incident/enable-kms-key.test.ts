import { expect, it } from "vitest";
import { enableKmsKey } from "../../src/actions/access-repairs/enable-kms-key.ts";
import { quiet } from "../../src/sim/scenarios/quiet.ts";
import { account, opened, stateFolder } from "./support.ts";

const DAY_MS = 86_400_000;

async function lakehouse() {
  const simulator = await account({ scenario: { ...quiet, lakehouseKey: "own" } });
  return { incident: await opened(simulator, stateFolder()), key: simulator.world.ownKey!, world: simulator.world };
}

it("a key that is pending deletion: the deletion is cancelled, the key enabled; its undo leaves it disabled", async () => {
  const { incident, key, world } = await lakehouse();
  key.state = "PendingDeletion";
  key.deletionAtMs = world.kernel.nowMs + 7 * DAY_MS;
  const prepared = await incident.prepare(enableKmsKey.id, { key: key.arn });
  expect(prepared.refusedReason).toBeUndefined();
  expect(prepared.plan.steps.map((step) => step.kind === "call" && step.operation)).toEqual([
    "CancelKeyDeletion",
    "EnableKey",
  ]);
  expect(prepared.plan.caveats.join(" ")).toContain("does not schedule its deletion again");
  const run = await incident.execute(prepared, { yes: true, typedName: prepared.plan.resourceName });
  expect(run.status, JSON.stringify(run.failure ?? run.outcomes)).toBe("done");
  expect([key.state, key.deletionAtMs]).toEqual(["Enabled", undefined]);
  const undo = await incident.prepareUndo(run.runId);
  const undone = await incident.execute(undo, { yes: true, typedName: undo.plan.resourceName });
  expect(undone.status, JSON.stringify(undone.failure ?? undone.outcomes)).toBe("done");
  expect([key.state, key.deletionAtMs]).toEqual(["Disabled", undefined]);
});

it("a key that is enabled is refused, and one that KMS does not know is not found", async () => {
  const { incident, key } = await lakehouse();
  expect((await incident.prepare(enableKmsKey.id, { key: key.arn })).refusedReason).toContain("Enabled");
  const missing = key.arn.replace(key.id, "00000000-0000-4000-8000-000000000000");
  await expect(incident.prepare(enableKmsKey.id, { key: missing })).rejects.toThrow(/does not know it/);
});
