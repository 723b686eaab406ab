import type { Plan } from "../actions/contract.ts";
import { failureDetail } from "../base/failure.ts";
import type { Recorder } from "../record/contract.ts";
import type { RecordEntry } from "../record/entries.ts";
import { isMessagePlan } from "./message-desk.ts";
import { competingRun } from "./open-runs.ts";

/** Why a plan must not go on: another cockpit on this incident is changing the same thing right now. */
export async function conflictReason(
  { recorder, entries }: { recorder: Recorder; entries(): readonly RecordEntry[] },
  plan: Plan,
  runId: string,
): Promise<string | undefined> {
  const health = recorder.health();
  if (health.status === "failed") {
    // With the explicit override nothing can be known of others: they could not record anything either.
    return recorder.allowUnsaved ? undefined : `the record cannot be written (${health.reason})`;
  }
  // Two messages at once are two messages.
  if (isMessagePlan(plan)) return undefined;
  let live: Set<string>;
  try {
    live = await recorder.liveWriters();
  } catch (error) {
    return `it cannot be told whether another cockpit is at it: ${failureDetail(error, "record").why}`;
  }
  const self = { runId, writerId: recorder.writerId };
  const other = competingRun(entries(), plan, self, (writerId) => live.has(writerId));
  return other && `another cockpit on this incident is at it: ${other.plan.title}`;
}
