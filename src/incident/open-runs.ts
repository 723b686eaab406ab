import type { Plan, Step, StepOutcome } from "../actions/contract.ts";
import type { JobCheckpoint } from "../actions/jobs.ts";
import type { Json } from "../base/json.ts";
import type { RecordEntry } from "../record/entries.ts";

/** A run that was planned and has not ended yet, with what is known of its steps. */
export interface OpenRun {
  runId: string;
  actionId: string;
  plan: Plan;
  outcomes: StepOutcome[];
  /** `sentAtMs`: domain ms of the intent, right before the step was carried out. */
  inFlight: { step: Step; title: string; sentAtMs: number; checkpoints: JobCheckpoint[] }[];
  /** Who carries it out, or did until it died. */
  writerId: string;
  /** Position of its plan: of two runs on the same thing the earlier one goes on. */
  seq: number;
}

export type Verdict = "happened" | "in-part" | "did-not-happen" | "cannot-tell";

/** The runs that were planned and neither finished nor refused, oldest first. O(entries). */
export function openRuns(entries: readonly RecordEntry[]): OpenRun[] {
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
          seq: entry.seq,
        });
        break;
      }
      case "step.intent":
        runs.get(entry.payload.runId)?.inFlight.push({
          step: entry.payload.step as unknown as Step,
          title: entry.payload.title,
          sentAtMs: Date.parse(entry.at),
          checkpoints: [],
        });
        break;
      case "step.checkpoint": {
        const { runId, stepId, name, detail } = entry.payload;
        const open = runs.get(runId)?.inFlight.find(({ step }) => step.id === stepId);
        open?.checkpoints.push({ name, detail });
        break;
      }
      case "step.outcome":
      case "step.reconciled": {
        const run = runs.get(entry.payload.runId);
        if (!run) break;
        const { stepId } = entry.payload;
        const step = run.inFlight.find((candidate) => candidate.step.id === stepId)?.step;
        run.inFlight = run.inFlight.filter((candidate) => candidate.step.id !== stepId);
        if (entry.kind === "step.outcome") run.outcomes.push(entry.payload as unknown as StepOutcome);
        else if (step && entry.payload.verdict !== "did-not-happen")
          run.outcomes.push(outcomeOf(step, entry.payload.verdict, entry.payload.output));
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

/** A step's outcome as far as a verdict tells it. */
export function outcomeOf(step: Step, verdict: Verdict, output?: Json): StepOutcome {
  return {
    stepId: step.id,
    status: verdict === "happened" ? "done" : "in-doubt",
    startedAtMs: 0,
    endedAtMs: 0,
    requestIds: [],
    ...(output === undefined ? {} : { output }),
  };
}

/**
 * The run of another living writer that changes something that `plan` changes too, if there is one. Once this run's own
 * plan is in the record, only an earlier one counts: the record's order decides which of two goes on.
 */
export function competingRun(
  entries: readonly RecordEntry[],
  plan: Plan,
  self: { runId: string; writerId: string },
  isLive: (writerId: string) => boolean,
): OpenRun | undefined {
  const resources = resourcesOf(plan);
  const runs = openRuns(entries);
  const ownSeq = runs.find((run) => run.runId === self.runId)?.seq ?? Number.POSITIVE_INFINITY;
  return runs.find(
    (run) =>
      run.writerId !== self.writerId &&
      run.seq < ownSeq &&
      isLive(run.writerId) &&
      [...resourcesOf(run.plan)].some((resource) => resources.has(resource)),
  );
}

function resourcesOf(plan: Plan): Set<string> {
  return new Set(
    plan.steps.flatMap((step) =>
      (step.kind === "call" || step.kind === "job") && step.resource !== undefined ? [step.resource] : [],
    ),
  );
}
