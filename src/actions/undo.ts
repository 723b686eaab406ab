import { failureDetail } from "../base/failure.ts";
import type { Plan, Step, StepOutcome, Tier, WaitStep } from "./contract.ts";
import { resolveReferences } from "./references.ts";

const UNCONDITIONAL =
  "There is no conditional write here: each step reads again right before it writes, and refuses when somebody else changed the value.";

/** Steps whose effect is in place, or may be: their undo belongs into the undo plan. */
const EFFECTIVE: StepOutcome["status"][] = ["done", "partial", "in-doubt"];

/**
 * The plan that takes back what a run did: the undo of every step that happened (or may have happened), last step first.
 * Null when nothing that happened has an undo. A step that found its state already in place did nothing, so it has none.
 */
export function undoPlan(plan: Plan, outcomes: readonly StepOutcome[], runId: string): Plan | null {
  const happened = new Set(
    outcomes.filter((outcome) => EFFECTIVE.includes(outcome.status)).map((outcome) => outcome.stepId),
  );
  const steps: Step[] = plan.steps
    .filter((step) => happened.has(step.id) && step.undo !== undefined)
    .reverse()
    .flatMap((step) => step.undo ?? [])
    .map((step) => known(step, outcomes));
  if (steps.length === 0) return null;
  const waits = steps.filter((step): step is WaitStep => step.kind === "wait");
  return {
    actionId: plan.actionId,
    title: `Undo: ${plan.title}`,
    parameters: plan.parameters,
    tier: undoTier(plan),
    resourceName: plan.resourceName,
    effects: undoEffects(plan),
    caveats: steps.some((step) => step.kind === "call" && step.service !== "nessie") ? [UNCONDITIONAL] : [],
    steps,
    // Where the last step waits itself there is nothing left to verify.
    verify: steps.at(-1)?.kind === "wait" ? null : (waits.at(-1) ?? null),
    guard: null,
    undoes: runId,
  };
}

/** The undo step with its references resolved; one that refers to a result nobody knows is left to a person, and says so. */
function known(step: Step, outcomes: readonly StepOutcome[]): Step {
  try {
    return resolveReferences(step, outcomes);
  } catch (error) {
    const { why } = failureDetail(error, step.title);
    const instruction = `${step.title}: cannot be done from here, because ${why}. Look it up in AWS, and take it back by hand.`;
    return { kind: "human", id: step.id, title: step.title, instruction };
  }
}

/**
 * The badge of what a run holds: only when every call of its plan is in place, or may be. Half a containment is in the undo
 * ledger too, but there is nothing to guard: what never was cannot be broken.
 */
export function guardBadge(plan: Plan, outcomes: readonly StepOutcome[]): string | undefined {
  const inPlace: StepOutcome["status"][] = ["done", "already", "in-doubt"];
  const whole = plan.steps
    .filter((step) => step.kind === "call")
    .every((step) => outcomes.some((outcome) => outcome.stepId === step.id && inPlace.includes(outcome.status)));
  return whole ? plan.guard?.badge : undefined;
}

function undoEffects({ title, guard, undoing }: Plan): string[] {
  if (undoing) return undoing.effects;
  const takesBack = `Takes back what "${title}" changed`;
  return [
    guard ? `${takesBack}; what it was contained for starts again if the cause is still there.` : `${takesBack}.`,
  ];
}

/** Giving back service asks for one `y`: it harms nobody who was not harmed by the incident itself. What takes something away says so. */
export function undoTier({ tier, undoing }: Plan): Tier {
  return undoing?.tier ?? (tier === "none" ? "none" : "yes");
}
