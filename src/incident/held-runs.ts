import type { HeldRun, Plan } from "../actions/contract.ts";
import { sanitizeLine } from "../base/text.ts";
import type { RecordEntry } from "../record/entries.ts";
import { undoLedger } from "../record/runs.ts";
import type { HeldPlan } from "./reassertion.ts";

/** What is held open by the record, with what each undo would act on. O(entries). */
export function heldRuns(entries: readonly RecordEntry[]): HeldRun[] {
  return undoLedger(entries).map(({ runId, actionId, title, badge, undo, sinceMs }) => {
    const { steps } = undo as unknown as Plan;
    return {
      runId,
      actionId,
      title: sanitizeLine(title),
      badge: sanitizeLine(badge ?? ""),
      sinceMs,
      resources: [...new Set(steps.flatMap((step) => (step.kind === "call" ? [step.resource] : [])))],
      guard: recordedPlan(entries, runId)?.guard ?? null,
    };
  });
}

/** The plan of a run as it was recorded. */
export function recordedPlan(entries: readonly RecordEntry[], runId: string): Plan | undefined {
  const entry = entries.findLast(
    (candidate) => candidate.kind === "action.planned" && candidate.payload.runId === runId,
  );
  return entry?.kind === "action.planned" ? (entry.payload.plan as unknown as Plan) : undefined;
}

/** The containments that are held open and whole, with their plans, oldest first. */
export function heldPlans(entries: readonly RecordEntry[]): HeldPlan[] {
  return undoLedger(entries).flatMap(({ runId, badge, sinceMs }) => {
    const plan = badge ? recordedPlan(entries, runId) : undefined;
    return plan ? [{ runId, sinceMs, plan }] : [];
  });
}
