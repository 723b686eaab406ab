import { Failure } from "../base/failure.ts";
import type { Json } from "../base/json.ts";
import { replaceReferences } from "../base/references.ts";
import type { Step, StepOutcome } from "./contract.ts";
import { readPath } from "./reading.ts";

const FORM = /^([A-Za-z0-9_-]+)\.output\.(.+)$/;

/**
 * The step with every reference replaced by what the earlier steps gave, wherever it stands: input, state, reading, expectations. Its
 * undo is left as it is: that is resolved when the run has ended.
 * @throws Failure (refused) when a referred step did not run or gave no such value: nothing is sent with a hole in it.
 */
export function resolveReferences<S extends Step>(step: S, outcomes: readonly StepOutcome[]): S {
  const { undo, ...rest } = step;
  // Steps are plain JSON by their types.
  const plain = rest as unknown as Json;
  const resolved = replaceReferences(plain, (reference) => resultOf(step.title, reference, outcomes)) as unknown as S;
  return undo ? { ...resolved, undo } : resolved;
}

function resultOf(title: string, reference: string, outcomes: readonly StepOutcome[]): Json {
  const [, stepId = "", path = ""] = FORM.exec(reference) ?? [];
  const outcome = outcomes.find((candidate) => candidate.stepId === stepId);
  // A step whose state was there already, or whose answer was lost, has what was read back instead.
  const value = readPath(outcome?.output ?? outcome?.after ?? null, path);
  if (value !== null && !(Array.isArray(value) && value.length === 0)) return value;
  throw new Failure({
    kind: "refused",
    what: title,
    why: `it needs the result of an earlier step (${reference}), which is not there`,
    next: "Nothing was sent for this step. Look at the outcome of the earlier one, and prepare the action again.",
  });
}
