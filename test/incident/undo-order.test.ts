import { expect, it } from "vitest";
import type { CallStep, HeldRun, Prepared } from "../../src/actions/contract.ts";
import { withOrderCheck } from "../../src/incident/undo-order.ts";

const run = (runId: string, resource: string, badge = ""): HeldRun => ({
  runId,
  actionId: "any",
  title: `Run ${runId}`,
  badge,
  sinceMs: 0,
  resources: [resource],
  guard: null,
  calls: [],
  evidence: [],
});

function undoOf(resource: string, rebase?: CallStep["rebase"]): Prepared {
  const step: CallStep = {
    kind: "call",
    id: "back",
    title: "Back",
    transport: "aws",
    service: "ecs",
    operation: "UpdateService",
    input: {},
    resource,
    ...(rebase ? { rebase } : {}),
  };
  const plan = { actionId: "any", title: "Undo", parameters: {}, tier: "yes" as const, resourceName: "x" };
  return {
    facts: {},
    checks: [],
    plan: { ...plan, effects: [], caveats: [], steps: [step], verify: null, guard: null },
  };
}

it.each([
  ["the newest of them", "b", undoOf("target"), 0, "yes"],
  ["one that another thing was done after", "a", undoOf("other"), 0, "yes"],
  ["one that is contained by a later one", "a", undoOf("target"), 1, "name"],
  [
    "one that takes out only its own part",
    "a",
    undoOf("target", { kind: "bucket-policy-statement", sid: "S" }),
    0,
    "yes",
  ],
] as const)("undoing %s", (_name, runId, undo, warnings, tier) => {
  const held = [run("a", "target"), run("b", "target", "nessie 2->0")];
  const { checks, plan } = withOrderCheck(undo, runId, held);
  expect(checks).toHaveLength(warnings);
  expect(plan.tier).toBe(tier);
  for (const { status, detail } of checks) {
    expect(status).toBe("warn");
    expect(detail).toMatch(/"Run b" was done after it/);
  }
});
