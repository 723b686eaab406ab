import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { systemClock } from "../base/clock.ts";
import { sanitizeLine } from "../base/text.ts";
import type { IncidentSummary } from "./contract.ts";
import type { RecordEntry } from "./entries.ts";
import { incidentView } from "./incident-view.ts";
import { withReadOnlyRecord } from "./read-blocking.ts";
import { entryOfRow } from "./row.ts";
import { incidentStatus } from "./session-status.ts";
import { storageReason } from "./sqlite-error.ts";
import { RECORD_FILE } from "./storage.ts";
import { aliveWriters } from "./writer-life.ts";

const HEADLINES =
  "SELECT * FROM entry WHERE kind IN ('incident.opened', 'incident.title', 'incident.severity', " +
  "'incident.closed', 'session.started', 'session.ended') ORDER BY seq";

/** Summaries of all incidents under the state directory, newest first. Blocks: worker only. */
export function listIncidentsBlocking(stateDirectory: string, host: string, bootId: string): IncidentSummary[] {
  const incidents = join(stateDirectory, "incidents");
  if (!existsSync(incidents)) return [];
  return readdirSync(incidents, { withFileTypes: true })
    .filter((item) => item.isDirectory() && existsSync(join(incidents, item.name, RECORD_FILE)))
    .map((item) => summary(join(incidents, item.name), item.name, host, bootId))
    .sort((a, b) => b.openedAt.localeCompare(a.openedAt) || b.id.localeCompare(a.id));
}

function summary(folder: string, id: string, host: string, bootId: string): IncidentSummary {
  try {
    return withReadOnlyRecord(folder, (database) => summarise(database, folder, id, host, bootId));
  } catch (error) {
    return {
      id,
      folder,
      title: "",
      severity: "",
      environment: "",
      project: "",
      openedAt: "",
      lastEntryAt: "",
      status: "unreadable",
      entries: 0,
      simulated: false,
      problem: sanitizeLine(storageReason(error)),
    };
  }
}

function summarise(database: DatabaseSync, folder: string, id: string, host: string, bootId: string): IncidentSummary {
  const headlines: RecordEntry[] = database.prepare(HEADLINES).all().map(entryOfRow);
  const last = database.prepare("SELECT seq, at_utc FROM entry ORDER BY seq DESC LIMIT 1").get();
  const alive = new Set(aliveWriters(database, { host, bootId, wallMs: systemClock().wall() }));
  const view = incidentView(headlines);
  return {
    id,
    folder,
    title: view.title,
    severity: view.severity,
    environment: view.environment,
    project: view.project,
    openedAt: view.openedAt,
    lastEntryAt: String(last?.at_utc ?? ""),
    status: incidentStatus(headlines, (writerId) => alive.has(writerId)),
    entries: Number(last?.seq ?? 0),
    simulated: view.simulated,
  };
}
