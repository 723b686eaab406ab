import { formatClock } from "../base/duration.ts";
import type { RecordEntry } from "../record/entries.ts";
import { ESCALATION_PATH, escalationThresholds } from "../record/escalation.ts";
import type { IncidentView } from "../record/incident-view.ts";
import { updateRhythm, updateTimes } from "../record/status-updates.ts";
import { ABOUT_WORDS } from "../record/timeline-communication.ts";
import type { Threshold } from "../state/escalation.ts";
import { inline, list } from "./markdown.ts";
import { dateAndTime, type Span } from "./times.ts";

/** The escalation path: for each threshold whether it was reached, and who answered it when; late ones are marked. */
export function escalations(entries: readonly RecordEntry[], span: Span): string[] {
  const flags = entries.flatMap((entry) => {
    if (entry.kind !== "incident.flag") return [];
    const { flag, raised, reason, by } = entry.payload;
    const words = `${flag.replaceAll("-", " ")} ${raised ? "flagged" : "taken back"} by ${by}`;
    return [`${dateAndTime(Date.parse(entry.at))} ${inline(words)}${reason ? `: ${inline(reason)}` : ""}`];
  });
  const thresholds = escalationThresholds(entries).map((threshold) => thresholdLine(threshold, span));
  return list([...thresholds, ...flags], "No escalation path: the record has no opening entry.");
}

function thresholdLine(threshold: Threshold, { endMs, isOver }: Span): string {
  const { id, level, role, why, dueAtMs, lateAtMs, proposed, answer } = threshold;
  // Until it was due, nothing of its reason had happened; a flag's reason is its threshold from the beginning.
  const hasCome = id !== level || (answer?.kind === "done" ? answer.atMs : endMs) > dueAtMs;
  const head = `${level} ${role}, due ${dateAndTime(dueAtMs)} (${inline(hasCome ? why : ESCALATION_PATH[level].rule)})`;
  const seen = proposed ? `, proposed ${dateAndTime(proposed.atMs)}` : "";
  if (answer) {
    const late = answer.atMs > lateAtMs ? `, **late** by ${formatClock(answer.atMs - dueAtMs)}` : "";
    const how = answer.detail ? `: ${inline(answer.detail)}` : "";
    return `${head}${seen}: ${answer.kind} ${dateAndTime(answer.atMs)} by ${inline(answer.by)}${how}${late}`;
  }
  if (dueAtMs >= endMs) return `${head}: not reached${isOver ? "" : " so far"}`;
  return `${head}${seen}: **never answered**`;
}

/** How well the half-hourly rhythm was kept, and every message with where it arrived. */
export function messages(entries: readonly RecordEntry[], view: IncidentView, span: Span): string[] {
  const { due, onTime, late, missed } = updateRhythm(updateTimes(entries), view.declaredAtMs, span.endMs);
  const rhythm = `Status updates on time: ${onTime} of ${due} (${late} late, ${missed} missed; every 30 minutes, 5 minutes of grace)`;
  const channels = entries.flatMap((entry) =>
    entry.kind === "communication.channel"
      ? [
          `${dateAndTime(Date.parse(entry.at))} channel #${inline(entry.payload.name)} created by ${inline(entry.payload.by)}`,
        ]
      : [],
  );
  const sent = entries.flatMap((entry) => (entry.kind === "communication.message" ? [messageLine(entry)] : []));
  return list([rhythm, ...channels, ...sent], "");
}

function messageLine(entry: RecordEntry<"communication.message">): string {
  const { about, status, text, to, failures, by } = entry.payload;
  const where = to.length > 0 ? ` to ${to.map(inline).join(", ")}` : "";
  const failed = failures.map((failure) => `${inline(failure.to)} (${inline(failure.why)})`).join(", ");
  const but = failed ? `, not to ${failed}` : "";
  const head = `${dateAndTime(Date.parse(entry.at))} ${ABOUT_WORDS[about]} ${status}${where}${but} by ${inline(by)}`;
  return text ? `${head}: ${inline(text)}` : head;
}
