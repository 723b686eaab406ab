import { describe, expect, test } from "vitest";
import { followHumanSteps } from "../../src/cockpit/dialogs/human.ts";
import { createHarness } from "../support/cockpit-harness.tsx";

const step = {
  id: "step-1",
  instruction: "Run in the checkout:\nterraform apply -target=aws_glue_catalog_table.orders",
};

const run = {
  runId: "run-1",
  title: "Bring the schema back",
  status: "running" as const,
  steps: [{ id: "apply", title: "Apply", status: "running" as const, detail: "" }],
  startedAtMs: 0,
};

function waiting() {
  const harness = createHarness({ columns: 80, rows: 24 });
  const stop = followHumanSteps(harness.controller);
  harness.incident.store.setState({ human: step, run });
  return { harness, stop, answers: () => harness.incident.calls.filter(({ name }) => name === "answerHuman") };
}

describe("a step that the responder does", () => {
  test("comes up with its instruction, and y says that it is done", () => {
    const { harness, answers } = waiting();
    expect(harness.frame().join("\n")).toContain("terraform apply -target=aws_glue_catalog_table.orders");
    harness.press("enter");
    expect(answers()).toEqual([]);
    harness.press("y");
    expect(answers()).toEqual([{ name: "answerHuman", id: "step-1", isDone: true }]);
    expect(harness.dialog()).toBeUndefined();
  });

  test("n says that it cannot be done", () => {
    const { harness, answers } = waiting();
    harness.press("n");
    expect(answers()).toEqual([{ name: "answerHuman", id: "step-1", isDone: false }]);
  });

  test("Esc puts it aside without an answer, and v brings it back", () => {
    const { harness, answers } = waiting();
    harness.press("esc");
    expect(harness.dialog()).toBeUndefined();
    harness.press("v");
    expect(harness.dialog()).toBe("human");
    expect(answers()).toEqual([]);
  });

  test("goes away when nobody waits for it any more", () => {
    const { harness, stop } = waiting();
    harness.incident.store.setState({ human: null });
    expect(harness.dialog()).toBeUndefined();
    stop();
    harness.incident.store.setState({ human: step });
    expect(harness.dialog()).toBeUndefined();
  });
});
