import { deploymentByNamingRule } from "../../src/config/naming.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import type { IncidentOptions } from "../../src/incident/options.ts";
import type { RunningSimulator, SimulatorOptions } from "../../src/sim/index.ts";
import { dockerTransport } from "../../src/transports/docker/transport.ts";
import { withTransports } from "../../src/transports/route.ts";
import { dockerCommand, projectFolder } from "../support/simulated-docker.ts";
import { account, clockOf, layerOf, opened, stateFolder } from "./support.ts";

export const PROJECT = "lakehouse-prod";
export const DAEMON = "dagster-daemon";
export const WEBSERVER = "dagster-webserver";
export const COMPOSE = { project: PROJECT, services: [DAEMON, WEBSERVER] };
/** What is typed to confirm. */
export const NAME = { typedName: PROJECT };

/** A simulated account whose Dagster runs in docker compose, with its compose file in a folder of this machine. */
export async function composeAccount(options: Partial<SimulatorOptions> = {}) {
  const composeFolder = stateFolder();
  const simulator = await account({ dagster: "compose", composeFolder, ...options });
  projectFolder(composeFolder, simulator.endpoint, simulator.world.dagster.inCompose.composeFile);
  return { simulator, composeFolder };
}

export async function dockerLayer(simulator: RunningSimulator, command = dockerCommand(simulator.endpoint)) {
  const clock = clockOf(simulator);
  const docker = dockerTransport({ clock, environment: process.env, command });
  return withTransports(await layerOf(simulator), [docker], clock);
}

/** An incident on that account. Closed after the test. */
export async function openedOn(
  simulator: RunningSimulator,
  options: Partial<IncidentOptions> & { stateDirectory?: string; command?: string[] } = {},
): Promise<OpenIncident> {
  const { stateDirectory = stateFolder(), command, ...rest } = options;
  return opened(simulator, stateDirectory, {
    aws: await dockerLayer(simulator, command),
    deployment: { ...deploymentByNamingRule("lakehouse", "prod", "nessie", simulator.region), compose: COMPOSE },
    title: "Dagster killed for memory",
    ...rest,
  });
}

/** State and identity of the project's containers, by name. */
export function containersOf({ world }: RunningSimulator): Record<string, { id: string; state: string }> {
  const { compose } = world.dagster.inCompose;
  world.now();
  return Object.fromEntries(compose.containersOf(PROJECT).map(({ name, id, state }) => [name, { id, state }]));
}

export const statesOf = (simulator: RunningSimulator): string[] =>
  Object.values(containersOf(simulator)).map(({ state }) => state);
