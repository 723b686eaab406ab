import type { AwsLayer } from "../aws/contract.ts";
import { identityIfKnown } from "../aws/identity-if-known.ts";
import { operationOf } from "../aws/operations.ts";
import type { Clock } from "../base/clock.ts";
import { formatCountdown } from "../base/duration.ts";
import { Failure, failureDetail } from "../base/failure.ts";
import { type Json, type JsonObject, toJson } from "../base/json.ts";
import { collectsEvidence } from "../evidence/custody/evidence-jobs.ts";
import type { PauseGate } from "../evidence/export/pause.ts";
import type { Recorder } from "../record/contract.ts";
import type { CallStep, HumanStep, JobStep, RecordStep, Step, StepOutcome, WaitStep } from "./contract.ts";
import { noteOf } from "./job-results.ts";
import type { EvidenceSink, Job, JobContext } from "./jobs.ts";
import { describeExpectation, differences, holds, readPath, showValue, takeReading } from "./reading.ts";
import type { SecretVault } from "./secrets.ts";

export interface StepContext {
  aws: AwsLayer;
  recorder: Recorder;
  clock: Clock;
  jobs: ReadonlyMap<string, Job>;
  human(instruction: string, signal: AbortSignal): Promise<string>;
  evidence: EvidenceSink;
  pause: PauseGate;
  secrets: SecretVault;
  showSecret: JobContext["showSecret"];
  ask: JobContext["ask"];
  acceptedPrincipal(): string | undefined;
  /** Records how far the step's job has come. */
  checkpoint(name: string, detail: JsonObject): Promise<void>;
  signal: AbortSignal;
  progress(detail: string): void;
}

/** Waits read this often, in machine ms; with a fast domain clock more often, so that a short promise is not missed. */
const WAIT_PERIOD_MS = 2000;

/** Carries out one step. Rejects with a Failure when it could not be done; the runner records either way. */
export async function runStep(step: Step, context: StepContext): Promise<StepOutcome> {
  switch (step.kind) {
    case "call":
      return runCall(step, context);
    case "wait":
      return runWait(step, context);
    case "job":
      return runJob(step, context);
    case "human":
      return runHuman(step, context);
    case "record":
      return runRecord(step, context);
  }
}

async function runCall(step: CallStep, context: StepContext): Promise<StepOutcome> {
  const { aws, clock, signal } = context;
  const startedAtMs = clock.now();
  const requestIds: string[] = [];
  const done = (status: StepOutcome["status"], rest: Partial<StepOutcome> = {}): StepOutcome => ({
    stepId: step.id,
    status,
    startedAtMs,
    endedAtMs: clock.now(),
    requestIds,
    ...rest,
  });
  await checkPrincipal(step, context);

  let before: Record<string, Json> | undefined;
  if (step.state) {
    const now = await takeReading(aws, step.state.reading, { purpose: "action", signal });
    before = now.picked;
    if (differences(step.state.after, before).length === 0) {
      return done("already", { before, after: before, note: "was already so; nothing was sent" });
    }
    const changed = differences(step.state.before, before);
    if (changed.length > 0) {
      throw new Failure({
        kind: "refused",
        what: step.title,
        why: `${step.resource} is no longer as the plan found it (${changed.join("; ")})`,
        next: "Somebody or something changed it meanwhile. Prepare the action again to see the present state.",
      });
    }
  }

  // What has left may take effect: it is not called back, so that the record knows what came of it. Time-outs bound it.
  signal.throwIfAborted();
  let kept: Pick<StepOutcome, "output"> = {};
  try {
    const sent = await aws.callByName(step.service, step.operation, step.input, { purpose: "action" });
    if (sent.requestId !== "") requestIds.push(sent.requestId);
    kept = keptOf(step, sent.output, context.secrets);
  } catch (error) {
    return settleDoubt(step, context, done, before, error);
  }
  if (!step.state) return done("done", { before, ...kept });
  return { ...(await readBack(step, step.state, context, done, before)), ...kept };
}

function keptOf(
  { keep = {}, keepSecret = {} }: CallStep,
  answer: unknown,
  secrets: SecretVault,
): Pick<StepOutcome, "output"> {
  const json = toJson(answer);
  const output: JsonObject = {};
  for (const [label, path] of Object.entries(keep)) output[label] = readPath(json, path);
  for (const [label, path] of Object.entries(keepSecret)) {
    const secret = readPath(json, path);
    output[label] = typeof secret === "string" ? secrets.keep(secret) : null;
  }
  return Object.keys(output).length > 0 ? { output } : {};
}

type Done = (status: StepOutcome["status"], rest?: Partial<StepOutcome>) => StepOutcome;

/**
 * A fresh identity before every call: another principal than the accepted one stops the run, another account is refused by the gate. A
 * message to people does not wait for an STS that is out of reach, nor for credentials that have run out.
 */
async function checkPrincipal(step: CallStep | JobStep, context: StepContext): Promise<void> {
  const asking = context.aws.identity({ purpose: "action", signal: context.signal });
  const identity =
    step.kind === "call" && operationOf(step.service, step.operation)?.tellsPeople
      ? await identityIfKnown(asking, context.clock, context.signal)
      : await asking;
  if (!identity) return;
  const accepted = context.acceptedPrincipal();
  if (accepted !== undefined && identity.arn !== accepted) {
    throw new Failure({
      kind: "refused",
      what: step.title,
      why: `the credentials now belong to ${identity.arn}, the plan was confirmed as ${accepted}`,
      next: "Prepare the action again to run it as the new principal.",
    });
  }
}

/** No answer, or one of a server that broke (5xx), does not mean no effect: the state is read once more, and tells. */
async function settleDoubt(
  step: CallStep,
  context: StepContext,
  done: Done,
  before: Record<string, Json> | undefined,
  error: unknown,
): Promise<StepOutcome> {
  const failure = failureDetail(error, step.title);
  if ((failure.kind !== "unreachable" && failure.kind !== "bug") || failure.isSent === false) throw error;
  if (!step.state) return done("in-doubt", { before, failure });
  try {
    const { picked } = await takeReading(context.aws, step.state.reading, { purpose: "action" });
    if (differences(step.state.after, picked).length === 0) {
      return done("done", {
        before,
        after: picked,
        note: `no answer to the call (${failure.why}), but the change is there`,
      });
    }
  } catch (readError) {
    const unread = failureDetail(readError, step.title);
    return done("in-doubt", {
      before,
      failure: { ...failure, why: `${failure.why}; reading it back failed too: ${unread.why}` },
    });
  }
  throw error;
}

async function readBack(
  step: CallStep,
  state: NonNullable<CallStep["state"]>,
  context: StepContext,
  done: Done,
  before: Record<string, Json> | undefined,
): Promise<StepOutcome> {
  try {
    const { picked } = await takeReading(context.aws, state.reading, { purpose: "action" });
    const wrong = differences(state.after, picked);
    return done("done", {
      before,
      after: picked,
      ...(wrong.length > 0 ? { note: `accepted by AWS; read back at once, ${wrong.join("; ")}` } : {}),
    });
  } catch (error) {
    return done("done", {
      before,
      note: `accepted by AWS; reading it back failed: ${failureDetail(error, step.title).why}`,
    });
  }
}

async function runWait(step: WaitStep, context: StepContext): Promise<StepOutcome> {
  const { clock, aws, signal } = context;
  const startedAtMs = clock.now();
  const deadlineAtMs = startedAtMs + step.deadlineMs;
  let lastPicked: Record<string, Json> = {};
  let lastProblem = "";
  for (;;) {
    try {
      const { picked } = await takeReading(aws, step.reading, { purpose: "action", signal });
      lastPicked = picked;
      lastProblem = "";
      if (step.until.every((expectation) => holds(expectation, picked))) {
        return { stepId: step.id, status: "done", startedAtMs, endedAtMs: clock.now(), requestIds: [], after: picked };
      }
    } catch (error) {
      if (signal.aborted) break;
      lastProblem = failureDetail(error, step.title).why;
    }
    context.progress(
      `${lastProblem || pickedWords(step, lastPicked)}${objectiveWords(step, startedAtMs, clock.now())}`,
    );
    if (clock.now() >= deadlineAtMs) break;
    await clock.sleep(WAIT_PERIOD_MS / Math.min(10, Math.max(1, clock.speed)), signal).catch(() => undefined);
    if (signal.aborted) break;
  }
  const wanted = step.until.map(describeExpectation).join(", ");
  const seen = lastProblem || pickedWords(step, lastPicked);
  return {
    stepId: step.id,
    status: "failed",
    startedAtMs,
    endedAtMs: clock.now(),
    requestIds: [],
    after: lastPicked,
    failure: {
      kind: "invalid",
      what: step.title,
      why: signal.aborted
        ? "cancelled while waiting"
        : `not reached within ${Math.round(step.deadlineMs / 1000)} s: wanted ${wanted}; last seen ${seen}`,
      next: "The calls before it were accepted. Keep watching the panes; the undo ledger (z) takes them back.",
    },
  };
}

/** A value longer than this, in characters, is left out where nothing is expected of it: a whole policy hides what matters. */
const LONG_VALUE = 60;

/** What was read, in a line: what the wait expects something of, and what is short. */
const pickedWords = ({ until }: WaitStep, picked: Record<string, Json>): string =>
  Object.entries(picked)
    .map(([label, value]) => ({ label, shown: showValue(value) }))
    .filter(
      ({ label, shown }) => shown.length <= LONG_VALUE || until.some((expectation) => expectation.label === label),
    )
    .map(({ label, shown }) => `${label} ${shown}`)
    .join(", ");

/** Of a wait that counts against an objective: how long it has waited, and what of the objective is left or overdrawn. */
function objectiveWords({ objective }: WaitStep, startedAtMs: number, nowMs: number): string {
  if (!objective) return "";
  const { name, sinceMs, budgetMs } = objective;
  const leftMs = sinceMs + budgetMs - nowMs;
  const left = leftMs >= 0 ? `${formatCountdown(leftMs)} left` : `missed by ${formatCountdown(-leftMs)}`;
  return `; waiting ${formatCountdown(nowMs - startedAtMs)}, ${name} ${left}`;
}

async function runJob(step: JobStep, context: StepContext): Promise<StepOutcome> {
  const { clock } = context;
  const startedAtMs = clock.now();
  const job = context.jobs.get(step.job);
  const isEvidence = collectsEvidence(step.job);
  if (!job) {
    throw new Failure({ kind: "bug", what: step.title, why: `there is no job "${step.job}"`, next: "Report this." });
  }
  const box = new AbortController();
  const signal = AbortSignal.any([context.signal, box.signal]);
  const timer = clock.sleep(step.boxMs, signal).then(
    () =>
      box.abort(
        new Failure({
          kind: "refused",
          what: step.title,
          why: `time box of ${step.boxMs / 1000} s is over`,
          next: "Go on; the rest stays uncollected.",
        }),
      ),
    () => undefined,
  );
  try {
    const result = await job(step.input, {
      aws: context.aws,
      clock,
      signal,
      ...context.evidence,
      pause: context.pause,
      secrets: context.secrets,
      showSecret: context.showSecret,
      ask: context.ask,
      progress: context.progress,
      checkCaller: () => checkPrincipal(step, context),
      checkpoint: context.checkpoint,
    });
    return {
      stepId: step.id,
      status: result.inDoubt ? "in-doubt" : result.complete && !result.failure ? "done" : "partial",
      startedAtMs,
      endedAtMs: clock.now(),
      requestIds: result.requestIds,
      output: result.output,
      ...result.change,
      ...(result.failure ? { failure: result.failure } : {}),
      ...(isEvidence && result.missing.length > 0 ? { missing: result.missing } : {}),
      ...noteOf(result, isEvidence ? "not collected" : "not done"),
    };
  } catch (error) {
    if (step.essential) throw error;
    const failure = failureDetail(error, step.title);
    return {
      stepId: step.id,
      status: "partial",
      startedAtMs,
      endedAtMs: clock.now(),
      requestIds: [],
      failure,
      ...(isEvidence ? { missing: [`${step.title}: ${failure.why}`] } : {}),
      note: `nothing was ${isEvidence ? "collected" : "done"}; the plan goes on`,
    };
  } finally {
    box.abort();
    await timer;
  }
}

async function runHuman(step: HumanStep, context: StepContext): Promise<StepOutcome> {
  const startedAtMs = context.clock.now();
  const { instruction, details } = step;
  // The runner has put in what it refers to.
  const text = typeof details === "string" ? `${instruction}\n${details}` : instruction;
  const by = await context.human(text, context.signal);
  return {
    stepId: step.id,
    status: "done",
    startedAtMs,
    endedAtMs: context.clock.now(),
    requestIds: [],
    note: `confirmed by ${by}`,
  };
}

async function runRecord(step: RecordStep, context: StepContext): Promise<StepOutcome> {
  const startedAtMs = context.clock.now();
  await context.recorder.append(step.entry);
  return { stepId: step.id, status: "done", startedAtMs, endedAtMs: context.clock.now(), requestIds: [] };
}
