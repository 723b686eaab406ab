import { sanitizeLine } from "../base/text.ts";
import { channelOf } from "../communication/status.ts";
import type { RecordEntry } from "../record/entries.ts";
import { escalationThresholds } from "../record/escalation.ts";
import { incidentView } from "../record/incident-view.ts";
import { nextUpdateDueMs, updateTimes } from "../record/status-updates.ts";
import type { CommunicationSlice } from "../state/store.ts";

/** What the screen shows of escalation and messages, from the entries alone. All text is sanitised. O(entries). */
export function communicationView(
  entries: readonly RecordEntry[],
  contacts: CommunicationSlice["contacts"],
): CommunicationSlice {
  const view = incidentView(entries);
  const isOver = view.resolved !== undefined || view.closed?.mode === "resolved";
  const times = updateTimes(entries);
  const lastAtMs = times.at(-1);
  const messages = entries.filter((entry) => entry.kind === "communication.message");
  const last = messages.at(-1)?.payload;
  const told = messages.some(({ payload }) => payload.about === "stakeholders" && payload.status !== "failed");
  const channel = channelOf(entries)?.name;
  return {
    thresholds: escalationThresholds(entries).map((threshold) => ({ ...threshold, why: sanitizeLine(threshold.why) })),
    contacts,
    updates: {
      count: times.length,
      ...(lastAtMs === undefined ? {} : { lastAtMs }),
      ...(isOver ? {} : { dueAtMs: nextUpdateDueMs(times, view.declaredAtMs) }),
    },
    stakeholdersWaiting: view.contained !== undefined && !told,
    ...(last?.status === "failed"
      ? { unsent: { about: last.about, why: sanitizeLine(last.failures.map(({ why }) => why).join("; ")) } }
      : {}),
    ...(channel === undefined ? {} : { channel: sanitizeLine(channel) }),
  };
}
