import { formatAge, formatClock } from "../base/duration.ts";
import { verifyChain } from "../record/chain.ts";
import type { RecordEntry } from "../record/entries.ts";
import type { IncidentView } from "../record/incident-view.ts";
import { inFlight, runHistory, undoLedger } from "../record/runs.ts";
import { describeRun, driftLeft } from "./changes.ts";
import { escalations, messages } from "./communication.ts";
import { code, inline, list } from "./markdown.ts";
import { objectiveLines } from "./objectives.ts";
import type { TimelineEvent } from "./timeline-section.ts";
import { dateAndTime, hourMinute, type Span } from "./times.ts";

/** A silence in the timeline longer than this is flagged: 15 min in domain ms (the first escalation threshold of the runbook). */
const GAP_MS = 15 * 60_000;

const SYMPTOM_WINDOW_MS = 4 * 3_600_000;

/** What every annex is written from. */
export interface AnnexInput {
  entries: readonly RecordEntry[];
  view: IncidentView;
  events: readonly TimelineEvent[];
  span: Span;
}

/** Everything below the runbook's template, as lines of Markdown. */
export function annexes(input: AnnexInput): string[] {
  const { entries, view, events, span } = input;
  const section = (heading: string, lines: string[]) => ["", `### ${heading}`, "", ...lines];
  const runs = runHistory(entries);
  return [
    "## Annexes",
    ...section(
      "Severity history",
      list(
        view.severityHistory.map(
          ({ atMs, severity, reason }) => `${dateAndTime(atMs)} ${severity}${reason ? `: ${inline(reason)}` : ""}`,
        ),
        "No severity was recorded.",
      ),
    ),
    ...section("Times", times(entries, view, span)),
    ...section("RTO and RPO", objectiveLines(entries)),
    ...section("Escalations", escalations(entries, span)),
    ...section("Messages", messages(entries, view, span)),
    ...section("Actions", runs.length > 0 ? runs.flatMap(describeRun) : ["No action was carried out."]),
    ...section(
      "Not undone",
      list(
        undoLedger(entries).map(
          (run) => `${inline(run.title)} (${code(run.runId)}), since ${dateAndTime(run.sinceMs)}`,
        ),
        "Nothing is left to undo.",
      ),
    ),
    ...section("Configuration drift left behind", drift(entries)),
    ...section("Alarm transitions", alarms(entries)),
    ...section("Gaps over 15 minutes", gaps(entries, events)),
    ...section("Runbook feedback", feedback(entries)),
    ...section("Sources that could not be read", sources(entries)),
    ...section("Evidence", evidence(entries)),
    ...section("Record", record(entries, view)),
  ];
}

function times(entries: readonly RecordEntry[], view: IncidentView, span: Span): string[] {
  const symptom = firstSymptom(entries, span.startMs);
  const took = (
    name: string,
    moment: { atMs: number; by: string } | undefined,
    fromMs: number | undefined,
    how: string,
  ) => {
    if (!moment) return `- Time to ${name}: not recorded`;
    const duration =
      fromMs === undefined ? "cannot be told, no symptom was recorded" : formatClock(moment.atMs - fromMs);
    return `- Time to ${name}: ${duration} (${dateAndTime(moment.atMs)}, ${how} ${inline(moment.by)})`;
  };
  return [
    `- Start: ${dateAndTime(span.startMs)} (${inline(span.startBasis)}); the times below run from it, but for the detection`,
    `- First symptom on record: ${symptom ? `${dateAndTime(symptom.atMs)} (${inline(symptom.what)})` : "none"}`,
    took("detect", view.detected, symptom?.atMs, "earliest accepted alarm transition:"),
    `- Declared: ${formatClock(view.declaredAtMs - span.startMs)} (${dateAndTime(view.declaredAtMs)}, when the incident was opened or the time that was given)`,
    took("acknowledge", view.acknowledged, span.startMs, "acknowledged by"),
    containedWithoutWord(entries, view, span) ?? took("contain", view.contained, span.startMs, "declared contained by"),
    took("resolve", view.resolved, span.startMs, "declared resolved by"),
    `- End: ${formatClock(span.endMs - span.startMs)} (${dateAndTime(span.endMs)}, ${inline(span.endBasis)})`,
  ];
}

/** Where nobody declared it contained: when the first containment was in place. */
function containedWithoutWord(entries: readonly RecordEntry[], view: IncidentView, span: Span): string | undefined {
  if (view.contained) return undefined;
  const first = runHistory(entries).find(
    ({ actionId, finished }) => actionId.startsWith("contain-") && finished?.status === "done" && !finished.undoes,
  );
  if (!first?.finished) return undefined;
  const { atMs } = first.finished;
  const took = formatClock(atMs - span.startMs);
  return `- Time to contain: not declared; the first containment was in place after ${took} (${dateAndTime(atMs)}, ${inline(first.title)})`;
}

/** The earliest failed task or alarm, up to four hours before the start: what is older belongs to something else. */
function firstSymptom(entries: readonly RecordEntry[], startMs: number): { atMs: number; what: string } | undefined {
  let first: { atMs: number; what: string } | undefined;
  for (const { kind, payload } of entries) {
    let found: { atMs: number; what: string } | undefined;
    if (kind === "observation.task-stopped" && payload.exitCode !== 0) {
      found = { atMs: payload.stoppedAtMs, what: `task ${payload.task} of ${payload.service} stopped` };
    } else if (kind === "observation.container" && payload.exit && payload.exit.exitCode !== 0) {
      found = { atMs: payload.exit.atMs, what: `a container of ${payload.service} ended` };
    } else if (kind === "observation.alarm" && payload.to === "ALARM") {
      found = { atMs: payload.atMs, what: `alarm ${payload.alarm}` };
    }
    if (found && found.atMs >= startMs - SYMPTOM_WINDOW_MS && (!first || found.atMs < first.atMs)) first = found;
  }
  return first;
}

function drift(entries: readonly RecordEntry[]): string[] {
  const left = driftLeft(runHistory(entries));
  if (left.length === 0) return ["No recorded action left a value other than it found it."];
  return [
    "Values that the actions left other than they found them. A `terraform apply` sets back those that Terraform manages.",
    "",
    ...left.flatMap(({ resource, changes }) => [`- ${inline(resource)}`, ...changes.map((change) => `  - ${change}`)]),
  ];
}

function alarms(entries: readonly RecordEntry[]): string[] {
  const transitions = entries
    .filter((entry) => entry.kind === "observation.alarm")
    .sort((a, b) => a.payload.atMs - b.payload.atMs || a.seq - b.seq);
  const items = transitions.map(({ payload: { alarm, from, to, atMs, reason } }) => {
    const change = from === null ? `${to} when first seen` : `${from} -> ${to}`;
    return `${dateAndTime(atMs)} ${inline(alarm)}: ${inline(change)}${reason ? `. ${inline(reason)}` : ""}`;
  });
  return list(items, "No alarm transition was recorded.");
}

function gaps(entries: readonly RecordEntry[], events: readonly TimelineEvent[]): string[] {
  const items: string[] = [];
  const recorded = entries.map((entry) => Date.parse(entry.at)).sort((a, b) => a - b);
  let cursor = 0;
  let lastMs: number | undefined;
  for (const event of events) {
    const fromMs = lastMs;
    lastMs = Math.max(lastMs ?? 0, event.lastAtMs);
    if (fromMs === undefined || event.atMs - fromMs <= GAP_MS) continue;
    while ((recorded[cursor] ?? Number.POSITIVE_INFINITY) <= fromMs) cursor += 1;
    const watched = (recorded[cursor] ?? Number.POSITIVE_INFINITY) < event.atMs;
    const why = watched ? "the recorder was running and saw nothing new" : "nothing at all was recorded";
    items.push(`${dateAndTime(fromMs)} to ${dateAndTime(event.atMs)} (${formatAge(event.atMs - fromMs)}): ${why}`);
  }
  for (const entry of entries) {
    if (entry.kind === "recorder.gap")
      items.push(`${dateAndTime(Date.parse(entry.at))} ${inline(entry.payload.detail)}`);
  }
  return list(items, "None.");
}

function feedback(entries: readonly RecordEntry[]): string[] {
  const items: string[] = [];
  for (const run of runHistory(entries)) {
    const title = inline(run.title || run.actionId);
    if (run.refusedReason !== undefined) items.push(`${title} was refused: ${inline(run.refusedReason)}`);
    for (const { title: stepTitle, outcome } of run.steps) {
      if (!outcome || outcome.status === "done" || outcome.status === "already") continue;
      const why = outcome.failure?.why ?? outcome.note ?? "";
      items.push(`${title}, step "${inline(stepTitle)}" ${inline(outcome.status)}${why ? `: ${inline(why)}` : ""}`);
    }
    if (run.finished && run.finished.status !== "done") items.push(`${title} ended as ${inline(run.finished.status)}`);
  }
  for (const step of inFlight(entries)) {
    items.push(`Step "${inline(step.title)}" was in flight and nothing says whether it happened`);
  }
  for (const entry of entries) {
    if (entry.kind !== "guard.broken") continue;
    const { badge, message, by } = entry.payload;
    items.push(
      `${hourMinute(Date.parse(entry.at))} ${inline(badge)}: ${inline(message)}${by ? ` (by ${inline(by)})` : ""}`,
    );
  }
  return list(items, "No step failed or was skipped.");
}

function sources(entries: readonly RecordEntry[]): string[] {
  const items: string[] = [];
  const open = new Map<string, { index: number; sinceMs: number }>();
  for (const entry of entries) {
    if (entry.kind !== "observation.source") continue;
    const { source, status, detail } = entry.payload;
    const atMs = Date.parse(entry.at);
    const earlier = open.get(source);
    if (earlier) items[earlier.index] += `, until ${dateAndTime(atMs)}`;
    open.delete(source);
    if (status === "ok" || status === "absent" || status === "loading") continue;
    open.set(source, { index: items.length, sinceMs: atMs });
    items.push(`${inline(source)} ${inline(status)}${detail ? `: ${inline(detail)}` : ""}, from ${dateAndTime(atMs)}`);
  }
  for (const { index } of open.values()) items[index] += ", to the end";
  return list(items, "Every source could be read.");
}

function evidence(entries: readonly RecordEntry[]): string[] {
  const items: string[] = [];
  for (const entry of entries) {
    if (entry.kind !== "evidence.stored") continue;
    const { path, sha256, bytes, status, reason, source } = entry.payload;
    const complete = status === "partial" ? `partial${reason ? `: ${inline(reason)}` : ""}` : "complete";
    items.push(`${code(path)} from ${inline(source)}: ${bytes} bytes, ${complete}, sha256 ${code(sha256)}`);
  }
  for (const entry of entries) {
    if (entry.kind !== "evidence.uploaded") continue;
    const { bucket, place, digest, objects, missing, objectLock } = entry.payload;
    const complete = missing.length > 0 ? `partial: ${inline(missing.join("; "))}` : "complete";
    const where = `${objects.length} files uploaded to ${code(`s3://${bucket}/${place}`)}`;
    items.push(`${where}: ${complete}, root digest ${code(digest)}, Object Lock ${inline(objectLock)}`);
  }
  return list(items, "No evidence was stored.");
}

function record(entries: readonly RecordEntry[], view: IncidentView): string[] {
  const chain = verifyChain(entries);
  return [
    `- Incident: ${code(view.incidentId)}`,
    `- Entries: ${entries.length}`,
    `- Head: entry ${entries.at(-1)?.seq ?? 0}, sha256 ${code(entries.at(-1)?.hash ?? "")}`,
    chain.ok
      ? "- Hash chain: unbroken (consistent; it authenticates nothing by itself)"
      : `- **Hash chain: broken at entry ${chain.seq}: ${inline(chain.reason)}**`,
    `- Recorded by: mayday ${code(view.toolVersion) || "of unknown version"}`,
    `- Account: ${inline(view.accountId ?? "not known")}${view.accountAlias ? ` (${inline(view.accountAlias)})` : ""}, region ${inline(view.region || "not known")}`,
  ];
}
