import { randomUUID } from "node:crypto";
import type { AwsLayer } from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import { Failure, type FailureDetail, failureDetail } from "../base/failure.ts";
import type { JsonObject } from "../base/json.ts";
import type { PauseGate } from "../evidence/export/pause.ts";
import type { Recorder } from "../record/contract.ts";
import type { Plan, Prepared, RunResult, RunStatus, Step, StepOutcome } from "./contract.ts";
import { isSkipped } from "./evidence-choice.ts";
import type { EvidenceSink, Job, JobContext } from "./jobs.ts";
import { resolveReferences } from "./references.ts";
import type { SecretVault } from "./secrets.ts";
import { standInOutcome, unreplacedFailure } from "./stand-in.ts";
import { runStep } from "./steps.ts";
import { guardBadge, undoPlan } from "./undo.ts";
import { isVerified } from "./verified.ts";

export interface RunnerDependencies {
  aws: AwsLayer;
  recorder: Recorder;
  clock: Clock;
  jobs: ReadonlyMap<string, Job>;
  /** The step's call as an `aws` line. */
  line(step: Step): string;
  /** What a person has to do, and who confirmed it; rejects when the person declines. */
  human(instruction: string, signal: AbortSignal): Promise<string>;
  evidence: EvidenceSink;
  pause: PauseGate;
  /** Those of this run; whoever made it forgets them afterwards. */
  secrets: SecretVault;
  /** Shows a secret once; see JobContext. */
  showSecret: JobContext["showSecret"];
  /** Asks the person at the screen; see JobContext. */
  ask: JobContext["ask"];
  /** The principal that the responder accepted; another one in the same account stops the run. */
  acceptedPrincipal(): string | undefined;
  onProgress(progress: RunProgress): void;
  /** Asked once the plan is in the record: why it must not go on, because another cockpit changes the same thing. */
  conflict(): Promise<string | undefined>;
}

/** What the screen shows while a run goes on. */
export interface RunProgress {
  runId: string;
  step: Step;
  status: "running" | StepOutcome["status"];
  detail: string;
}

export interface RunRequest {
  runId: string;
  prepared: Prepared;
  /** Who confirmed and how, for the record: "typed nessie". */
  confirmedBy: string;
  how: string;
  signal: AbortSignal;
}

export const newRunId = (): string => randomUUID();

/**
 * Runs a confirmed plan: every step is recorded before its effect (durably) and after it, evidence first, stopping at the first
 * step that fails; then the promised state is verified. Never rejects: what went wrong is in the result and in the record,
 * except when the record itself cannot be written before the first step, which is a `refused` result.
 */
export async function runPlan(request: RunRequest, dependencies: RunnerDependencies): Promise<RunResult> {
  const { prepared, runId } = request;
  const { plan } = prepared;
  const { recorder } = dependencies;
  const outcomes: StepOutcome[] = [];
  let failure: FailureDetail | undefined;
  let status: RunStatus = "done";
  if (plan.tier === "none" && plan.steps.every((step) => step.kind === "record")) {
    return writeOnly(request, dependencies);
  }

  try {
    await recorder.append({
      kind: "action.planned",
      payload: {
        runId,
        actionId: plan.actionId,
        plan: asJson(plan),
        facts: prepared.facts,
        checks: prepared.checks.map((check) => asJson(check)),
      },
    });
    await recorder.append({
      kind: "action.confirmed",
      payload: { runId, actionId: plan.actionId, title: plan.title, by: request.confirmedBy, how: request.how },
    });
    const conflict = await dependencies.conflict();
    if (conflict !== undefined) {
      await recorder.append({
        kind: "action.refused",
        payload: { runId, actionId: plan.actionId, title: plan.title, reason: conflict },
      });
      return { runId, status: "refused", plan, outcomes, failure: notSent(plan.title, conflict) };
    }
  } catch (error) {
    return { runId, status: "refused", plan, outcomes, failure: failureDetail(error, plan.title) };
  }

  const applied = () => outcomes.some((outcome) => outcome.status === "done" && isEffect(plan, outcome.stepId));
  for (const step of plan.steps) {
    if (request.signal.aborted) {
      status = applied() ? "partial" : "cancelled";
      failure = cancelled(plan.title);
      break;
    }
    const outcome = await recordedStep(step, request, dependencies, outcomes);
    outcomes.push(outcome);
    if (hasFailed(outcome)) {
      if (step.kind === "call" && step.optional && !request.signal.aborted) continue;
      failure = outcome.failure;
      if (outcome.status === "in-doubt" || applied()) status = "partial";
      else if (request.signal.aborted) status = "cancelled";
      else status = outcome.status === "refused" ? "refused" : "failed";
      break;
    }
    if (outcome.status === "partial" && step.kind === "job" && step.essential) {
      status = "partial";
      failure = outcome.failure ?? unfinished(step.title, outcome);
      break;
    }
  }
  if (status === "done") failure = unreplacedFailure(plan, outcomes);
  if (status === "done" && failure) status = applied() || outcomes.some(isInDoubt) ? "partial" : "failed";

  if (status === "done" && plan.verify) {
    const outcome = await recordedStep(plan.verify, request, dependencies, outcomes);
    outcomes.push(outcome);
    if (outcome.status !== "done" && outcome.status !== "already") {
      status = "unverified";
      failure = outcome.failure;
    }
  }
  if (status === "done" && outcomes.some((outcome) => outcome.status === "partial")) {
    status = plan.steps.every((step) => step.kind === "job") ? "partial" : status;
  }

  await recordEnd(request, dependencies, outcomes, status);
  return { runId, status, plan, outcomes, ...(failure ? { failure } : {}) };
}

/** A plan whose only effect is on the record: the entry itself says what was done and by whom, intent and outcome would only repeat it. */
async function writeOnly(request: RunRequest, dependencies: RunnerDependencies): Promise<RunResult> {
  const { plan } = request.prepared;
  const outcomes: StepOutcome[] = [];
  try {
    for (const step of plan.steps) {
      const quiet = { progress: () => undefined, checkpoint: () => Promise.resolve() };
      outcomes.push(await runStep(step, { ...dependencies, ...quiet, signal: request.signal }));
      dependencies.onProgress({ runId: request.runId, step, status: "done", detail: "" });
    }
    return { runId: request.runId, status: "done", plan, outcomes };
  } catch (error) {
    return { runId: request.runId, status: "failed", plan, outcomes, failure: failureDetail(error, plan.title) };
  }
}

async function recordEnd(
  request: RunRequest,
  dependencies: RunnerDependencies,
  outcomes: StepOutcome[],
  status: RunStatus,
): Promise<void> {
  const { plan } = request.prepared;
  const undo = undoPlan(plan, outcomes, request.runId);
  // An undo that was not completed must stay in the ledger, so only a completed one counts as undoing.
  const badge = undo && guardBadge(plan, outcomes);
  const isWhole = status === "done" || status === "unverified";
  await dependencies.recorder
    .append({
      kind: "action.finished",
      payload: {
        runId: request.runId,
        actionId: plan.actionId,
        title: plan.title,
        status,
        ...(status === "done" && isVerified(plan) ? { verified: true as const } : {}),
        undo: undo && !plan.undoes ? asJson(undo) : null,
        ...(plan.undoes && isWhole ? { undoes: plan.undoes } : {}),
        ...(plan.settles && isWhole ? { settles: plan.settles } : {}),
        ...(badge ? { badge } : {}),
      },
    })
    .catch((error: unknown) => {
      // The effect is there already; the recorder's own banner tells the reader that it could not be saved.
      dependencies.onProgress({
        runId: request.runId,
        step: plan.steps.at(-1) ?? missingStep,
        status: "partial",
        detail: failureDetail(error, "record the end of the run").why,
      });
    });
}

const missingStep: Step = { kind: "human", id: "none", title: "no step", instruction: "" };

async function recordedStep(
  planned: Step,
  request: RunRequest,
  dependencies: RunnerDependencies,
  earlier: readonly StepOutcome[],
): Promise<StepOutcome> {
  let step = planned;
  const { clock, recorder } = dependencies;
  const startedAtMs = clock.now();
  const report = (status: RunProgress["status"], detail: string) =>
    dependencies.onProgress({ runId: request.runId, step, status, detail });
  report("running", "");
  let outcome: StepOutcome;
  try {
    step = resolveReferences(planned, earlier);
    const notNeeded = standInOutcome(step, earlier, startedAtMs);
    if (notNeeded) outcome = notNeeded;
    else if (isSkipped(step)) {
      const skipped = `knowingly skipped by ${request.confirmedBy}`;
      const note = `${skipped}; lost for good: ${step.evidence.loses.join("; ")}`;
      const missing = step.evidence.loses.map((lost) => `${lost}: ${skipped}`);
      const at = { startedAtMs, endedAtMs: startedAtMs };
      outcome = { stepId: step.id, status: "skipped", ...at, requestIds: [], note, missing };
    } else {
      const isEffect = planned !== request.prepared.plan.verify;
      if (isEffect) await recorder.append(intentOf(step, request.runId, dependencies));
      const { id: stepId, title } = step;
      outcome = await runStep(step, {
        ...dependencies,
        checkpoint: (name, detail) =>
          recorder
            .append({ kind: "step.checkpoint", payload: { runId: request.runId, stepId, title, name, detail } })
            .then(() => undefined),
        signal: request.signal,
        progress: (detail) => report("running", detail),
      });
    }
  } catch (error) {
    const detail = failureDetail(error, step.title);
    outcome = {
      stepId: step.id,
      status: error instanceof Failure && error.kind === "refused" ? "refused" : "failed",
      startedAtMs,
      endedAtMs: clock.now(),
      requestIds: detail.requestId ? [detail.requestId] : [],
      failure: detail,
    };
  }
  try {
    const { stepId, ...rest } = outcome;
    await recorder.append({
      kind: "step.outcome",
      payload: { runId: request.runId, stepId, title: step.title, ...rest },
    });
  } catch (error) {
    outcome = { ...outcome, note: `not recorded: ${failureDetail(error, "record").why}` };
  }
  report(outcome.status, outcome.failure?.why ?? outcome.note ?? "");
  return outcome;
}

function intentOf(step: Step, runId: string, dependencies: RunnerDependencies) {
  return {
    kind: "step.intent" as const,
    payload: {
      runId,
      stepId: step.id,
      title: step.title,
      step: asJson(step),
      line: dependencies.line(step),
      resource: step.kind === "call" || step.kind === "job" ? (step.resource ?? "") : "",
    },
  };
}

const isInDoubt = ({ status }: StepOutcome) => status === "in-doubt";
const hasFailed = (outcome: StepOutcome) =>
  outcome.status === "failed" || outcome.status === "refused" || isInDoubt(outcome);

function isEffect(plan: Plan, stepId: string): boolean {
  const changes = (step: Step) =>
    step.kind === "call" || step.kind === "record" || (step.kind === "job" && step.resource !== undefined);
  return plan.steps.some((step) => step.id === stepId && changes(step));
}

function unfinished(what: string, { note = "" }: StepOutcome): FailureDetail {
  return { kind: "invalid", what, why: note || "it could only do a part", next: "The steps after it were not done." };
}

function notSent(what: string, why: string): FailureDetail {
  return {
    kind: "refused",
    what,
    why,
    next: "Nothing was sent. Prepare the action again once the other one has ended.",
  };
}

function cancelled(what: string): FailureDetail {
  return {
    kind: "refused",
    what,
    why: "cancelled by the responder",
    next: "What was already done is listed in the undo ledger; nothing further was sent.",
  };
}

/** Plans and steps are plain JSON by their types; this drops members that are undefined. */
function asJson(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
