import type { Step, WaitStep } from "../actions/contract.ts";
import type { JobCheckpoint } from "../actions/jobs.ts";
import { differences, holds, showValue, takeReading } from "../actions/reading.ts";
import { jobJudges } from "../actions/registry.ts";
import { guardBadge, undoPlan } from "../actions/undo.ts";
import type { AwsCaller } from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import { type FailureKind, failureDetail } from "../base/failure.ts";
import type { Json, JsonObject } from "../base/json.ts";
import type { Recorder } from "../record/contract.ts";
import type { RecordEntry } from "../record/entries.ts";
import { type OpenRun, openRuns, outcomeOf, type Verdict } from "./open-runs.ts";

export interface Reconciled {
  runId: string;
  stepId: string;
  title: string;
  /** `postponed`: the live state cannot be read now, and nothing was written; to be tried again. */
  verdict: Verdict | "postponed";
  detail: string;
  /** What the step would have given, where that could be told. */
  output?: Json;
}

export interface ReconcileDependencies {
  aws: AwsCaller;
  clock: Clock;
  recorder: Recorder;
  /** The record as it stands: everything but observations. */
  entries(): readonly RecordEntry[];
  isLive(writerId: string): boolean;
  signal: AbortSignal;
}

/** Reads that fail for these reasons will work again: a verdict for good would be a guess. */
const PASSING: FailureKind[] = ["expired", "unreachable", "throttled"];

/** So long docker is waited for when it stops containers (src/transports/docker), domain ms. */
const DOCKER_SETTLES_MS = 120_000;

/**
 * Compares every step that was in flight when a cockpit died with the live state, writes the verdicts to the record and ends the
 * interrupted runs, so that what did happen stands in the undo ledger. Runs of writers that are still alive are left alone, and so
 * are those whose state cannot be read for a reason that passes. The caller makes sure that `aws` reads the incident's own account.
 * Rejects only when the record cannot be written.
 */
export async function reconcile(dependencies: ReconcileDependencies): Promise<Reconciled[]> {
  const { entries, isLive, recorder } = dependencies;
  const found: Reconciled[] = [];
  for (const run of openRuns(entries())) {
    if (isLive(run.writerId)) continue;
    const verdicts: Reconciled[] = [];
    for (const { step, title, sentAtMs, checkpoints } of run.inFlight) {
      const judged = stillUnderWay(step, sentAtMs, await judge(step, checkpoints, dependencies), dependencies.clock);
      verdicts.push({ runId: run.runId, stepId: step.id, title, ...judged });
    }
    // Another cockpit may have done it meanwhile.
    if (!openRuns(entries()).some((open) => open.runId === run.runId)) continue;
    found.push(...verdicts);
    if (verdicts.some(({ verdict }) => verdict === "postponed")) continue;
    for (const { stepId, title, verdict, detail, output } of verdicts) {
      if (verdict === "postponed") continue;
      await recorder.append({
        kind: "step.reconciled",
        payload: { runId: run.runId, stepId, title, verdict, detail, ...(output === undefined ? {} : { output }) },
      });
      const step = run.inFlight.find((candidate) => candidate.step.id === stepId)?.step;
      if (step && verdict !== "did-not-happen") run.outcomes.push(outcomeOf(step, verdict, output));
    }
    await recorder.append(endOf(run));
  }
  return found;
}

type Judged = Pick<Reconciled, "verdict" | "detail" | "output">;

/**
 * docker outlives the cockpit that started it, and a container may take its time to stop: what has not happened so soon after it was sent
 * may still come. It is looked at again.
 */
function stillUnderWay(step: Step, sentAtMs: number, judged: Judged, clock: Clock): Judged {
  const isDocker = step.kind === "call" && step.transport === "docker";
  if (!isDocker || judged.verdict === "happened" || clock.now() - sentAtMs > DOCKER_SETTLES_MS) return judged;
  return { verdict: "postponed", detail: `docker may still be at it; ${judged.detail}` };
}

/** The end of an interrupted run, with the undo of what happened of it. */
function endOf({ runId, actionId, plan, outcomes }: OpenRun) {
  const undo = plan.undoes ? null : undoPlan(plan, outcomes, runId);
  const badge = undo && guardBadge(plan, outcomes);
  const complete = plan.steps.every((step) =>
    outcomes.some(
      ({ stepId, status }) => stepId === step.id && ["done", "already", "partial", "skipped"].includes(status),
    ),
  );
  return {
    kind: "action.finished" as const,
    payload: {
      runId,
      actionId,
      title: plan.title,
      status: outcomes.length === 0 ? "cancelled" : complete ? "unverified" : "partial",
      undo: undo ? (JSON.parse(JSON.stringify(undo)) as JsonObject) : null,
      ...(plan.undoes && complete ? { undoes: plan.undoes } : {}),
      ...(plan.settles && complete ? { settles: plan.settles } : {}),
      ...(badge ? { badge } : {}),
    },
  };
}

async function judge(
  step: Step,
  checkpoints: readonly JobCheckpoint[],
  { aws, entries, signal }: ReconcileDependencies,
): Promise<Judged> {
  if (step.kind === "record") {
    const written = entries().some(
      (entry) => entry.kind === step.entry.kind && JSON.stringify(entry.payload) === JSON.stringify(step.entry.payload),
    );
    return written
      ? { verdict: "happened", detail: "its entry is in the record" }
      : { verdict: "did-not-happen", detail: "its entry is not in the record" };
  }
  if (step.kind === "wait") return judgeWait(step, aws, signal);
  const judgeOfJob = step.kind === "job" ? jobJudges.get(step.job) : undefined;
  if (step.kind === "job" && judgeOfJob)
    return readable(step, signal, () => judgeOfJob(step.input, checkpoints, { aws, signal }));
  if (step.kind === "job")
    return {
      verdict: "cannot-tell",
      detail:
        "what it stored is in the evidence folder; an export goes on from its checkpoint when it is started again",
    };
  if (step.kind !== "call" || !step.state)
    return { verdict: "cannot-tell", detail: "nothing to compare it with; look at what it left behind" };
  const { before, after, reading } = step.state;
  if (differences(before, after).length === 0)
    return { verdict: "cannot-tell", detail: "the state before and after it is the same" };
  return readable(step, signal, async () => {
    const { picked } = await takeReading(aws, reading, { purpose: "action", signal });
    const seen = Object.entries(picked)
      .map(([label, value]) => `${label} ${showValue(value)}`)
      .join(", ");
    if (differences(after, picked).length === 0)
      return { verdict: "happened", detail: `the live state is what it promised: ${seen}` };
    if (differences(before, picked).length === 0)
      return { verdict: "did-not-happen", detail: `the live state is as before it: ${seen}` };
    return { verdict: "cannot-tell", detail: `the live state is neither as before nor as promised: ${seen}` };
  });
}

/** A judgement that reads the live state; where that cannot be read now it is postponed, and else cannot be made. */
async function readable(step: Step, signal: AbortSignal, judgement: () => Promise<Judged>): Promise<Judged> {
  try {
    return await judgement();
  } catch (error) {
    const { kind, why } = failureDetail(error, step.title);
    const verdict = signal.aborted || PASSING.includes(kind) ? "postponed" : "cannot-tell";
    return { verdict, detail: `the live state could not be read: ${why}` };
  }
}

/** It only waited: what it waited for goes on in AWS without us, so it is said how far that is. */
async function judgeWait(
  { reading, until, title }: WaitStep,
  aws: AwsCaller,
  signal: AbortSignal,
): Promise<Pick<Reconciled, "verdict" | "detail">> {
  try {
    const { picked } = await takeReading(aws, reading, { purpose: "action", signal });
    const seen = Object.entries(picked)
      .map(([label, value]) => `${label} ${showValue(value)}`)
      .join(", ");
    if (until.every((expectation) => holds(expectation, picked)))
      return { verdict: "happened", detail: `what it waited for is there: ${seen}` };
    return { verdict: "did-not-happen", detail: `it only waited, and that goes on without us: ${seen}` };
  } catch (error) {
    const why = failureDetail(error, title).why;
    return { verdict: "did-not-happen", detail: `it only waited; the present state could not be read: ${why}` };
  }
}
