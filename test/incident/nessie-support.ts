import { deploymentByNamingRule } from "../../src/config/naming.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import type { IncidentOptions } from "../../src/incident/options.ts";
import type { RunningSimulator, SimulatorOptions } from "../../src/sim/index.ts";
import { account, layerOf, opened, stateFolder, until } from "./support.ts";

const MINUTE_MS = 60_000;
export const PREFIX = "lakehouse-prod-nessie";
export const REFS = `${PREFIX}-restored_refs`;
export const OBJS = `${PREFIX}-restored_objs`;

export const deploymentOf = ({ endpoint, world }: RunningSimulator) => {
  const { project, environment, region } = world.names;
  const named = deploymentByNamingRule(project, environment, "nessie", region);
  return { ...named, nessie: { ...named.nessie!, endpoint: `${endpoint}/nessie/api/v2` } };
};

/** An incident on a scenario of Nessie's, two minutes after its start. */
export async function nessieIncident(
  scenario: string,
  simulated: Partial<SimulatorOptions> = {},
  options: Partial<IncidentOptions> = {},
): Promise<{ simulator: RunningSimulator; incident: OpenIncident; folder: string }> {
  const simulator = await account({ scenario, speed: 60, ...simulated });
  const folder = stateFolder();
  const incident = await opened(simulator, folder, { deployment: deploymentOf(simulator), ...options });
  await until(() => simulator.world.now() >= simulator.epochMs + 2 * MINUTE_MS);
  return { simulator, incident, folder };
}

/** Main's head and the messages of its newest commits, asked as another client. */
export async function mainOf(simulator: RunningSimulator): Promise<{ head: string; messages: string[] }> {
  const aws = await layerOf(simulator);
  const at = { Endpoint: `${simulator.endpoint}/nessie/api/v2`, Reference: "main" };
  const { logEntries } = (await aws.call("nessie", "GetHistory", { ...at, MaxRecords: 5 }, { purpose: "poll" })).output;
  aws.close();
  return {
    head: logEntries[0]!.commitMeta.hash,
    messages: logEntries.map(({ commitMeta }) => commitMeta.message),
  };
}

/** A commit of somebody else on main that touches one table. */
export async function commitOnMain(simulator: RunningSimulator, message: string): Promise<void> {
  const aws = await layerOf(simulator);
  aws.pinAccount((await aws.identity({ purpose: "poll" })).accountId);
  const at = { Endpoint: `${simulator.endpoint}/nessie/api/v2`, Reference: "main" };
  const { hash } = (await aws.call("nessie", "GetReference", at, { purpose: "poll" })).output.reference;
  const { entries } = (await aws.call("nessie", "GetEntries", at, { purpose: "poll" })).output;
  const { name, content } = entries.find(({ type }) => type === "ICEBERG_TABLE")!;
  const operation = { type: "PUT" as const, key: name, content: { ...content!, schemaId: 7 } };
  const commit = { ...at, Hash: hash, Message: message, Author: "spark", Operations: [operation] };
  await aws.call("nessie", "Commit", commit, { purpose: "action" });
  aws.close();
}
