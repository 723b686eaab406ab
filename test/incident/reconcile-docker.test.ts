import { describe, expect, it } from "vitest";
import { openRecorder } from "../../src/record/recorder.ts";
import { ACTOR } from "../record/support.ts";
import { composeAccount, DAEMON, openedOn, PROJECT, statesOf } from "./docker-support.ts";
import { clockOf, entriesOf, stateFolder, until, YES } from "./support.ts";

const stopDaemon = `stop-${DAEMON}`;

/** An incident whose cockpit died right after it had sent the daemon's stop. */
async function leftInFlight(speed: number) {
  const { simulator } = await composeAccount({ speed });
  const stateDirectory = stateFolder();
  const first = await openedOn(simulator, { stateDirectory });
  const { plan } = await first.prepare("contain-dagster", {});
  const dead = await openRecorder({
    folder: first.folder,
    incidentId: first.id,
    clock: clockOf(simulator),
    actor: () => ACTOR,
  });
  const json = (value: object) => JSON.parse(JSON.stringify(value));
  await dead.append({
    kind: "action.planned",
    payload: { runId: "dead", actionId: plan.actionId, plan: json(plan), facts: {}, checks: [] },
  });
  const step = plan.steps.find(({ id }) => id === stopDaemon)!;
  await dead.append({
    kind: "step.intent",
    payload: { runId: "dead", stepId: step.id, title: step.title, step: json(step), line: "", resource: "" },
  });
  await dead.close();
  await first.release();
  return { simulator, stateDirectory, id: first.id };
}

describe("docker steps in flight when their cockpit died", () => {
  it("that are done stand in the ledger, and can be undone", async () => {
    const { simulator, stateDirectory, id } = await leftInFlight(30);
    simulator.world.dagster.inCompose.compose.stop(PROJECT, [DAEMON]);
    await until(() => statesOf(simulator).includes("exited"));
    const again = await openedOn(simulator, { stateDirectory, incidentId: id, reason: "resume" });
    expect((await entriesOf(again, "step.reconciled")).map(({ payload }) => payload)).toMatchObject([
      { stepId: stopDaemon, verdict: "happened", detail: expect.stringMatching(/stopped 1, up 0/) },
    ]);
    const undone = await again.execute(await again.prepareUndo("dead"), YES);
    expect(undone.status, JSON.stringify(undone.failure)).toBe("done");
    expect(statesOf(simulator)).toEqual(["running", "running"]);
  });

  it("may still come: nothing is judged so soon, and what did not come in two minutes did not happen", async () => {
    const { simulator, stateDirectory, id } = await leftInFlight(1);
    const early = await openedOn(simulator, { stateDirectory, incidentId: id, reason: "resume" });
    expect(await entriesOf(early, "step.reconciled")).toEqual([]);
    expect(
      early.store
        .getState()
        .notices.map(({ text }) => text)
        .join(),
    ).toMatch(/docker may still be at it/);
    await early.release();
    const lateClock = { ...clockOf(simulator), now: () => clockOf(simulator).now() + 121_000 };
    const late = await openedOn(simulator, { stateDirectory, incidentId: id, reason: "resume", clock: lateClock });
    expect((await entriesOf(late, "step.reconciled")).map(({ payload }) => payload.verdict)).toEqual([
      "did-not-happen",
    ]);
    expect(late.store.getState().heldOpen).toEqual([]);
  });
});
