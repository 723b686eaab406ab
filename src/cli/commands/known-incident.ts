import { isLoopback } from "../../aws/transport.ts";
import { Failure } from "../../base/failure.ts";
import type { IncidentSummary } from "../../record/contract.ts";
import { readRecord } from "../../record/read.ts";
import type { OpeningScreen } from "../opening-screen.ts";
import { type Connected, connect, type StartOptions } from "./start.ts";

/** A connection to the lakehouse of an incident that exists, with what its record says about it. */
export interface KnownIncident extends Connected {
  title: string;
  simulated: boolean;
}

/**
 * Connects to the lakehouse that the incident's record names; flags given now still win, and are refused later where they mean another
 * one. A simulated incident gets the demo's credentials and reaches this machine only. Rejects with a Failure when the record cannot be
 * read or does not say what it is about.
 */
export async function connectAgain(
  summary: IncidentSummary,
  options: StartOptions,
  screen?: OpeningScreen,
): Promise<KnownIncident> {
  const opened = (await readRecord(summary.folder)).find((entry) => entry.kind === "incident.opened");
  if (opened?.kind !== "incident.opened") {
    throw new Failure({
      kind: "not-found",
      what: `incident ${summary.id}`,
      why: "its record does not say which lakehouse it is about: it was cut off right at its start",
      next: "Open a new incident with mayday start; the old folder can stay as it is.",
    });
  }
  const { project, environment, catalogType, region, endpoint, title, simulated } = opened.payload;
  const flags = { project, environment, catalogType, region, ...(endpoint ? { endpoint } : {}), ...options.flags };
  const connected = await connect({ ...options, flags }, { simulated, screen });
  return { ...connected, title, simulated };
}

/**
 * Whether an incident may be joined without being named: same project and environment, and a simulated one only from a connection to
 * this machine. A demo that was killed must not take in the containment of a real lakehouse.
 */
export function isJoinable(summary: IncidentSummary, { config, aws }: Connected): boolean {
  const { project, environment } = config.values;
  const isLocal = aws.endpoint !== undefined && isLoopback(new URL(aws.endpoint).hostname);
  return (
    ["open", "crashed", "suspended", "handover"].includes(summary.status) &&
    summary.project === project.value &&
    summary.environment === environment.value &&
    (!summary.simulated || isLocal)
  );
}
