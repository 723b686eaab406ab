import type { Check, Plan } from "../actions/contract.ts";
import { operationOf } from "../aws/operations.ts";
import { sanitizeLine } from "../base/text.ts";

/** Says that the plan would be run by another principal than the accepted one. */
export function callerCheck(arn: string, accepted: string | undefined): Check {
  const detail = `the credentials now belong to ${sanitizeLine(arn)}, so far it was ${sanitizeLine(accepted ?? "nobody")}; confirming accepts that`;
  return { label: "caller", status: "warn", detail };
}

/** Whether any of the operations (`service:Operation`) changes something; one that is not known counts as if it did. */
export const mutates = (operations: readonly string[]): boolean =>
  operations.some((name) => {
    const [service = "", operation = ""] = name.split(":");
    return operationOf(service, operation)?.access !== "read";
  });

/** Its only effect is on the record: nothing to confirm, and nothing to wait for. */
export const isRecordOnly = (plan: Plan): boolean =>
  plan.tier === "none" && plan.steps.every(({ kind }) => kind === "record");

/** Whether a plan begins or ends a session of break-glass, so that the caller is another one afterwards. */
export const changesCaller = ({ steps }: Plan): boolean =>
  steps.some((step) => step.kind === "job" && (step.job === "break-glass-session" || step.job === "break-glass-end"));
