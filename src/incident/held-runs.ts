import type { HeldRun, Plan } from "../actions/contract.ts";
import { sanitizeLine } from "../base/text.ts";
import type { RecordEntry } from "../record/entries.ts";
import { undoLedger } from "../record/runs.ts";

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
    };
  });
}
