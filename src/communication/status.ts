import { timelineEvents } from "../postmortem/timeline-section.ts";
import type { RecordEntry, Severity } from "../record/entries.ts";
import { escalationThresholds, raisedFlags } from "../record/escalation.ts";
import { beganAtMs, incidentView } from "../record/incident-view.ts";
import { inFlight, type UndoableRun, undoLedger } from "../record/runs.ts";
import { nextUpdateDueMs, type UpdateRhythm, updateRhythm, updateTimes } from "../record/status-updates.ts";
import { type Threshold, type ThresholdStatus, thresholdStatus } from "../state/escalation.ts";
import { type Condition, lastObserved } from "./observed.ts";

/** The state of an incident as its record has it, for somebody who does not have the cockpit before them. Times are domain ms. */
export interface IncidentStatus {
  id: string;
  title: string;
  severity: Severity;
  project: string;
  environment: string;
  region: string;
  accountId?: string;
  simulated: boolean;
  onCall: string;
  /** Who has worked on it, the last one last: operating system user, host, AWS caller. */
  people: { user: string; host: string; caller: string }[];
  /** open until it was declared resolved or closed as such. */
  phase: "open" | "contained" | "resolved";
  closed?: { atMs: number; mode: string };
  declaredAtMs: number;
  detected?: { atMs: number; by: string };
  acknowledged?: { atMs: number; by: string };
  contained?: { atMs: number; by: string; how: string };
  resolved?: { atMs: number; by: string; resolution: string };
  /** Since the detection, else the declaration; until the end, where there is one. */
  elapsedMs: number;
  flags: string[];
  conditions: Condition[];
  observedAtMs?: number;
  heldOpen: { runId: string; title: string; badge: string; sinceMs: number; broken?: string; brokenBy?: string }[];
  inFlight: { title: string; resource: string; sinceMs: number }[];
  escalation: (Threshold & { status: ThresholdStatus })[];
  updates: UpdateRhythm & { lastAtMs?: number; nextDueAtMs?: number };
  /** What the newest diagnosis came to; left out: none was asked. `why`: the first reason of a verdict. */
  diagnosis?: {
    atMs: number;
    title: string;
    summary: string;
    verdicts: { title: string; certainty: string; why?: string }[];
  };
  messages: { atMs: number; about: string; status: string; to: string[]; text: string }[];
  channel?: string;
  /** The newest lines of the timeline without single observations, oldest first. */
  timeline: { atMs: number; label: string; text: string }[];
  /** The time that this was made for, and the newest entry that it knows. */
  nowMs: number;
  throughSeq: number;
}

const NEWEST = { messages: 5, timeline: 15 };

/**
 * What the record says about an incident at `nowMs` (domain ms). A pure function of the entries, which may come from a record that
 * another process is writing. O(entries).
 */
export function incidentStatus(entries: readonly RecordEntry[], nowMs: number): IncidentStatus {
  const view = incidentView(entries);
  const endMs = view.resolved?.atMs ?? (view.closed?.mode === "resolved" ? view.closed.atMs : undefined);
  const startMs = beganAtMs(view);
  const times = updateTimes(entries);
  const { conditions, observedAtMs } = lastObserved(entries);
  const broken = brokenGuards(entries);
  const ledger = undoLedger(entries);
  const holding = ledger.filter(({ runId, badge }) => badge && !broken.has(runId));
  const optional = <K extends string, V>(key: K, value: V | undefined) =>
    (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
  return {
    id: view.incidentId,
    title: view.title,
    severity: view.severity,
    project: view.project,
    environment: view.environment,
    region: view.region,
    ...optional("accountId", view.accountId),
    simulated: view.simulated,
    onCall: view.onCall,
    people: peopleOf(entries),
    phase: endMs !== undefined ? "resolved" : view.contained ? "contained" : "open",
    ...optional("closed", view.closed && { atMs: view.closed.atMs, mode: view.closed.mode }),
    declaredAtMs: view.declaredAtMs,
    ...optional("detected", view.detected),
    ...optional("acknowledged", view.acknowledged),
    ...optional("contained", view.contained),
    ...optional("resolved", view.resolved),
    elapsedMs: Math.max(0, (endMs ?? nowMs) - startMs),
    flags: raisedFlags(entries)
      .filter(({ withdrawnAtMs }) => withdrawnAtMs === undefined)
      .map(({ flag }) => flag.replaceAll("-", " ")),
    conditions: conditions.map((condition) => withOurs(condition, holding)),
    ...optional("observedAtMs", observedAtMs),
    heldOpen: ledger.map(({ runId, title, badge, sinceMs }) => ({
      runId,
      title,
      badge: badge ?? "",
      sinceMs,
      ...optional("broken", broken.get(runId)?.message),
      ...optional("brokenBy", broken.get(runId)?.by || undefined),
    })),
    inFlight: inFlight(entries).map(({ title, resource, atMs }) => ({ title, resource, sinceMs: atMs })),
    escalation: escalationThresholds(entries).map((threshold) => ({
      ...threshold,
      status: thresholdStatus(threshold, nowMs),
    })),
    updates: {
      ...updateRhythm(times, view.declaredAtMs, endMs ?? nowMs),
      ...optional("lastAtMs", times.at(-1)),
      ...optional("nextDueAtMs", endMs === undefined ? nextUpdateDueMs(times, view.declaredAtMs) : undefined),
    },
    ...optional("diagnosis", newestDiagnosis(entries)),
    messages: messagesOf(entries).slice(-NEWEST.messages),
    ...optional("channel", channelOf(entries)?.name),
    timeline: newestLines(entries),
    nowMs,
    throughSeq: entries.at(-1)?.seq ?? 0,
  };
}

/** A service that a containment of this incident holds down says so: it is red because we want it. */
function withOurs(condition: Condition, holding: readonly UndoableRun[]): Condition {
  const isOurs = ({ undo }: UndoableRun) => {
    const { steps = [] } = undo as unknown as { steps?: { resource?: unknown }[] };
    return steps.some(({ resource }) => String(resource ?? "").startsWith(`${condition.what} in cluster `));
  };
  const ours = condition.state === "red" ? holding.find(isOurs) : undefined;
  return ours ? { ...condition, detail: `${condition.detail}; contained by us (${ours.badge})` } : condition;
}

/** The incident's own channel, the last one that was created. */
export function channelOf(entries: readonly RecordEntry[]): { name: string; id: string } | undefined {
  const entry = entries.findLast((candidate) => candidate.kind === "communication.channel");
  return entry?.kind === "communication.channel" ? entry.payload : undefined;
}

function newestDiagnosis(entries: readonly RecordEntry[]): IncidentStatus["diagnosis"] {
  const entry = entries.findLast(({ kind }) => kind === "diagnosis.finished");
  if (entry?.kind !== "diagnosis.finished") return undefined;
  const { title, summary, verdicts } = entry.payload;
  return {
    atMs: Date.parse(entry.at),
    title,
    summary,
    verdicts: verdicts.map(({ title: verdict, certainty, for: [why] }) => ({
      title: verdict,
      certainty,
      ...(why === undefined ? {} : { why }),
    })),
  };
}

function messagesOf(entries: readonly RecordEntry[]): IncidentStatus["messages"] {
  return entries.flatMap((entry) => {
    if (entry.kind !== "communication.message") return [];
    const { about, status, to, text } = entry.payload;
    return [{ atMs: Date.parse(entry.at), about, status, to, text }];
  });
}

function peopleOf(entries: readonly RecordEntry[]): IncidentStatus["people"] {
  const people = new Map<string, IncidentStatus["people"][number]>();
  for (const { actor } of entries) {
    if (actor.callerArn === "") continue;
    const key = JSON.stringify([actor.osUser, actor.host, actor.callerArn]);
    people.delete(key);
    people.set(key, { user: actor.osUser, host: actor.host, caller: actor.callerArn });
  }
  return [...people.values()];
}

/** What is said about containments that no longer hold, by run id. */
function brokenGuards(entries: readonly RecordEntry[]): Map<string, { message: string; by: string }> {
  const broken = new Map<string, { message: string; by: string }>();
  for (const entry of entries) {
    if (entry.kind === "guard.broken") {
      const { runId, message, by } = entry.payload;
      broken.set(runId, { message, by });
    } else if (entry.kind === "guard.restored") broken.delete(entry.payload.runId);
  }
  return broken;
}

/** What people and alarms did. Single observations would fill it, and `conditions` says what they came to. */
function newestLines(entries: readonly RecordEntry[]): IncidentStatus["timeline"] {
  return timelineEvents(entries)
    .filter(({ label }) => label !== "OBSERVED" && label !== "SOURCE")
    .slice(-NEWEST.timeline)
    .map(({ atMs, label, text }) => ({ atMs, label, text }));
}
