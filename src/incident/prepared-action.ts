import type { Prepared, Step } from "../actions/contract.ts";
import type { AwsLayer } from "../aws/contract.ts";
import { showReferences } from "../base/references.ts";
import { mutates } from "./plan-kind.ts";

/** What a step calls, as lines for a shell; empty where it calls nothing. */
export function lineOfStep(aws: AwsLayer, step: Step): string {
  const line = ({ service, operation, input }: { service: string; operation: string; input: object }) =>
    aws.lineOf(service, operation, showReferences(input as never) as object);
  if (step.kind === "job") return step.line ?? (step.shows ?? []).map(line).join(" && ");
  return step.kind === "call" ? line(step) : step.kind === "wait" ? line(step.reading) : "";
}

/** The lines of a plan's steps and of their undo, by step id. */
export function linesOf(aws: AwsLayer, { plan }: Prepared): Record<string, string> {
  const steps = [...plan.steps, ...plan.steps.flatMap((step) => step.undo ?? [])];
  return Object.fromEntries(steps.map((step) => [step.id, lineOfStep(aws, step)]).filter(([, line]) => line !== ""));
}

/** Why the plan may not be run: a failed check, or read-only mode where it writes. */
export function refusalOf({ plan, checks }: Prepared, readOnly: boolean): string | undefined {
  const failed = checks.filter((check) => check.status === "fail");
  if (failed.length > 0)
    return `a check failed: ${failed.map((check) => `${check.label}: ${check.detail}`).join("; ")}`;
  const writes = plan.steps.some((step) => step.kind === "call" || (step.kind === "job" && mutates(step.operations)));
  return writes && readOnly ? "read-only mode is on" : undefined;
}
