import type { RecordEntry } from "../record/entries.ts";
import { timelineLine } from "../record/timeline.ts";
import { inline } from "./markdown.ts";
import { day, hourMinute } from "./times.ts";

/** Similar observations that follow each other within this many domain ms are one line. */
const CONDENSE_MS = 10 * 60_000;

/** One line of the document's timeline: one event, or several of a kind. Times in domain ms. */
export interface TimelineEvent {
  atMs: number;
  lastAtMs: number;
  seq: number;
  count: number;
  label: string;
  text: string;
}

/**
 * The timeline in the order of time, similar observations condensed into one event: a service that lost twelve tasks for one
 * reason is one line with a count. A deed or a word of a person between them starts a new line, since it may be why. O(n log n).
 */
export function timelineEvents(entries: readonly RecordEntry[]): TimelineEvent[] {
  const told: { entry: RecordEntry; event: TimelineEvent }[] = [];
  for (const entry of entries) {
    const line = timelineLine(entry);
    if (!line) continue;
    const { atMs, seq, label, text } = line;
    told.push({ entry, event: { atMs, lastAtMs: atMs, seq, count: 1, label, text } });
  }
  told.sort((a, b) => a.event.atMs - b.event.atMs || a.event.seq - b.event.seq);
  const events: TimelineEvent[] = [];
  const recent = new Map<string, TimelineEvent>();
  for (const { entry, event } of told) {
    const kind = similarity(entry);
    if (isDeed(entry)) recent.clear();
    const group = kind === undefined ? undefined : recent.get(kind.key);
    if (kind && group && event.atMs - group.lastAtMs <= CONDENSE_MS) {
      group.count += 1;
      group.lastAtMs = event.atMs;
      group.text = kind.several(group.count);
      continue;
    }
    events.push(event);
    if (kind) recent.set(kind.key, event);
  }
  return events;
}

/** The section's lines: `- HH:MM — event` in UTC, with a line for the date wherever it is another than the one before. */
export function timelineSection(events: readonly TimelineEvent[], date: string): string[] {
  const lines: string[] = [];
  let current = date;
  for (const event of events) {
    const eventDay = day(event.atMs);
    if (eventDay !== current) {
      if (lines.length > 0) lines.push("");
      lines.push(`**${eventDay}**`, "");
      current = eventDay;
    }
    const until = event.lastAtMs - event.atMs >= 60_000 ? ` (until ${hourMinute(event.lastAtMs)})` : "";
    const label = PLAIN_LABELS.has(event.label) ? "" : `${event.label}: `;
    lines.push(`- ${hourMinute(event.atMs)} — ${label}${inline(event.text)}${until}`);
  }
  return lines;
}

// Observations and actions speak for themselves.
const PLAIN_LABELS = new Set(["OBSERVED", "ALARM"]);

function isDeed(entry: RecordEntry): boolean {
  return /^(action|step|guard)\.|^incident\.(note|contained|resolved|closed)$/.test(entry.kind);
}

/** What makes two observations similar, and how several of them read. Undefined for everything that stands alone. */
function similarity(entry: RecordEntry): { key: string; several: (count: number) => string } | undefined {
  const line = entry.kind.startsWith("observation.") ? timelineLine(entry) : undefined;
  if (!line) return undefined;
  const times = (key: string, text = line.text) => ({
    key: `${entry.kind} ${key}`,
    several: (count: number) => `${text} (${count} times)`,
  });
  switch (entry.kind) {
    case "observation.task-stopped": {
      const { service, exitCode, stopCode, reason, containerReason } = entry.payload;
      const why = containerReason || reason;
      const exit = exitCode === null ? "" : `, exit code ${exitCode}`;
      return {
        key: `task ${service} ${exitCode} ${stopCode} ${why}`,
        several: (count) => `${service}: ${count} tasks stopped${exit}${why ? `: ${why}` : ""}`,
      };
    }
    case "observation.target": {
      const { targetGroup, from, to, reason, description } = entry.payload;
      const detail = [reason, description].filter(Boolean).join(", ");
      return {
        key: `target ${targetGroup} ${from} ${to} ${reason}`,
        several: (count) =>
          `${targetGroup}: ${count} targets ${from === null ? "" : `${from} -> `}${to}${detail ? ` (${detail})` : ""}`,
      };
    }
    case "observation.service-event":
      return times(`${entry.payload.service} ${withoutIds(entry.payload.message)}`);
    case "observation.logs":
      return times(`${entry.payload.logGroup} ${withoutIds(entry.payload.change)}`);
    default:
      return times(line.text);
  }
}

// Task, target and request ids and addresses make two equal messages look different.
function withoutIds(text: string): string {
  return text.replace(/\b[0-9a-f]{8,}\b/gi, "#").replace(/\d+/g, "#");
}
