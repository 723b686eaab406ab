import { describe, expect, test } from "vitest";
import type { JobStep, Tier } from "../../src/actions/contract.ts";
import { createHarness, type Harness } from "../support/cockpit-harness.tsx";
import { containPlan } from "../support/fixture-actions.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const NAME = "lakehouse-prod-nessie";
const EVIDENCE: JobStep = {
  kind: "job",
  id: "evidence",
  title: "Collect what stopping the tasks would destroy",
  job: "volatile-evidence",
  input: {},
  operations: [],
  boxMs: 15_000,
  essential: false,
  evidence: { loses: ["exit codes of 2 tasks", "their network interfaces"] },
};

async function openPlan(tier: Tier, size: { columns: number; rows: number }): Promise<Harness> {
  const harness = createHarness(size);
  harness.incident.prepared = async (actionId, parameters) => {
    const prepared = containPlan(actionId, parameters);
    const plan = { ...prepared.plan, tier, steps: [EVIDENCE, ...prepared.plan.steps] };
    return harness.incident.chooseEvidence({ ...prepared, plan }, "collect");
  };
  harness.press("a", "enter");
  await settle();
  return harness;
}

const executed = (harness: Harness) => harness.incident.calls.filter((call) => call.name === "execute");
const text = (harness: Harness) => harness.frame().join("\n");
const skipOf = (call: unknown) => (call as { plan: { steps: JobStep[] } }).plan.steps[0]?.evidence?.skip;

describe.each([
  { columns: 80, rows: 24 },
  { columns: 200, rows: 60 },
])("evidence in the plan at $columns x $rows", (size) => {
  test("where a name is typed: Tab and an arrow skip it, the confirm line says so, and the name still confirms", async () => {
    const harness = await openPlan("name", size);
    expect(text(harness)).toContain("[collect first]");
    const height = harness.frame().length;
    harness.press("tab", "right");
    expect(text(harness)).toContain("[SKIP]");
    expect(text(harness)).toContain(`Type the name ${NAME} to confirm WITHOUT evidence`);
    expect(text(harness)).toContain("lost for good: 2 things");
    expect(harness.frame()).toHaveLength(height);
    harness.press("tab");
    harness.type(NAME);
    harness.press("enter");
    expect(executed(harness).map(skipOf)).toEqual([true]);
  });

  test("letters on the choice are no text, and a second arrow collects again", async () => {
    const harness = await openPlan("name", size);
    harness.press("tab", "right", "x", "left", "tab");
    expect(text(harness)).toContain("[collect first]");
    harness.type(NAME);
    harness.press("enter");
    expect(executed(harness).map(skipOf)).toEqual([undefined]);
  });

  test("where y confirms: e changes it", async () => {
    const harness = await openPlan("yes", size);
    harness.press("E");
    expect(text(harness)).toContain("runs it WITHOUT evidence");
    harness.press("y");
    expect(executed(harness).map(skipOf)).toEqual([true]);
  });
});

test("the step names what is lost, and a plan that destroys nothing has no choice", async () => {
  const harness = await openPlan("yes", { columns: 120, rows: 60 });
  expect(text(harness)).toMatch(/collects exit codes of 2 tasks/);
  harness.press("E");
  expect(text(harness)).toMatch(/SKIPPED, lost: exit codes of 2 tasks/);
  const other = createHarness();
  other.press("a", "enter");
  await settle();
  expect(other.frame().join("\n")).not.toContain("Evidence:");
});
