import { describe, expect, it } from "vitest";
import type { CallStep, Plan, StepOutcome } from "../../src/actions/contract.ts";
import { undoPlan } from "../../src/actions/undo.ts";

const call = (id: string, undoIds: string[]): CallStep => ({
  kind: "call",
  id,
  title: id,
  transport: "aws",
  service: "ecs",
  operation: "UpdateService",
  input: {},
  resource: id,
  undo: undoIds.map((undoId) => call(undoId, [])),
});
const plan: Plan = {
  actionId: "a",
  title: "Contain",
  parameters: {},
  tier: "name",
  resourceName: "nessie",
  effects: [],
  caveats: [],
  steps: [call("one", ["undo-one"]), call("two", ["undo-two-a", "undo-two-b"]), call("three", ["undo-three"])],
  verify: null,
  guard: null,
};
const outcome = (stepId: string, status: StepOutcome["status"]): StepOutcome => ({
  stepId,
  status,
  startedAtMs: 0,
  endedAtMs: 0,
  requestIds: [],
});

describe("undoPlan", () => {
  it("takes back only what happened, last step first", () => {
    const undo = undoPlan(plan, [outcome("one", "done"), outcome("two", "done"), outcome("three", "failed")], "run-1");
    expect(undo?.steps.map((step) => step.id)).toEqual(["undo-two-a", "undo-two-b", "undo-one"]);
    expect(undo?.undoes).toBe("run-1");
  });
  it("a step in doubt is taken back, one that found its state in place is not", () => {
    expect(
      undoPlan(plan, [outcome("one", "already"), outcome("two", "in-doubt")], "r")?.steps.map((step) => step.id),
    ).toEqual(["undo-two-a", "undo-two-b"]);
  });
  it("there is none when nothing happened, and it never asks for less than y when harm was possible", () => {
    expect(undoPlan(plan, [outcome("one", "refused")], "r")).toBeNull();
    expect(undoPlan(plan, [outcome("one", "done")], "r")?.tier).toBe("yes");
  });
  it("says what taking it back does to others, and speaks of a containment only where there was one", () => {
    const undone = (more: Partial<Plan>) => undoPlan({ ...plan, ...more }, [outcome("one", "done")], "r");
    expect(undone({})?.effects).toEqual(['Takes back what "Contain" changed.']);
    const guard = { badge: "b", watches: [], brokenMessage: "" };
    expect(undone({ guard })?.effects.join()).toMatch(/what it was contained for starts again/);
    const undoing = { effects: ["All are deleted again."], tier: "name" as const };
    expect(undone({ undoing })).toMatchObject(undoing);
  });
});
