import type { Json, JsonObject } from "../base/json.ts";
import { canonicalJson } from "../base/json.ts";
import type { RecordedRun, RecordedStepRun } from "../record/runs.ts";
import { code, codeValue, inline } from "./markdown.ts";
import { dateAndTime } from "./times.ts";

const same = (a: Json | undefined, b: Json | undefined) =>
  a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b);

/** `label: before -> after` for every value that differs; a value that was only looked at stands alone. */
export function difference(before: JsonObject, after: JsonObject): string[] {
  return Object.keys(after)
    .filter((label) => !same(before[label], after[label]))
    .map((label) => {
      const was = before[label];
      const now = codeValue(after[label] ?? null);
      return was === undefined ? `${inline(label)}: ${now}` : `${inline(label)}: ${codeValue(was)} -> ${now}`;
    });
}

/** A run with its steps: who confirmed it, how it ended, each call with its line, request ids and what it changed. */
export function describeRun(run: RecordedRun): string[] {
  const ending = run.finished?.status ?? (run.refusedReason === undefined ? "no end recorded" : "refused");
  const undoes = run.finished?.undoes ? `, undoes ${code(run.finished.undoes)}` : "";
  const lines = [`- **${inline(run.title || run.actionId)}** (${code(run.runId)}${undoes}): ${inline(ending)}`];
  if (run.confirmed) {
    const { by, how, atMs } = run.confirmed;
    lines.push(`  - Confirmed by ${inline(by)} at ${dateAndTime(atMs)}${how ? ` (${inline(how)})` : ""}`);
  }
  if (run.refusedReason !== undefined) lines.push(`  - Refused: ${inline(run.refusedReason)}`);
  for (const step of run.steps) lines.push(...describeStep(step));
  return lines;
}

function describeStep(step: RecordedStepRun): string[] {
  const { outcome, reconciled } = step;
  const status =
    outcome?.status ?? (reconciled ? `in flight, ${reconciled.verdict}` : "in flight, no outcome recorded");
  const lines = [`  - ${inline(step.title || step.stepId)}: ${inline(status)}`];
  if (step.line) lines.push(`    - ${code(step.line)}`);
  if (outcome?.requestIds.length) lines.push(`    - Request ids: ${outcome.requestIds.map(code).join(", ")}`);
  if (outcome?.after) {
    for (const change of difference(outcome.before ?? {}, outcome.after)) lines.push(`    - ${change}`);
  }
  if (outcome?.failure) {
    const { why, next, code: errorCode } = outcome.failure;
    lines.push(`    - Failed: ${inline(why)}${errorCode ? ` (${code(errorCode)})` : ""} ${inline(next)}`);
  }
  if (outcome?.note) lines.push(`    - ${inline(outcome.note)}`);
  if (reconciled?.detail) lines.push(`    - ${inline(reconciled.detail)}`);
  return lines;
}

/** One thing that the actions left other than they found it. */
export interface Drift {
  resource: string;
  changes: string[];
}

/**
 * What differs, per resource, between before the first change and after the last one of all runs: the configuration that a
 * `terraform apply` would set back. A run and its undo cancel out.
 */
export function driftLeft(runs: readonly RecordedRun[]): Drift[] {
  const resources = new Map<string, { before: JsonObject; after: JsonObject }>();
  const steps = runs
    .flatMap((run) => run.steps)
    .filter((step) => step.outcome?.after && step.outcome.status !== "failed");
  for (const { resource, outcome, step } of steps.sort((a, b) => endOf(a) - endOf(b))) {
    // Reads, waits and jobs promise nothing about configuration: only a call on a named resource changes it.
    if (!resource || !outcome?.after || step?.kind === "job") continue;
    const known = resources.get(resource) ?? { before: {}, after: {} };
    known.before = { ...outcome.before, ...known.before };
    known.after = { ...known.after, ...outcome.after };
    resources.set(resource, known);
  }
  return [...resources]
    .map(([resource, { before, after }]) => ({ resource, changes: difference(before, after) }))
    .filter((drift) => drift.changes.length > 0);
}

const endOf = (step: RecordedStepRun) => step.outcome?.endedAtMs ?? 0;
