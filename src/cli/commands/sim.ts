import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { shellQuote } from "../../aws/cli-line.ts";
import { Failure } from "../../base/failure.ts";
import { listScenarios, parseFault, startSimulator } from "../../sim/index.ts";
import { arn } from "../../sim/world/names.ts";
import { ownCommand, type SimulatorAnnouncement } from "../simulator-process.ts";

export interface SimOptions {
  port: number;
  speed: number;
  seed: number;
  project: string;
  environment: string;
  region: string;
  catalogType?: "nessie" | "glue";
  dagster: "ecs" | "compose";
  epoch?: string;
  /** Folder that gets the tables' YAML templates. */
  tableTemplates?: string;
  /** Folder that gets the compose file of a Dagster in docker compose, and a `docker` that reaches the simulated one. */
  composeFolder?: string;
  /** Each as parseFault takes it. */
  faults: readonly string[];
  announce: "text" | "json";
  endWithStdin: boolean;
}

/** ms since the epoch of an ISO 8601 time. Throws a Failure when it is none. */
function parseEpoch(text: string): number {
  const epochMs = Date.parse(text);
  if (!Number.isNaN(epochMs)) return epochMs;
  throw new Failure({
    kind: "invalid",
    what: `--epoch ${text}`,
    why: "it is not a time",
    next: "Give it as ISO 8601, such as 2026-01-15T03:00:00Z.",
  });
}

/** Where the simulator serves Nessie's REST API: beside AWS, on the same port. */
const nessieEndpoint = (endpoint: string) => `${endpoint}/nessie/api/v2`;

/** Writes `NAME.yaml` for each table, as the repository of a lakehouse has them. */
async function writeTemplates(folder: string, texts: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true });
  await Promise.all([...texts].map(([table, text]) => writeFile(join(folder, `${table}.yaml`), text)));
}

/** Writes the project's compose file, and a `docker` to be put in front of PATH. */
async function writeProject(folder: string, composeFile: string, endpoint: string): Promise<void> {
  const words = [...ownCommand(), "sim-docker", endpoint].map(shellQuote);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "docker-compose.yaml"), composeFile);
  await writeFile(join(folder, "docker"), `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`, { mode: 0o755 });
}

/** Runs the simulated AWS until it is told to end, and prints its endpoint first. */
export async function runSim(scenario: string, options: SimOptions): Promise<number> {
  const { port, speed, seed, project, environment, region } = options;
  const simulator = await startSimulator({
    scenario,
    port,
    speed,
    seed,
    project,
    environment,
    region,
    faults: options.faults.map(parseFault),
    dagster: options.dagster,
    ...(options.composeFolder ? { composeFolder: resolve(options.composeFolder) } : {}),
    ...(options.catalogType ? { catalogType: options.catalogType } : {}),
    ...(options.epoch ? { epochMs: parseEpoch(options.epoch) } : {}),
  });
  if (options.tableTemplates) await writeTemplates(options.tableTemplates, simulator.world.templates.texts);
  const composeFolder = options.dagster === "compose" && options.composeFolder ? resolve(options.composeFolder) : "";
  if (composeFolder)
    await writeProject(composeFolder, simulator.world.dagster.inCompose.composeFile, simulator.endpoint);
  if (options.announce === "json") {
    const title = listScenarios().find((candidate) => candidate.id === simulator.scenario)?.title ?? simulator.scenario;
    const { endpoint, accountId, catalogType, epochMs, startedWallMs } = simulator;
    const { names } = simulator.world;
    const { stateBucket, stateKey, lockTable } = names;
    const announcement: SimulatorAnnouncement = {
      endpoint,
      region,
      accountId,
      scenario: simulator.scenario,
      title,
      epochMs,
      startedWallMs,
      speed,
      seed,
      project,
      environment,
      catalogType,
      nessieEndpoint: nessieEndpoint(endpoint),
      terraform: { stateBucket, stateKey, lockTable },
      alertTopic: arn(names, "sns", names.alertTopic),
      breakGlassUser: names.breakGlassUser,
    };
    process.stdout.write(`${JSON.stringify(announcement)}\n`);
  } else {
    process.stdout.write(
      `${simulator.endpoint}\n\nA simulated AWS account (scenario ${simulator.scenario}, speed ${speed}, seed ${seed}), on loopback only. Point any AWS client at it:\n` +
        `  export AWS_ENDPOINT_URL=${simulator.endpoint} AWS_REGION=${simulator.region} AWS_DEFAULT_REGION=${simulator.region} AWS_ACCESS_KEY_ID=simulated AWS_SECRET_ACCESS_KEY=simulated\n` +
        (simulator.catalogType === "nessie"
          ? `  export MAYDAY_NESSIE_ENDPOINT=${nessieEndpoint(simulator.endpoint)}\n`
          : "") +
        `  mayday start --project ${project} --env ${environment}${simulator.catalogType === "glue" ? " --catalog-type glue" : ""}\n${composeFolder ? `Its docker: export PATH=${shellQuote(composeFolder)}:$PATH MAYDAY_DAGSTER_COMPOSE_PROJECT=${project}-${environment}\n` : ""}Ctrl-C ends it.\n`,
    );
  }
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
    if (options.endWithStdin) {
      process.stdin.resume();
      process.stdin.once("end", () => resolve());
      process.stdin.once("error", () => resolve());
    }
  });
  await simulator.close();
  return 0;
}
