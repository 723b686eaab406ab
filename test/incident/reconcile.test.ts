import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/actions/contract.ts";
import type { JsonObject } from "../../src/base/json.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import { reconcile } from "../../src/incident/reconcile.ts";
import type { Recorder } from "../../src/record/contract.ts";
import { openRecorder } from "../../src/record/recorder.ts";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { ACTOR } from "../record/support.ts";
import { account, clockOf, entriesOf, layerOf, NESSIE, opened, stateFolder, until, YES } from "./support.ts";

const json = (value: object) => JSON.parse(JSON.stringify(value)) as JsonObject;

/** Writes into the incident what a cockpit leaves that dies before the outcome of `stepId` is known. */
async function dyingRun(incident: OpenIncident, simulator: RunningSimulator, plan: Plan, stepId: string) {
  const clock = clockOf(simulator);
  const dead: Recorder = await openRecorder({
    folder: incident.folder,
    incidentId: incident.id,
    clock,
    actor: () => ACTOR,
  });
  const runId = `run-${stepId}`;
  await dead.append({
    kind: "action.planned",
    payload: { runId, actionId: plan.actionId, plan: json(plan), facts: {}, checks: [] },
  });
  for (const step of plan.steps) {
    const { title } = step;
    await dead.append({
      kind: "step.intent",
      payload: { runId, stepId: step.id, title, step: json(step), line: "", resource: "" },
    });
    if (step.id === stepId) break;
    await dead.append({
      kind: "step.outcome",
      payload: { runId, stepId: step.id, title, status: "done", requestIds: [], startedAtMs: 0, endedAtMs: 0 },
    });
  }
  return { dead, runId };
}

async function resumed(simulator: RunningSimulator, stateDirectory: string, id: string, accessKeyId?: string) {
  return opened(simulator, stateDirectory, {
    incidentId: id,
    reason: "resume",
    ...(accessKeyId ? { accessKeyId } : {}),
  });
}

describe("a step in flight when its cockpit died", () => {
  it("is not judged from another account", async () => {
    const simulator = await account();
    const stateDirectory = stateFolder();
    const first = await opened(simulator, stateDirectory);
    const { plan } = await first.prepare("contain-nessie", {});
    const { dead } = await dyingRun(first, simulator, plan, "scale-to-zero");
    await dead.close();
    await first.release();
    const wrong = await resumed(simulator, stateDirectory, first.id, "ASIASIMULATEDOTHERAC");
    expect(await entriesOf(wrong, "step.reconciled", "action.finished")).toEqual([]);
    expect(
      wrong.store
        .getState()
        .notices.map((notice) => notice.text)
        .join(),
    ).toMatch(/could not be compared yet/);
    await wrong.release();
    const right = await resumed(simulator, stateDirectory, first.id);
    expect((await entriesOf(right, "step.reconciled")).map((entry) => entry.payload.verdict)).toEqual([
      "did-not-happen",
    ]);
  });

  it("is left open while the live state cannot be read for a reason that passes", async () => {
    const simulator = await account();
    const stateDirectory = stateFolder();
    const first = await opened(simulator, stateDirectory);
    const { plan } = await first.prepare("contain-nessie", {});
    const { dead } = await dyingRun(first, simulator, plan, "scale-to-zero");
    await dead.close();
    await first.release();
    const remove = simulator.faults.add({ kind: "expired", operation: "DescribeServices" });
    const early = await resumed(simulator, stateDirectory, first.id);
    expect(await entriesOf(early, "step.reconciled", "action.finished")).toEqual([]);
    expect(
      early.store
        .getState()
        .notices.map((notice) => notice.text)
        .join(),
    ).toMatch(/not known yet/);
    await early.release();
    remove();
    const late = await resumed(simulator, stateDirectory, first.id);
    expect(await entriesOf(late, "step.reconciled")).toHaveLength(1);
  });

  it("of a cockpit that dies beside a living one is settled by the living one", async () => {
    const simulator = await account();
    const stateDirectory = stateFolder();
    const living = await opened(simulator, stateDirectory, { watch: true });
    const { plan } = await living.prepare("contain-nessie", {});
    const { dead, runId } = await dyingRun(living, simulator, plan, "scale-to-zero");
    await dead.close();
    await expect
      .poll(() => living.store.getState().heldOpen.map((held) => held.runId), { timeout: 15_000 })
      .toEqual([runId]);
  }, 20_000);

  it("the undo of a failed last step stays in the ledger", async () => {
    const simulator = await account();
    const stateDirectory = stateFolder();
    const incident = await opened(simulator, stateDirectory);
    const contained = await incident.execute(await incident.prepare("contain-nessie", {}), NESSIE);
    const { plan } = await incident.prepareUndo(contained.runId);
    const last = plan.steps.at(-1);
    const { dead, runId } = await dyingRun(incident, simulator, plan, last?.id ?? "");
    await dead.append({
      kind: "step.outcome",
      payload: {
        runId,
        stepId: last?.id ?? "",
        title: "",
        status: "failed",
        requestIds: [],
        startedAtMs: 0,
        endedAtMs: 0,
      },
    });
    await dead.close();
    await incident.release();
    const after = await resumed(simulator, stateDirectory, incident.id);
    expect(after.store.getState().heldOpen.map((held) => held.runId)).toEqual([contained.runId]);
    expect((await after.execute(await after.prepareUndo(contained.runId), YES)).status).toBe("done");
  });

  it("is settled once: a second look finds that it has ended", async () => {
    const simulator = await account();
    const stateDirectory = stateFolder();
    const incident = await opened(simulator, stateDirectory);
    const { plan } = await incident.prepare("contain-nessie", {});
    const { dead } = await dyingRun(incident, simulator, plan, "suspend-autoscaling");
    await dead.close();
    const aws = await layerOf(simulator);
    await until(async () => (await entriesOf(incident, "step.intent")).length === 2);
    let entries = await incident.recorder.entries();
    incident.recorder.onEntry((entry) => {
      entries = [...entries, entry];
    });
    const { recorder } = incident;
    const signal = new AbortController().signal;
    const look = () =>
      reconcile({ aws, clock: clockOf(simulator), recorder, entries: () => entries, isLive: () => false, signal });
    await look();
    await look();
    expect(await entriesOf(incident, "action.finished")).toHaveLength(1);
  });
});
