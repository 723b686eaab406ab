import type { Plan, RunResult, Step } from "../../actions/contract.ts";
import { showValue } from "../../actions/reading.ts";
import { undoTier } from "../../actions/undo.ts";
import { Failure, failureDetail } from "../../base/failure.ts";
import type { PreparedAction } from "../../incident/contract.ts";
import { failureText } from "../exit.ts";

/** Prints a failure: as text on standard error, or as JSON on standard output. */
export function printFailure(error: unknown, what: string, json: boolean): void {
  if (!json) {
    process.stderr.write(`${failureText(error, what)}\n`);
    return;
  }
  const status = error instanceof Failure && error.kind === "refused" ? "refused" : "failed";
  process.stdout.write(`${JSON.stringify({ status, failure: failureDetail(error, what) }, null, 2)}\n`);
}

/** A prepared plan for a reader without a screen. */
export function planText(prepared: PreparedAction): string {
  const { plan, facts, checks, lines } = prepared;
  const out = [plan.title, ""];
  for (const [label, value] of Object.entries(facts)) out.push(`  ${label}: ${value}`);
  if (checks.length > 0) out.push("", "Checks");
  for (const check of checks) out.push(`  ${check.status.toUpperCase().padEnd(7)} ${check.label}: ${check.detail}`);
  if (plan.effects.length > 0) out.push("", "What it does to others", ...plan.effects.map((effect) => `  - ${effect}`));
  if (plan.caveats.length > 0) out.push("", "What it cannot promise", ...plan.caveats.map((caveat) => `  - ${caveat}`));
  out.push("", "Steps");
  for (const [index, step] of [...plan.steps, ...(plan.verify ? [plan.verify] : [])].entries())
    out.push(...stepText(step, `${index + 1}.`, lines));
  const undo = plan.steps.flatMap((step) => step.undo ?? []);
  if (undo.length > 0) out.push("", "Undo", ...(plan.undoing?.effects ?? []).map((effect) => `  ${effect}`));
  for (const step of undo) out.push(...stepText(step, "-", lines));
  if (prepared.refusedReason) out.push("", `Refused: ${prepared.refusedReason}`);
  return `${out.join("\n")}\n`;
}

function stepText(step: Step, mark: string, lines: Record<string, string>): string[] {
  const out = [`  ${mark} ${step.title}`];
  const line = lines[step.id];
  if (line) out.push(`     ${step.kind === "wait" ? "polls: " : ""}${line}`);
  if (step.kind === "job" && step.evidence) {
    const { loses, skip } = step.evidence;
    out.push(...loses.map((lost) => `     ${skip ? "SKIPPED, lost for good" : "collects"}: ${lost}`));
  }
  if (step.kind === "call" && step.state) {
    const { before, after } = step.state;
    for (const [label, value] of Object.entries(after))
      out.push(`     ${label}: ${showValue(before[label] ?? null)} -> ${showValue(value)}`);
  }
  return out;
}

/** How a run went, for a reader without a screen; with the command that undoes it while it is held open. */
export function resultText(incidentId: string, result: RunResult, isHeldOpen: boolean): string {
  const out = [`${result.plan.title}: ${result.status}`];
  for (const outcome of result.outcomes) {
    const step = [...result.plan.steps, ...(result.plan.verify ? [result.plan.verify] : [])].find(
      (candidate) => candidate.id === outcome.stepId,
    );
    const requests = outcome.requestIds.length > 0 ? `  request ${outcome.requestIds.at(-1)}` : "";
    // The reason of the run's own failure is told below.
    const why = outcome.note ?? (outcome.failure?.why === result.failure?.why ? undefined : outcome.failure?.why);
    out.push(`  ${outcome.status.padEnd(8)} ${step?.title ?? outcome.stepId}${why ? ` (${why})` : ""}${requests}`);
  }
  if (result.failure) out.push(`  why: ${result.failure.why}`, `  next: ${result.failure.next}`);
  out.push(`  incident ${incidentId}, run ${result.runId}`);
  if (isHeldOpen)
    out.push(`  undo: mayday run --undo ${result.runId} --incident ${incidentId} ${confirming(result.plan)}`);
  return `${out.join("\n")}\n`;
}

/** The flags that confirm the undo of a plan. */
function confirming(plan: Plan): string {
  const tier = undoTier(plan);
  if (tier !== "name" && tier !== "name-and-account") return "--yes";
  return `--confirm '${plan.resourceName}'${tier === "name" ? "" : " --confirm-account ID"}`;
}
