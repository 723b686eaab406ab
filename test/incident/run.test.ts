import { describe, expect, it } from "vitest";
import { readRecord } from "../../src/record/read.ts";
import { account, entriesOf, liveState, NESSIE, opened, stateFolder, until, YES } from "./support.ts";

const isRunning = (status: string | undefined) => status === "running";

describe("a run", () => {
  it("records each step before its effect and after it, and its undo restores everything", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    const before = await liveState(simulator);
    const contained = await incident.execute(await incident.prepare("contain-nessie", {}), NESSIE);
    expect(contained.status, JSON.stringify(contained.failure)).toBe("done");
    expect(await liveState(simulator)).toMatchObject({ desired: 0, min: 0 });
    const kinds = (await entriesOf(incident, "step.intent", "step.outcome")).map(
      ({ kind, payload }) => `${kind} ${payload.stepId}`,
    );
    expect(kinds.slice(2, 6)).toEqual([
      "step.intent suspend-autoscaling",
      "step.outcome suspend-autoscaling",
      "step.intent scale-to-zero",
      "step.outcome scale-to-zero",
    ]);
    const [held] = incident.store.getState().heldOpen;
    expect(held).toMatchObject({ runId: contained.runId, badge: "nessie 2->0" });
    const undone = await incident.execute(await incident.prepareUndo(contained.runId), YES);
    expect(undone.status, JSON.stringify(undone.failure)).toBe("done");
    expect(await liveState(simulator)).toEqual(before);
    expect(incident.store.getState().heldOpen).toEqual([]);
  });

  it("of two confirmations at the same time one runs and the other is refused", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    const [first, second] = [
      await incident.prepare("contain-nessie", {}),
      await incident.prepare("contain-nessie", {}),
    ];
    const results = await Promise.all([incident.execute(first, NESSIE), incident.execute(second, NESSIE)]);
    expect(results.map((result) => result.status).sort()).toEqual(["done", "refused"]);
    expect(await entriesOf(incident, "action.planned")).toHaveLength(1);
  });

  it("the same plan is not run twice, and an undo is not undone again", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    const plan = await incident.prepare("contain-nessie", {});
    const contained = await incident.execute(plan, NESSIE);
    expect(await incident.execute(plan, NESSIE)).toMatchObject({ status: "refused" });
    const [undo, again] = [await incident.prepareUndo(contained.runId), await incident.prepareUndo(contained.runId)];
    expect((await incident.execute(undo, YES)).status).toBe("done");
    const refused = await incident.execute(again, YES);
    expect(refused.failure?.why).toMatch(/undone already/);
  });

  it("a note can be written while a containment is under way", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    simulator.faults.add({ kind: "latency", operation: "UpdateService", latencyMs: 400 });
    const running = incident.execute(await incident.prepare("contain-nessie", {}), NESSIE);
    await until(() => isRunning(incident.store.getState().run?.status));
    const note = await incident.execute(await incident.prepare("note", { text: "called the lead" }), {});
    expect(note.status).toBe("done");
    expect(incident.store.getState().run).toMatchObject({ status: "running", title: expect.stringMatching(/Contain/) });
    expect((await running).status).toBe("done");
  });

  it("cancelling while a call is under way waits for its answer: what happened stays in the undo ledger", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    let hit = false;
    simulator.faults.add({
      kind: "latency",
      operation: "UpdateService",
      latencyMs: 400,
      onHit: () => {
        hit = true;
      },
    });
    const running = incident.execute(await incident.prepare("contain-nessie", {}), NESSIE);
    await until(() => hit);
    incident.cancelRun();
    const result = await running;
    expect(result.outcomes.find((outcome) => outcome.stepId === "scale-to-zero")).toMatchObject({
      status: "done",
      after: { desired: 0 },
    });
    expect(incident.store.getState().heldOpen.map((held) => held.runId)).toEqual([result.runId]);
    expect(await liveState(simulator)).toMatchObject({ desired: 0, min: 0 });
    const undone = await incident.execute(await incident.prepareUndo(result.runId), YES);
    expect(undone.status).toBe("done");
    expect(await liveState(simulator)).toMatchObject({ desired: 2, min: 2 });
  });

  it("cancelling before anything was sent is cancelled, not partial", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    simulator.faults.add({ kind: "latency", operation: "FilterLogEvents", latencyMs: 5000 });
    const running = incident.execute(await incident.prepare("contain-nessie", {}), NESSIE);
    await until(() => incident.store.getState().run?.steps[0]?.status === "running");
    incident.cancelRun();
    const result = await running;
    expect(result.status).toBe("cancelled");
    expect(await liveState(simulator)).toMatchObject({ desired: 2, min: 2 });
    expect(incident.store.getState().heldOpen).toEqual([]);
  });

  it("closing while a call is under way records what came of it before the end", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    let hit = false;
    simulator.faults.add({
      kind: "latency",
      operation: "UpdateService",
      latencyMs: 400,
      onHit: () => {
        hit = true;
      },
    });
    const running = incident.execute(await incident.prepare("contain-nessie", {}), NESSIE);
    await until(() => hit);
    const closed = await incident.close("suspended");
    await running;
    expect(closed.heldOpen).toEqual([expect.stringMatching(/Contain Nessie/)]);
    const kinds = (await readRecord(incident.folder)).map((entry) => entry.kind);
    expect(kinds.indexOf("action.finished")).toBeGreaterThan(0);
    expect(kinds.indexOf("action.finished")).toBeLessThan(kinds.indexOf("incident.closed"));
  });

  it("a server that breaks after it carried out the call does not make it unhappened", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    simulator.faults.add({ kind: "drop-after", operation: "UpdateService", times: 1 });
    const result = await incident.execute(await incident.prepare("contain-nessie", {}), NESSIE);
    expect(result.status).toBe("done");
    expect(result.outcomes.find((outcome) => outcome.stepId === "scale-to-zero")?.note).toMatch(/no answer/);
  });

  it("half a containment is in the ledger without a guard", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    simulator.faults.add({ kind: "deny", operation: "UpdateService" });
    const result = await incident.execute(await incident.prepare("contain-nessie", {}), NESSIE);
    expect(result.status).toBe("partial");
    expect(incident.store.getState().heldOpen).toMatchObject([{ runId: result.runId, badge: "", guard: "none" }]);
  });

  it("a containment that somebody broke can be undone: with the three values in the plan and the name typed", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    const contained = await incident.execute(await incident.prepare("contain-nessie", {}), NESSIE);
    const quiet = await incident.prepareUndo(contained.runId);
    expect(quiet.plan.tier).toBe("yes");
    expect(quiet.checks.map((check) => check.status)).toEqual(["pass", "pass"]);
    simulator.world.external.asSomebodyElse("terraform-ci").updateService({ desiredCount: 1 });
    // The plan that was made before does not overwrite what it did not see.
    expect((await incident.execute(quiet, YES)).failure?.why).toMatch(/desired: expected 0, found 1/);
    const undo = await incident.prepareUndo(contained.runId);
    expect(undo.checks[0]).toMatchObject({
      status: "warn",
      detail: "desired: we left 0, now it is 1, the undo sets 2",
    });
    expect((await incident.execute(undo, YES)).status).toBe("refused");
    const result = await incident.execute(undo, NESSIE);
    expect(result.status, JSON.stringify(result.failure)).toBe("done");
    expect(await liveState(simulator)).toMatchObject({ desired: 2, min: 2 });
    expect(incident.store.getState().heldOpen).toEqual([]);
  });

  it("a wrong name, a bare yes and read-only mode send nothing", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    const plan = await incident.prepare("contain-nessie", {});
    for (const confirmation of [{}, YES, { typedName: "Nessie" }])
      expect((await incident.execute(plan, confirmation)).status).toBe("refused");
    incident.setReadOnly(true);
    // Turned on after the plan was made: the client layer refuses.
    expect((await incident.execute(plan, NESSIE)).status).toBe("refused");
    expect(await liveState(simulator)).toMatchObject({ desired: 2, min: 2 });
  });
});
