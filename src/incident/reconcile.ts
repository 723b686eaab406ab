import type { Plan, Step, StepOutcome } from "../actions/contract.ts";
import { differences, showValue, takeReading } from "../actions/reading.ts";
import { undoPlan } from "../actions/undo.ts";
import type { AwsCaller } from "../aws/contract.ts";
import { failureDetail } from "../base/failure.ts";
import type { JsonObject } from "../base/json.ts";
import type { Recorder } from "../record/contract.ts";
import type { RecordEntry } from "../record/entries.ts";

export type Verdict = "happened" | "did-not-happen" | "cannot-tell";

export interface Reconciled {
  title: string;
  verdict: Verdict;
  detail: string;
}

interface OpenRun {
  runId: string;
  actionId: string;
  plan: Plan;
  outcomes: StepOutcome[];
  inFlight: { step: Step; title: string }[];
  /** Entries by the same writer after the run began: tell whether a record step got through. */
  writerId: string;
}

/**
 * Compares every step that was in flight when a cockpit died with the live state, writes the verdicts to the record and ends the
 * interrupted runs, so that what did happen stands in the undo ledger. Runs of writers that are still alive are left alone.
 * Rejects only when the record cannot be written.
 */
export async function reconcile(
  entries: readonly RecordEntry[],
  aws: AwsCaller,
  recorder: Recorder,
  isLive: (writerId: string) => boolean,
  signal: AbortSignal,
): Promise<Reconciled[]> {
  const verdicts: Reconciled[] = [];
  for (const run of openRuns(entries)) {
    if (isLive(run.writerId)) continue;
    for (const { step, title } of run.inFlight) {
      const { verdict, detail } = await judge(step, entries, aws, signal);
      verdicts.push({ title, verdict, detail });
      await recorder.append({
        kind: "step.reconciled",
        payload: { runId: run.runId, stepId: step.id, title, verdict, detail },
      });
      if (verdict !== "did-not-happen") run.outcomes.push(outcomeOf(step, verdict));
    }
    const undo = run.plan.undoes ? null : undoPlan(run.plan, run.outcomes, run.runId);
    const complete = run.plan.steps.every((step) =>
      run.outcomes.some((outcome) => outcome.stepId === step.id && outcome.status !== "in-doubt"),
    );
    await recorder.append({
      kind: "action.finished",
      payload: {
        runId: run.runId,
        actionId: run.actionId,
        title: run.plan.title,
        status: run.outcomes.length === 0 ? "cancelled" : complete ? "unverified" : "partial",
        undo: undo ? (JSON.parse(JSON.stringify(undo)) as JsonObject) : null,
        ...(run.plan.undoes && complete ? { undoes: run.plan.undoes } : {}),
        ...(run.plan.guard && undo ? { badge: run.plan.guard.badge } : {}),
      },
    });
  }
  return verdicts;
}

/** Runs that were confirmed and never finished, with what is known of their steps. */
function openRuns(entries: readonly RecordEntry[]): OpenRun[] {
  const runs = new Map<string, OpenRun>();
  for (const entry of entries) {
    switch (entry.kind) {
      case "action.planned": {
        const { runId, actionId, plan } = entry.payload;
        runs.set(runId, {
          runId,
          actionId,
          plan: plan as unknown as Plan,
          outcomes: [],
          inFlight: [],
          writerId: entry.writerId,
        });
        break;
      }
      case "step.intent":
        runs
          .get(entry.payload.runId)
          ?.inFlight.push({ step: entry.payload.step as unknown as Step, title: entry.payload.title });
        break;
      case "step.outcome":
      case "step.reconciled": {
        const run = runs.get(entry.payload.runId);
        if (!run) break;
        const { stepId } = entry.payload;
        const step = run.inFlight.find((candidate) => candidate.step.id === stepId)?.step;
        run.inFlight = run.inFlight.filter((candidate) => candidate.step.id !== stepId);
        if (entry.kind === "step.outcome") run.outcomes.push(entry.payload as unknown as StepOutcome);
        else if (step && entry.payload.verdict !== "did-not-happen")
          run.outcomes.push(outcomeOf(step, entry.payload.verdict));
        break;
      }
      case "action.finished":
      case "action.refused":
        runs.delete(entry.payload.runId);
        break;
      default:
    }
  }
  return [...runs.values()];
}

async function judge(
  step: Step,
  entries: readonly RecordEntry[],
  aws: AwsCaller,
  signal: AbortSignal,
): Promise<{ verdict: Verdict; detail: string }> {
  if (step.kind === "record") {
    const written = entries.some(
      (entry) => entry.kind === step.entry.kind && JSON.stringify(entry.payload) === JSON.stringify(step.entry.payload),
    );
    return written
      ? { verdict: "happened", detail: "its entry is in the record" }
      : { verdict: "did-not-happen", detail: "its entry is not in the record" };
  }
  if (step.kind === "wait")
    return { verdict: "did-not-happen", detail: "it only waited; the panes show the present state" };
  if (step.kind !== "call" || !step.state)
    return { verdict: "cannot-tell", detail: "nothing to compare it with; look at what it left behind" };
  const { before, after, reading } = step.state;
  if (differences(before, after).length === 0)
    return { verdict: "cannot-tell", detail: "the state before and after it is the same" };
  try {
    const { picked } = await takeReading(aws, reading, { purpose: "action", signal });
    const seen = Object.entries(picked)
      .map(([label, value]) => `${label} ${showValue(value)}`)
      .join(", ");
    if (differences(after, picked).length === 0)
      return { verdict: "happened", detail: `the live state is what it promised: ${seen}` };
    if (differences(before, picked).length === 0)
      return { verdict: "did-not-happen", detail: `the live state is as before it: ${seen}` };
    return { verdict: "cannot-tell", detail: `the live state is neither as before nor as promised: ${seen}` };
  } catch (error) {
    return {
      verdict: "cannot-tell",
      detail: `the live state could not be read: ${failureDetail(error, step.title).why}`,
    };
  }
}

function outcomeOf(step: Step, verdict: Verdict): StepOutcome {
  return {
    stepId: step.id,
    status: verdict === "happened" ? "done" : "in-doubt",
    startedAtMs: 0,
    endedAtMs: 0,
    requestIds: [],
  };
}
