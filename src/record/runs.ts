import type { EntryPayloads, RecordEntry, RecordedPlan, RecordedStep } from "./entries.ts";

/** One step of a run as the record knows it. Times in domain ms. */
export interface RecordedStepRun {
  stepId: string;
  title: string;
  /** The `aws` line of the step's call; empty for steps that call nothing. */
  line: string;
  resource: string;
  step?: RecordedStep;
  intentAtMs?: number;
  outcome?: EntryPayloads["step.outcome"];
  reconciled?: EntryPayloads["step.reconciled"];
}

/** One run of an action, from plan to end. Times in domain ms. */
export interface RecordedRun {
  runId: string;
  actionId: string;
  title: string;
  firstAtMs: number;
  plan?: RecordedPlan;
  facts: Record<string, string>;
  confirmed?: { by: string; how: string; atMs: number };
  refusedReason?: string;
  steps: RecordedStepRun[];
  finished?: { status: string; atMs: number; undo: RecordedPlan | null; undoes?: string; badge?: string };
}

/** All runs in the order in which they first appear. O(entries). */
export function runHistory(entries: readonly RecordEntry[]): RecordedRun[] {
  const runs = new Map<string, RecordedRun>();
  for (const entry of entries) foldRun(runs, entry);
  return [...runs.values()];
}

/** Takes one more entry into `runs`. */
export function foldRun(runs: Map<string, RecordedRun>, entry: RecordEntry): void {
  const atMs = Date.parse(entry.at);
  const runOf = (runId: string, actionId = "", title = ""): RecordedRun => {
    const known = runs.get(runId);
    const run = known ?? { runId, actionId, title, firstAtMs: atMs, facts: {}, steps: [] };
    if (!known) runs.set(runId, run);
    run.actionId ||= actionId;
    run.title ||= title;
    return run;
  };
  switch (entry.kind) {
    case "action.planned": {
      const { runId, actionId, plan, facts } = entry.payload;
      const run = runOf(runId, actionId, typeof plan.title === "string" ? plan.title : actionId);
      run.plan = plan;
      run.facts = facts;
      break;
    }
    case "action.confirmed": {
      const { runId, actionId, title, by, how } = entry.payload;
      runOf(runId, actionId, title).confirmed = { by, how, atMs };
      break;
    }
    case "action.refused":
      runOf(entry.payload.runId, entry.payload.actionId, entry.payload.title).refusedReason = entry.payload.reason;
      break;
    case "step.intent": {
      const { runId, stepId, title, step, line, resource } = entry.payload;
      Object.assign(stepOf(runOf(runId), stepId, title), { step, line, resource, intentAtMs: atMs });
      break;
    }
    case "step.outcome":
      stepOf(runOf(entry.payload.runId), entry.payload.stepId, entry.payload.title).outcome = entry.payload;
      break;
    case "step.reconciled":
      stepOf(runOf(entry.payload.runId), entry.payload.stepId, entry.payload.title).reconciled = entry.payload;
      break;
    case "action.finished": {
      const { runId, actionId, title, status, undo, undoes, badge } = entry.payload;
      runOf(runId, actionId, title).finished = { status, atMs, undo, undoes, badge };
      break;
    }
  }
}

function stepOf(run: RecordedRun, stepId: string, title: string): RecordedStepRun {
  const known = run.steps.find((step) => step.stepId === stepId);
  if (known) return known;
  const step: RecordedStepRun = { stepId, title, line: "", resource: "" };
  run.steps.push(step);
  return step;
}

/** A step whose call may have left, and of which nothing was heard since. */
export interface InFlightStep {
  runId: string;
  stepId: string;
  title: string;
  step: RecordedStep;
  line: string;
  resource: string;
  writerId: string;
  seq: number;
  atMs: number;
}

/**
 * The steps in flight: an intent without an outcome or a reconciliation after it, oldest first. The process that was
 * carrying them out died, or is still at it (see `openIntents`). O(entries).
 */
export function inFlight(entries: readonly RecordEntry[]): InFlightStep[] {
  const open = new Map<string, InFlightStep>();
  for (const entry of entries) {
    if (entry.kind === "step.intent") {
      const { runId, stepId, title, step, line, resource } = entry.payload;
      const key = JSON.stringify([runId, stepId]);
      const { writerId, seq } = entry;
      open.set(key, { runId, stepId, title, step, line, resource, writerId, seq, atMs: Date.parse(entry.at) });
    } else if (entry.kind === "step.outcome" || entry.kind === "step.reconciled") {
      open.delete(JSON.stringify([entry.payload.runId, entry.payload.stepId]));
    }
  }
  return [...open.values()];
}

/**
 * The intents in flight on `resource` by writers that live: a second mutation of the same thing has to wait for them.
 * `isAlive` comes from `Recorder.liveWriters`. O(entries).
 */
export function openIntents(
  entries: readonly RecordEntry[],
  resource: string,
  isAlive: (writerId: string) => boolean,
): InFlightStep[] {
  return inFlight(entries).filter((step) => step.resource === resource && isAlive(step.writerId));
}

/** Something that was done and not undone since. Times in domain ms. */
export interface UndoableRun {
  runId: string;
  actionId: string;
  title: string;
  badge?: string;
  undo: RecordedPlan;
  sinceMs: number;
}

/**
 * The runs that still have something to undo, oldest first: finished with an undo plan, and no later run finished that undoes
 * them, or made it impossible. The runner names these only when the later run was carried out in full. O(entries).
 */
export function undoLedger(entries: readonly RecordEntry[]): UndoableRun[] {
  const held = new Map<string, UndoableRun>();
  for (const entry of entries) {
    if (entry.kind !== "action.finished") continue;
    const { runId, actionId, title, undo, undoes, settles, badge } = entry.payload;
    for (const settled of settles ?? []) held.delete(settled);
    if (undoes !== undefined) held.delete(undoes);
    else if (undo !== null) {
      held.set(runId, { runId, actionId, title, badge, undo, sinceMs: Date.parse(entry.at) });
    }
  }
  return [...held.values()];
}
