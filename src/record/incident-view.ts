import type { Component, RecordEntry, Severity } from "./entries.ts";

/** The incident's headline facts, folded from the record. All times in domain ms since the epoch. */
export interface IncidentView {
  incidentId: string;
  title: string;
  severity: Severity;
  severityHistory: { atMs: number; severity: Severity; reason: string }[];
  project: string;
  environment: string;
  catalogType: string;
  region: string;
  onCall: string;
  toolVersion: string;
  simulated: boolean;
  endpoint?: string;
  accountId?: string;
  accountAlias?: string;
  callerArn?: string;
  /** ISO 8601 of the opening entry; empty without one. */
  openedAt: string;
  declaredAtMs: number;
  detected?: { atMs: number; by: string };
  acknowledged?: { atMs: number; by: string };
  contained?: { atMs: number; by: string; how: string };
  blastRadius?: { atMs: number; by: string; environment: string; components: Component[]; reasons: string[] };
  resolved?: { atMs: number; by: string; resolution: string };
  closed?: { atMs: number; mode: "resolved" | "handover" | "suspended"; heldOpen: string[] };
}

/**
 * When the incident's clocks began, domain ms: at its detection, or at its declaration where no alarm was accepted before. An alarm that
 * fires after somebody declared the incident gives nobody more time.
 */
export const beganAtMs = ({ declaredAtMs, detected }: Pick<IncidentView, "declaredAtMs" | "detected">): number =>
  Math.min(declaredAtMs, detected?.atMs ?? declaredAtMs);

/** The view before any entry: what an empty or damaged record shows. */
export function emptyIncidentView(): IncidentView {
  return {
    incidentId: "",
    title: "",
    severity: "P1",
    severityHistory: [],
    project: "",
    environment: "",
    catalogType: "",
    region: "",
    onCall: "",
    toolVersion: "",
    simulated: false,
    openedAt: "",
    declaredAtMs: 0,
  };
}

/**
 * The view after one more entry; the same object when the entry says nothing about it. Detection keeps the earliest time,
 * acknowledgement and containment keep the first one said, resolution the last one (an incident may break again); a
 * session that starts or resumes after the closing opens it again.
 */
export function foldIncidentView(view: IncidentView, entry: RecordEntry): IncidentView {
  const atMs = Date.parse(entry.at);
  switch (entry.kind) {
    case "incident.opened": {
      const { declaredAtMs, severity, ...rest } = entry.payload;
      const severityHistory = [{ atMs: declaredAtMs, severity, reason: "declared" }];
      return { ...view, ...rest, severity, declaredAtMs, severityHistory, openedAt: entry.at };
    }
    case "incident.identity":
      return { ...view, ...entry.payload };
    case "incident.title":
      return { ...view, title: entry.payload.title };
    case "incident.severity": {
      const { severity, reason } = entry.payload;
      return { ...view, severity, severityHistory: [...view.severityHistory, { atMs, severity, reason }] };
    }
    case "incident.detected": {
      const { detectedAtMs, by } = entry.payload;
      return view.detected && view.detected.atMs <= detectedAtMs
        ? view
        : { ...view, detected: { atMs: detectedAtMs, by } };
    }
    case "incident.acknowledged":
      return view.acknowledged ? view : { ...view, acknowledged: entry.payload };
    case "incident.contained":
      return view.contained ? view : { ...view, contained: entry.payload };
    case "incident.blast-radius":
      return { ...view, blastRadius: { atMs, ...entry.payload } };
    case "incident.resolved":
      return { ...view, resolved: entry.payload };
    case "incident.closed":
      return { ...view, closed: { atMs, ...entry.payload } };
    case "session.started":
      return entry.payload.reason === "run" || !view.closed ? view : { ...view, closed: undefined };
    default:
      return view;
  }
}

/** The incident's headline facts. O(entries). */
export function incidentView(entries: readonly RecordEntry[]): IncidentView {
  return entries.reduce(foldIncidentView, emptyIncidentView());
}
