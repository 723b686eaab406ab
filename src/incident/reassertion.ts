import type { Plan, Prepared, Step } from "../actions/contract.ts";
import { formatUtcTime } from "../base/duration.ts";

/** A containment that is held open: its run, and the plan of that run. */
export interface HeldPlan {
  runId: string;
  /** Domain ms. */
  sinceMs: number;
  plan: Plan;
}

/**
 * The same containment once more, after somebody changed what it set: its plan sets that again and nothing else. The undo in the ledger
 * stays the one of the first time, which knows how it was before the incident: a second one would bring back what somebody made of it
 * meanwhile. Where the undo is to take a statement out of a document there is only one of it, so the new run takes the place of the old.
 * A plan that repeats nothing stays as it is.
 * @param held what is held open, whole, and watched.
 */
export function asReassertion(prepared: Prepared, held: readonly HeldPlan[]): Prepared {
  const { plan } = prepared;
  const first = held.find((one) => one.plan.actionId === plan.actionId && one.plan.title === plan.title);
  if (!first || !plan.guard || plan.guard.watches.length === 0) return prepared;
  const since = formatUtcTime(first.sinceMs);
  const effects = [
    `It is held open since ${since} UTC: this sets again what somebody or something changed of it.`,
    ...plan.effects,
  ];
  if (takesOutOneStatement(plan.steps))
    return { ...prepared, plan: { ...plan, effects, settles: [...(plan.settles ?? []), first.runId] } };
  const covered = new Set(first.plan.steps.map(({ id }) => id));
  const steps = plan.steps.map((step): Step => {
    if (!covered.has(step.id)) return step;
    const { undo: _first, ...rest } = step;
    return rest;
  });
  const caveats = [...plan.caveats, `Its undo is the one of ${since} UTC, which stays in the ledger (z).`];
  return { ...prepared, plan: { ...plan, effects, caveats, steps, guard: null } };
}

function takesOutOneStatement(steps: readonly Step[]): boolean {
  const undo = steps.flatMap((step) => step.undo ?? []);
  return (
    undo.length > 0 && undo.every((step) => step.kind === "call" && step.rebase?.kind === "bucket-policy-statement")
  );
}
