import type { CallStep, Plan, RunResult } from "../actions/contract.ts";
import { standInFor, standInOutcome } from "../actions/stand-in.ts";
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

/** What became of a message. */
export interface Delivery {
  /** Who has it. */
  arrived: string[];
  /** Who refused it or may not have it, and why; also where another way then carried it, which is named. */
  refused: { to: string; why: string }[];
  /** The steps whose place has it by no way. */
  open: CallStep[];
}

/** What became of the message of a run that has ended. */
export function deliveryOf({ plan, outcomes }: Pick<RunResult, "plan" | "outcomes">): Delivery {
  const delivery: Delivery = { arrived: [], refused: [], open: [] };
  for (const step of plan.steps) {
    if (step.kind !== "call") continue;
    const outcome = outcomes.find(({ stepId }) => stepId === step.id);
    if (outcome?.status === "done") {
      delivery.arrived.push(step.resource);
      continue;
    }
    const instead = standInFor(plan, outcomes, step.id);
    if (!instead && !step.insteadOf) delivery.open.push(step);
    // Another way that was not taken has nothing to say.
    if (standInOutcome(step, outcomes, 0)) continue;
    const why = outcome?.failure?.why ?? outcome?.note ?? "not sent";
    delivery.refused.push({ to: step.resource, why: instead ? `${why}; ${instead.resource} has it instead` : why });
  }
  return delivery;
}

/**
 * What the record says of a message once its run has ended: where it arrived and where not, and the escalation that it was. Empty for
 * plans without a message, and for runs that never began to send.
 */
export function messageEntries(result: RunResult, by: string): RecordDraft[] {
  const { plan, runId, outcomes } = result;
  const { message } = plan;
  if (!message || outcomes.length === 0) return [];
  const { arrived: to, refused: failures } = deliveryOf(result);
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
