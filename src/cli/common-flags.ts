import type { Command } from "commander";

/** Flags that several commands have. */
export interface CommonFlags {
  project?: string;
  env?: string;
  catalogType?: string;
  region?: string;
  profile?: string;
  endpoint?: string;
  onCall?: string;
  severity?: string;
  stateDirectory?: string;
  readOnly?: boolean;
  notifications?: boolean;
  config?: string;
  title?: string;
}

/** The flags as the configuration takes them. */
export function startOptions(flags: CommonFlags) {
  const { env, config, title, notifications, ...rest } = flags;
  // Commander says true for a --no- flag that was not given.
  const known = {
    ...rest,
    ...(notifications === false ? { notifications } : {}),
    ...(env === undefined ? {} : { environment: env }),
  };
  return {
    flags: Object.fromEntries(
      Object.entries(known).filter(([name, value]) => value !== undefined && CONFIG_FLAGS.has(name)),
    ),
    ...(config === undefined ? {} : { configFile: config }),
    ...(title === undefined ? {} : { title }),
  };
}

const CONFIG_FLAGS = new Set([
  "project",
  "environment",
  "catalogType",
  "region",
  "profile",
  "endpoint",
  "onCall",
  "severity",
  "stateDirectory",
  "readOnly",
  "notifications",
]);

/** The flags that say which lakehouse is meant and how it is reached. @param readOnly what `--read-only` means to this command. */
export function withConnection(command: Command, readOnly = "refuse every call that changes anything"): Command {
  return withStateDirectory(
    command
      .option("--project <name>", "project_name of the lakehouse; every other name follows from it")
      .option("--env <name>", "environment: dev, staging, prod")
      .option("--catalog-type <type>", "nessie or glue")
      .option("--region <region>", "AWS region (default: AWS_REGION, then the profile)")
      .option("--profile <name>", "AWS profile")
      .option("--endpoint <url>", "one endpoint for every AWS service")
      .option("--read-only", readOnly),
  );
}

/** The flags of commands that look at incidents and reach nothing. */
export function withStateDirectory(command: Command): Command {
  return command
    .option("--config <file>", "configuration file (default: mayday.yaml)")
    .option("--state-directory <folder>", "where incidents are kept");
}

/** For the commands with a screen. */
export const NO_NOTIFICATIONS = [
  "--no-notifications",
  "no bell and no desktop notification when something is due",
] as const;
