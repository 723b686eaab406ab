import { fit, sanitizeLine } from "../../base/text.ts";
import { writeMissingDrafts } from "../../incident/drafts.ts";
import { listIncidents } from "../../record/read.ts";
import { printWarnings } from "../exit.ts";
import type { StartOptions } from "./start.ts";
import { stateDirectoryOf } from "./state-directory.ts";

/** `mayday list`: all incidents, newest first. */
export async function runList(options: StartOptions & { json: boolean }): Promise<number> {
  const stateDirectory = await stateDirectoryOf(options);
  printWarnings(await writeMissingDrafts(stateDirectory));
  const incidents = await listIncidents(stateDirectory);
  if (options.json) {
    process.stdout.write(`${JSON.stringify(incidents, null, 2)}\n`);
    return 0;
  }
  if (incidents.length === 0) {
    process.stdout.write("No incidents yet. mayday start opens one, mayday demo shows a simulated one.\n");
    return 0;
  }
  const idWidth = Math.max(2, ...incidents.map((incident) => incident.id.length));
  const placeOf = (incident: (typeof incidents)[number]) =>
    `${incident.project} ${incident.environment}${incident.simulated ? " (simulated)" : ""}`;
  const placeWidth = Math.max(9, ...incidents.map((incident) => placeOf(incident).length));
  // A record may come from anybody: what it says is drawn as text only.
  const rows = incidents.map((incident) =>
    sanitizeLine(
      `${fit(incident.id, idWidth)}  ${fit(incident.severity, 3)}  ${fit(incident.status, 10)}  ${incident.openedAt.slice(0, 16).replace("T", " ")}  ${fit(placeOf(incident), placeWidth)}  ${incident.problem ?? incident.title}`,
    ),
  );
  process.stdout.write(
    `${fit("ID", idWidth)}  SEV  ${fit("STATUS", 10)}  OPENED (UTC)      ${fit("LAKEHOUSE", placeWidth)}  TITLE\n${rows.join("\n")}\n`,
  );
  return 0;
}
