import { formatClock, formatUtc, formatUtcTime } from "../base/duration.ts";
import { sanitizeLine } from "../base/text.ts";
import { timelineEvents } from "../postmortem/timeline-section.ts";
import type { RecordEntry } from "../record/entries.ts";
import { beganAtMs } from "../record/incident-view.ts";
import { UPDATE_EVERY_MS } from "../record/status-updates.ts";
import type { Threshold } from "../state/escalation.ts";
import { type Condition, conditionLines } from "./observed.ts";
import { type IncidentStatus, incidentStatus } from "./status.ts";

/** What every draft is written from. `conditions`: how everything stands now, where that is known; else the record's last word on it. */
export interface DraftInput {
  entries: readonly RecordEntry[];
  conditions?: readonly Condition[];
  /** Domain ms. */
  nowMs: number;
}

/** Lines of "what changed" in a status update: what does not fit is counted. */
const MOST_CHANGES = 10;

const time = (atMs: number) => `${formatUtcTime(atMs).slice(0, 5)} UTC`;
const bullets = (lines: readonly string[]) => lines.map((line) => `- ${line}`);

function headline(status: IncidentStatus): string {
  const where = [status.project, status.environment].filter(Boolean).join(" ");
  const simulated = status.simulated ? "SIMULATED, no real incident. " : "";
  return sanitizeLine(`${simulated}[${status.severity}] ${where}: ${status.title}`);
}

function stateLine(status: IncidentStatus): string {
  const since = `running since ${time(beganAtMs(status))} (T+${formatClock(status.elapsedMs)})`;
  const flags = status.flags.length > 0 ? ` ${status.flags.join(", ").toUpperCase()}.` : "";
  if (status.resolved) return `RESOLVED at ${time(status.resolved.atMs)}.${flags}`;
  if (status.phase === "resolved") return `Closed as resolved.${flags}`;
  const contained = status.contained ? `contained at ${time(status.contained.atMs)}` : "NOT contained";
  return `Not resolved, ${contained}, ${since}.${flags}`;
}

function nowLines(input: DraftInput, status: IncidentStatus): string[] {
  if (input.conditions && input.conditions.length > 0) return ["Now:", ...bullets(conditionLines(input.conditions))];
  if (status.observedAtMs === undefined) return [];
  return [`As last observed at ${time(status.observedAtMs)}:`, ...bullets(conditionLines(status.conditions))];
}

function heldLines(status: IncidentStatus): string[] {
  const held = status.heldOpen.map((run) =>
    sanitizeLine(`${run.title}${run.broken ? ` (BROKEN: ${run.broken})` : ""}`),
  );
  return held.length === 0 ? [] : ["In place and not undone:", ...bullets(held)];
}

const joinLines = (status: IncidentStatus): string[] => (status.channel ? [`Channel: #${status.channel}`] : []);

/** Labels of timeline lines that are no news to anybody else: what the cockpit said to them, and about itself. */
const OWN_AFFAIRS = new Set([
  "MESSAGE",
  "NOT SENT",
  "ESCALATION",
  "SESSION",
  "EVIDENCE",
  "CLOCK",
  "RECORD",
  "SOURCE",
  "REFUSED",
]);

/** What changed since `sinceMs` (domain ms), a line each, oldest first; similar observations are one line. */
export function changesSince(entries: readonly RecordEntry[], sinceMs: number): string[] {
  const events = timelineEvents(entries.filter((entry) => Date.parse(entry.at) > sinceMs)).filter(
    (event) => event.lastAtMs > sinceMs && !OWN_AFFAIRS.has(event.label),
  );
  const lines = events.map((event) => sanitizeLine(`${time(event.atMs)} ${event.label} ${event.text}`));
  const hidden = lines.length - MOST_CHANGES;
  return hidden > 0 ? [`(${hidden} earlier changes are in the timeline)`, ...lines.slice(hidden)] : lines;
}

/** A status update: the state, what is red, what changed since the last update, what is in place, and when the next one comes. */
export function draftStatusUpdate(input: DraftInput): string {
  const { entries, nowMs } = input;
  const status = incidentStatus(entries, nowMs);
  const { lastAtMs } = status.updates;
  const changes = changesSince(entries, lastAtMs ?? status.declaredAtMs - 1);
  const since = lastAtMs === undefined ? "So far:" : `Since the last update (${time(lastAtMs)}):`;
  const isOver = status.phase === "resolved";
  return lines([
    `${headline(status)}: status update, ${time(nowMs)}`,
    stateLine(status),
    ...(status.resolved ? [sanitizeLine(`Resolution: ${status.resolved.resolution}`)] : []),
    ...nowLines(input, status),
    since,
    ...bullets(changes.length > 0 ? changes : ["nothing changed"]),
    ...heldLines(status),
    isOver ? "This is the last update." : `Next update by ${time(nowMs + UPDATE_EVERY_MS)}.`,
  ]);
}

/** What the on-call engineer is called with. */
export function draftOnCall(input: DraftInput): string {
  const status = incidentStatus(input.entries, input.nowMs);
  return lines([
    headline(status),
    stateLine(status),
    ...(status.detected ? [sanitizeLine(`Detected by ${status.detected.by} at ${time(status.detected.atMs)}.`)] : []),
    ...nowLines(input, status),
    sanitizeLine(`On call: ${status.onCall}. Please acknowledge.`),
    ...joinLines(status),
  ]);
}

/** What the people who depend on the lakehouse are told once the incident is contained: no internals. */
export function draftStakeholders(input: DraftInput): string {
  const status = incidentStatus(input.entries, input.nowMs);
  const { contained, resolved } = status;
  return lines([
    headline(status),
    resolved
      ? `The incident was resolved at ${time(resolved.atMs)}.`
      : contained
        ? `The incident was contained at ${time(contained.atMs)}: it no longer spreads. Work on the cause goes on.`
        : "The incident is NOT contained yet.",
    `It began at ${time(beganAtMs(status))}.`,
    ...(status.heldOpen.length > 0 && !resolved
      ? ["Out of service until further notice:", ...bullets(status.heldOpen.map(({ title }) => sanitizeLine(title)))]
      : []),
    resolved ? "" : `Next update by ${time(input.nowMs + UPDATE_EVERY_MS)}.`,
    ...joinLines(status),
  ]);
}

/** What the next level is told, and why. `contact`: who that is here. Asked before its time, the draft does not claim that it has come. */
export function draftEscalation(input: DraftInput, threshold: Threshold, contact: string): string {
  const status = incidentStatus(input.entries, input.nowMs);
  const who = `${threshold.role}${contact ? ` (${contact})` : ""}`;
  const why = input.nowMs < threshold.dueAtMs ? `ahead of its time (${time(threshold.dueAtMs)})` : threshold.why;
  return lines([
    headline(status),
    sanitizeLine(`Escalation ${threshold.level} to the ${who}: ${why}.`),
    stateLine(status),
    ...nowLines(input, status),
    ...heldLines(status),
    sanitizeLine(`On call: ${status.onCall}. Please join.`),
    ...joinLines(status),
  ]);
}

/** What a new channel begins with. */
export function draftChannelTopic(input: DraftInput): string {
  const status = incidentStatus(input.entries, input.nowMs);
  return `${headline(status)} since ${formatUtc(beganAtMs(status)).slice(0, 16).replace("T", " ")} UTC`;
}

const lines = (all: readonly string[]): string => all.filter((line) => line !== "").join("\n");
