import { type Command, Option } from "commander";
import { positiveNumber, wholeNumber } from "./numbers.ts";

/** The flags of `demo` and `sim` that say which lakehouse is simulated, and how fast. */
export interface SimulatedPlaceFlags {
  speed: number;
  seed: number;
  project: string;
  env: string;
  region: string;
  catalogType?: "nessie" | "glue";
  dagster: "ecs" | "compose";
}

export function withSimulatedPlace(command: Command): Command {
  return command
    .option("--speed <factor>", "how fast simulated time runs", positiveNumber, 1)
    .option("--seed <number>", "the same seed gives the same events", wholeNumber, 1)
    .option("--project <name>", "project_name of the simulated lakehouse", "lakehouse")
    .option("--env <name>", "its environment", "prod")
    .option("--region <region>", "its region", "us-east-1")
    .addOption(new Option("--catalog-type <type>", "its catalog (default: the scenario's)").choices(["nessie", "glue"]))
    .addOption(new Option("--dagster <place>", "where Dagster runs").choices(["ecs", "compose"]).default("ecs"));
}

/** The flags in the words of the simulator. */
export function simulatedPlace({ speed, seed, project, env, region, catalogType, dagster }: SimulatedPlaceFlags) {
  return { speed, seed, project, environment: env, region, dagster, ...(catalogType ? { catalogType } : {}) };
}
