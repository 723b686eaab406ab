import type { Plan, RunResult } from "../actions/contract.ts";
import { operationOf } from "../aws/operations.ts";
import type { RecordDraft } from "../record/entries.ts";

/** Whether a plan only tells people: it then runs beside other actions, because a containment must not wait for Slack, nor Slack for it. */
export function isMessagePlan(plan: Plan): boolean {
  if (plan.message) return true;
  const calls = plan.steps.filter(({ kind }) => kind !== "record");
  return (
    calls.length > 0 &&
    calls.every((step) => step.kind === "call" && operationOf(step.service, step.operation)?.tellsPeople === true)
  );
}

/**
 * What the record says of a message once its run has ended: where it arrived and where not, and the escalation that it was. Empty for
 * plans without a message, and for runs that never began to send.
 */
export function messageEntries({ plan, runId, outcomes }: RunResult, by: string): RecordDraft[] {
  const { message } = plan;
  if (!message || outcomes.length === 0) return [];
  const to: string[] = [];
  const failures: { to: string; why: string }[] = [];
  for (const step of plan.steps) {
    if (step.kind !== "call") continue;
    const outcome = outcomes.find(({ stepId }) => stepId === step.id);
    if (outcome?.status === "done") to.push(step.resource);
    else failures.push({ to: step.resource, why: outcome?.failure?.why ?? outcome?.note ?? "not sent" });
  }
  const { about, text, escalates } = message;
  const isSent = to.length > 0;
  const sent: RecordDraft = {
    kind: "communication.message",
    payload: { about, status: isSent ? "sent" : "failed", text, to, failures, by, runId },
  };
  if (!escalates || !isSent) return [sent];
  const how = `message sent to ${to.join(", ")}`;
  return [sent, { kind: "escalation.done", payload: { ...escalates, by, how } }];
}
