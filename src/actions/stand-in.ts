import type { FailureDetail } from "../base/failure.ts";
import type { CallStep, Plan, Step, StepOutcome } from "./contract.ts";

/** Outcomes after which a call certainly had no effect. One that is in doubt is not among them: its effect could come twice. */
const DID_NOT_HAPPEN: ReadonlySet<StepOutcome["status"]> = new Set(["failed", "refused"]);

/**
 * Of a step that is another way to what earlier steps were to do (`insteadOf`): its outcome when it is not to be carried out, because
 * one of them did it, or may have. Undefined: it is carried out, as any other step.
 */
export function standInOutcome(step: Step, earlier: readonly StepOutcome[], nowMs: number): StepOutcome | undefined {
  if (step.kind !== "call" || !step.insteadOf) return undefined;
  const first = earlier.find(({ stepId, status }) => step.insteadOf?.includes(stepId) && !DID_NOT_HAPPEN.has(status));
  if (!first) return undefined;
  const outcome = { stepId: step.id, startedAtMs: nowMs, endedAtMs: nowMs, requestIds: [] };
  if (first.status !== "in-doubt") return { ...outcome, status: "already", note: "not needed; nothing was sent" };
  const failure: FailureDetail = {
    kind: "refused",
    what: step.title,
    why: "nothing was sent, because the way before it may have worked all the same",
    next: "Look whether it arrived; if it did not, send it again.",
  };
  return { ...outcome, status: "refused", failure };
}

/** The step that did what this one could not. */
export function standInFor({ steps }: Plan, outcomes: readonly StepOutcome[], stepId: string): CallStep | undefined {
  const isDone = (step: Step) => outcomes.some((outcome) => outcome.stepId === step.id && outcome.status === "done");
  return steps.find(
    (step): step is CallStep => step.kind === "call" && step.insteadOf?.includes(stepId) === true && isDone(step),
  );
}

/** What went wrong first in a step that the plan went on without, and that no other way made good. */
export function unreplacedFailure(plan: Plan, outcomes: readonly StepOutcome[]): FailureDetail | undefined {
  const isOpen = ({ stepId, status }: StepOutcome) =>
    (DID_NOT_HAPPEN.has(status) || status === "in-doubt") && !standInFor(plan, outcomes, stepId);
  return outcomes.find(isOpen)?.failure;
}
