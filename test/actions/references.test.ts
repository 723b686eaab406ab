import { describe, expect, it } from "vitest";
import type { CallStep, Plan, StepOutcome } from "../../src/actions/contract.ts";
import { resolveReferences } from "../../src/actions/references.ts";
import { undoPlan } from "../../src/actions/undo.ts";
import { showReferences } from "../../src/base/references.ts";

const outcome = (stepId: string, rest: Partial<StepOutcome>): StepOutcome => ({
  stepId,
  status: "done",
  startedAtMs: 0,
  endedAtMs: 1,
  requestIds: [],
  ...rest,
});
const revision = { $ref: "register.output.revision" };
const step: CallStep = {
  kind: "call",
  id: "roll",
  title: "Roll to the new revision",
  transport: "aws",
  service: "ecs",
  operation: "UpdateService",
  input: { service: "nessie", taskDefinition: revision, tags: [{ key: "from", value: revision }] },
  resource: "service nessie",
  state: {
    reading: { service: "ecs", operation: "DescribeServices", input: {}, pick: { revision: "taskDefinition" } },
    before: { revision: "nessie:7" },
    after: { revision },
  },
};

describe("a step that refers to an earlier result", () => {
  it("gets it wherever the reference stands", () => {
    const found = resolveReferences(step, [outcome("register", { output: { revision: "nessie:8" } })]);
    expect(found.input).toEqual({
      service: "nessie",
      taskDefinition: "nessie:8",
      tags: [{ key: "from", value: "nessie:8" }],
    });
    expect(found.state?.after).toEqual({ revision: "nessie:8" });
  });

  it("takes what was read back when the answer was lost or nothing had to be sent", () => {
    const found = resolveReferences(step, [outcome("register", { after: { revision: "nessie:8" } })]);
    expect(found.input.taskDefinition).toBe("nessie:8");
  });

  it("is refused when the result is not there", () => {
    expect(() => resolveReferences(step, [])).toThrow(/register\.output\.revision/);
    expect(() => resolveReferences(step, [outcome("register", { output: { other: 1 } })])).toThrow(/not there/);
  });

  it("shows it as a name until then", () => {
    expect(showReferences({ taskDefinition: revision })).toEqual({ taskDefinition: "<register.revision>" });
  });
});

describe("the undo of such a step", () => {
  const plan: Plan = {
    actionId: "a",
    title: "t",
    parameters: {},
    tier: "yes",
    resourceName: "nessie",
    effects: [],
    caveats: [],
    steps: [
      {
        ...step,
        id: "register",
        input: {},
        undo: [{ ...step, id: "deregister", input: { taskDefinition: revision } }],
      },
    ],
    verify: null,
    guard: null,
  };

  it("has the values of the run", () => {
    const undo = undoPlan(plan, [outcome("register", { output: { revision: "nessie:8" } })], "run");
    expect(undo?.steps).toMatchObject([{ kind: "call", input: { taskDefinition: "nessie:8" } }]);
  });

  it("is left to a person when nobody knows them", () => {
    const undo = undoPlan(plan, [outcome("register", { status: "in-doubt" })], "run");
    expect(undo?.steps).toMatchObject([{ kind: "human", id: "deregister", instruction: /by hand/ }]);
  });
});
