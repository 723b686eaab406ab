import type { HeldRun, Plan } from "../actions/contract.ts";
import type { Json } from "../base/json.ts";
import { sanitizeLine } from "../base/text.ts";
import type { RecordEntry } from "../record/entries.ts";
import { undoLedger } from "../record/runs.ts";
import type { HeldPlan } from "./reassertion.ts";

/** What is held open by the record, with what each undo would act on. O(entries). */
export function heldRuns(entries: readonly RecordEntry[]): HeldRun[] {
  return undoLedger(entries).map(({ runId, actionId, title, badge, undo, sinceMs }) => {
    const { steps } = undo as unknown as Plan;
    const plan = recordedPlan(entries, runId);
    return {
      runId,
      actionId,
      title: sanitizeLine(title),
      badge: sanitizeLine(badge ?? ""),
      sinceMs,
      resources: [...new Set(steps.flatMap((step) => (step.kind === "call" ? [step.resource] : [])))],
      guard: plan?.guard ?? null,
      calls: (plan?.steps ?? []).filter((step) => step.kind === "call"),
      evidence: evidenceOf(entries, runId),
    };
  });
}

/** The files that a run's jobs stored, by their own words. */
function evidenceOf(entries: readonly RecordEntry[], runId: string): string[] {
  return entries.flatMap((entry) => {
    if (entry.kind !== "step.outcome" || entry.payload.runId !== runId) return [];
    const { files = [] } = (entry.payload.output ?? {}) as { files?: Json };
    return Array.isArray(files) ? files.map((file) => `evidence/${String(file)}`) : [];
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
