import { formatHoursMinutes } from "../base/duration.ts";
import type { RecordEntry } from "../record/entries.ts";
import { type IncidentView, incidentView } from "../record/incident-view.ts";
import { inFlight, runHistory, undoLedger } from "../record/runs.ts";
import { annexes } from "./annexes.ts";
import { breakGlassItems, breakGlassSection } from "./break-glass.ts";
import { driftLeft } from "./changes.ts";
import { diagnosisFacts } from "./diagnoses.ts";
import { materialEntries } from "./extent.ts";
import { causeFacts, impactFacts } from "./facts.ts";
import { forHuman, inline } from "./markdown.ts";
import { timelineEvents, timelineSection } from "./timeline-section.ts";
import { dateAndTime, day, type Span, span } from "./times.ts";

/** Stands in every document: two versions may render the same record differently, one version never does. */
export const RENDERER_VERSION = 1;

export interface RenderOptions {
  /** Marks the document as a draft. An incident that is not closed gives a draft whatever is asked for. */
  draft?: boolean;
}

/**
 * The post-mortem of an incident as Markdown: the runbook's template with its headings word for word, filled from the record, then
 * the annexes. Pure: the same entries give the same bytes, on every machine and at any time. What only a person can judge
 * is marked for a person and never invented. Never throws on the content of text in the record.
 * @param all every entry of the record, oldest first; those after the closing one that change nothing are left out.
 */
export function renderPostmortem(all: readonly RecordEntry[], options: RenderOptions = {}): string {
  const { material: entries, closed } = materialEntries(all);
  const view = incidentView(entries);
  const lastAtMs = Date.parse(entries.at(-1)?.at ?? "") || view.declaredAtMs;
  const when = span(view, lastAtMs);
  const events = timelineEvents(entries);
  const date = day(when.startMs);
  const causes = causeFacts(entries);
  const diagnosed = diagnosisFacts(entries);
  const impact = impactFacts(entries);
  const lines = [
    ...banners(view, options.draft === true || !closed, closed),
    `## Incident: ${inline(view.title) || forHuman("title")}`,
    `**Date**: ${date}`,
    `**Duration**: ${formatHoursMinutes(when.endMs - when.startMs)}${when.isOver ? "" : " (not resolved)"}`,
    `**Severity**: ${view.severity}${highest(view)}`,
    `**On-call**: ${inline(view.onCall) || forHuman("name")}`,
    "",
    "### Timeline",
    "",
    ...timelineSection(events, date),
    "",
    "### Root Cause",
    "",
    forHuman("description of the root cause"),
    ...recordedFacts(causes, "observed, not a conclusion"),
    ...(diagnosed.length === 0 ? [] : ["", "What guided diagnoses said:", "", ...diagnosed.map((fact) => `- ${fact}`)]),
    "",
    "### Impact",
    "",
    `- Users affected: ${forHuman("count/scope")}`,
    `- Data affected: ${forHuman("tables/rows")}`,
    ...blastRadius(view),
    ...recordedFacts(impact, "as far as the cockpit saw"),
    "",
    "### Resolution",
    "",
    ...resolution(entries, view),
    "",
    ...breakGlassSection(entries),
    "### Action Items",
    "",
    ...actionItems(entries, when).map((item) => `- [ ] ${item} — Owner: [Name] — Due: [Date]`),
    "",
    ...annexes({ entries, view, events, span: when }),
    `- Renderer version: ${RENDERER_VERSION}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** The highest severity that the incident had, where it is not the last one. */
function highest(view: IncidentView): string {
  const [top] = view.severityHistory.map(({ severity }) => severity).sort();
  return top === undefined || top === view.severity ? "" : ` (highest: ${top})`;
}

function banners(view: IncidentView, draft: boolean, closed: boolean): string[] {
  const lines: string[] = [];
  if (view.simulated) {
    lines.push(
      "> **SIMULATED INCIDENT**: a demo against a simulated lakehouse. Nothing here happened to a real system.",
    );
  }
  if (draft) {
    const why = closed ? "" : " The incident was not closed when this was written.";
    lines.push(`> **DRAFT**: written from the record as it stood.${why}`);
  } else if (view.closed && view.closed.mode !== "resolved") {
    const how = view.closed.mode === "handover" ? "handed over" : "suspended";
    lines.push(`> **STILL OPEN**: the cockpit was closed as ${how} at ${dateAndTime(view.closed.atMs)}.`);
  }
  const where = [view.project, view.environment, view.region].filter(Boolean).map(inline).join(", ");
  lines.push(`> All times are UTC.${where ? ` Lakehouse: ${where}.` : ""}`);
  // A quote takes the following lines for its own, and two quotes merge, unless something stands between them.
  return [...lines.flatMap((line, index) => (index === 0 ? [line] : [">", line])), ""];
}

function recordedFacts(facts: readonly string[], note: string): string[] {
  return facts.length === 0 ? [] : ["", `Recorded facts (${note}):`, "", ...facts.map((fact) => `- ${fact}`)];
}

/** What the responder said was affected; who was affected by it stays for a human. */
function blastRadius({ blastRadius: said }: IncidentView): string[] {
  if (!said) return [];
  const { environment, components, reasons, by, atMs } = said;
  const because = reasons.length > 0 ? `, because: ${reasons.map(inline).join("; ")}` : "";
  const what = `${inline(environment)}: ${components.map(inline).join(", ")}`;
  return [`- Blast radius: ${what} (said by ${inline(by)} at ${dateAndTime(atMs)}${because})`];
}

function resolution(entries: readonly RecordEntry[], view: IncidentView): string[] {
  const said = view.resolved?.resolution
    ? `${inline(view.resolved.resolution)} (said by ${inline(view.resolved.by)})`
    : forHuman("what fixed it");
  const deeds = runHistory(entries)
    .filter((run) => run.finished && run.steps.some((step) => step.outcome && step.resource !== ""))
    .map((run) => `${dateAndTime(run.firstAtMs)} ${inline(run.title)}: ${inline(run.finished?.status ?? "")}`);
  return [said, ...recordedFacts(deeds, "actions carried out")];
}

/** What the record shows to be open, then the template's own line for what only people can add. */
function actionItems(entries: readonly RecordEntry[], when: Span): string[] {
  const items = [
    ...undoLedger(entries).map((run) => `Undo or make permanent: ${inline(run.title)}`),
    ...breakGlassItems(entries),
  ];
  for (const { resource } of driftLeft(runHistory(entries))) {
    items.push(`Bring Terraform and ${inline(resource)} together again (see Configuration drift left behind)`);
  }
  for (const step of inFlight(entries)) items.push(`Find out whether this happened: ${inline(step.title)}`);
  for (const entry of entries) {
    if (entry.kind === "step.reconciled" && entry.payload.verdict === "cannot-tell") {
      items.push(`Find out whether this happened: ${inline(entry.payload.title)}`);
    }
  }
  if (entries.some((entry) => entry.kind === "recorder.gap"))
    items.push("Find out why the record could not be written");
  const denied = new Set<string>();
  for (const entry of entries) {
    if (entry.kind !== "observation.source") continue;
    if (entry.payload.status === "denied") denied.add(entry.payload.source);
    else denied.delete(entry.payload.source);
  }
  for (const source of denied) items.push(`Grant the responder role the permission to read: ${inline(source)}`);
  if (!when.isOver) items.push("Resolve the incident");
  return [...items, "[Preventive measure]"];
}
