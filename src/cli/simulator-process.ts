import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Failure } from "../base/failure.ts";
import { isSingleFile } from "../base/single-file.ts";

/** What a simulator prints about itself with `--announce json`. */
export interface SimulatorAnnouncement {
  endpoint: string;
  region: string;
  accountId: string;
  scenario: string;
  title: string;
  /** Virtual time at the start, ms since the epoch, when the machine's wall clock read `startedWallMs`. */
  epochMs: number;
  startedWallMs: number;
  speed: number;
  seed: number;
  project: string;
  environment: string;
  catalogType: "nessie" | "glue";
  /** Base of Nessie's REST API. */
  nessieEndpoint: string;
  /** Names that follow from no project and environment. */
  terraform: { stateBucket: string; stateKey: string; lockTable: string };
  /** ARN of the SNS topic of alerts. */
  alertTopic: string;
  /** Name of the IAM user for emergencies. */
  breakGlassUser: string;
}

/** What a simulator is started with: options of `mayday sim`. */
export interface SimulatorChoice {
  scenario: string;
  speed: number;
  seed: number;
  project?: string;
  environment?: string;
  region?: string;
  catalogType?: "nessie" | "glue";
  /** Where Dagster runs. Default: ecs. */
  dagster?: "ecs" | "compose";
  /** Folder that gets the tables' YAML templates. */
  tableTemplates?: string;
  /** Folder that gets the compose file of a Dagster in docker compose. */
  composeFolder?: string;
}

export interface SimulatorProcess extends SimulatorAnnouncement {
  stop(): void;
}

/** How this very program is run again: the program, and the arguments before the command. */
export function ownCommand(): string[] {
  return isSingleFile() ? [process.execPath] : [process.execPath, process.argv[1] ?? ""];
}

const START_TIMEOUT_MS = 15_000;

/**
 * Starts `mayday sim` as a child of this process, so that the cockpit's CPU and memory are its own. The child ends when its standard
 * input closes, also when this process is killed. It gets none of the AWS settings of the environment.
 * @throws Failure with the child's own words when it does not start.
 */
export async function startSimulatorProcess(options: SimulatorChoice): Promise<SimulatorProcess> {
  const [program = "", ...launcher] = ownCommand();
  const child = spawn(
    program,
    [
      ...launcher,
      "sim",
      options.scenario,
      "--port",
      "0",
      "--speed",
      String(options.speed),
      "--seed",
      String(options.seed),
      "--announce",
      "json",
      "--end-with-stdin",
      ...(options.project ? ["--project", options.project] : []),
      ...(options.environment ? ["--env", options.environment] : []),
      ...(options.region ? ["--region", options.region] : []),
      ...(options.catalogType ? ["--catalog-type", options.catalogType] : []),
      ...(options.tableTemplates ? ["--table-templates", options.tableTemplates] : []),
      ...(options.dagster ? ["--dagster", options.dagster] : []),
      ...(options.composeFolder ? ["--compose-folder", options.composeFolder] : []),
    ],
    { stdio: ["pipe", "pipe", "pipe"], env: withoutAwsSettings(process.env), detached: true },
  );
  let problem = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    problem = (problem + text).slice(-2000);
  });
  const announcement = await new Promise<SimulatorAnnouncement>((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer);
      reject(
        new Failure({
          kind: "not-found",
          what: "start the simulated lakehouse",
          why,
          next: "mayday demo --list shows the scenarios.",
        }),
      );
    };
    const timer = setTimeout(() => fail(`no answer within ${START_TIMEOUT_MS / 1000} s`), START_TIMEOUT_MS);
    createInterface({ input: child.stdout }).once("line", (line) => {
      clearTimeout(timer);
      resolve(JSON.parse(line) as SimulatorAnnouncement);
    });
    child.once("error", (error) => fail(error.message));
    child.once("exit", () => fail(problem.trim().replace(/^mayday: /, "") || "it ended at once"));
  });
  child.unref();
  return {
    ...announcement,
    stop: () => {
      child.stdin.end();
      child.kill();
    },
  };
}

function withoutAwsSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("AWS_")));
}
