import { Failure } from "../../base/failure.ts";
import { writeMissingDrafts } from "../../incident/drafts.ts";
import { openIncident } from "../../incident/open.ts";
import type { IncidentSummary } from "../../record/contract.ts";
import { listIncidents } from "../../record/read.ts";
import { printWarnings } from "../exit.ts";
import type { OpeningScreen } from "../opening-screen.ts";
import { loadCockpit, runSession } from "../session.ts";
import { requireTerminal } from "../terminal.ts";
import { connectAgain } from "./known-incident.ts";
import { incidentOptions, type StartOptions, sessionOptions } from "./start.ts";
import { stateDirectoryOf } from "./state-directory.ts";

/** `mayday resume [id]`: back into an incident; without an id the newest that is not resolved. */
export async function runResume(
  id: string | undefined,
  options: StartOptions,
  screen: OpeningScreen | undefined,
): Promise<number> {
  requireTerminal("mayday resume");
  void loadCockpit();
  const stateDirectory = await stateDirectoryOf(options);
  const warnings = await writeMissingDrafts(stateDirectory);
  const summary = chooseIncident(await listIncidents(stateDirectory), id);
  const connected = await connectAgain(summary, options, screen);
  await connected.aws.login();
  const incident = await openIncident({
    ...incidentOptions(connected, connected.title),
    simulated: connected.simulated,
    stateDirectory,
    incidentId: summary.id,
    reason: "resume",
    watch: true,
  });
  const code = await runSession(incident, { ...sessionOptions(connected), screen });
  printWarnings(warnings);
  return code;
}

/** The incident with this id (or a beginning of it that fits one alone); without one the newest that is not resolved. */
export function chooseIncident(incidents: readonly IncidentSummary[], id: string | undefined): IncidentSummary {
  const open = incidents.filter((incident) => incident.status !== "resolved" && incident.status !== "unreadable");
  const found =
    id === undefined
      ? open.slice(0, 1)
      : incidents.filter((incident) => incident.id === id || incident.id.startsWith(id));
  const exact = found.find((incident) => incident.id === id) ?? (found.length === 1 ? found[0] : undefined);
  if (exact) return exact;
  throw new Failure({
    kind: "not-found",
    what: id === undefined ? "the newest open incident" : `incident ${id}`,
    why:
      id === undefined
        ? "there is none"
        : found.length > 1
          ? `${found.length} incidents begin with it`
          : "there is no such incident",
    next:
      incidents.length === 0
        ? "Open one with mayday start, or look around with mayday demo."
        : "mayday list shows all of them.",
  });
}
