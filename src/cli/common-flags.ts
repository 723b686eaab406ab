import type { Command } from "commander";

/** Flags of most commands, as they are typed. */
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
  config?: string;
  title?: string;
}

/** The flags as the configuration takes them. */
export function startOptions(flags: CommonFlags) {
  const { env, config, title, ...rest } = flags;
  const known = { ...rest, ...(env === undefined ? {} : { environment: env }) };
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
]);

/** Flags that say which lakehouse, in which account and region. */
export function withConnection(command: Command): Command {
  return withStateDirectory(
    command
      .option("--project <name>", "project_name of the lakehouse; every other name follows from it")
      .option("--env <name>", "environment: dev, staging, prod")
      .option("--catalog-type <type>", "nessie or glue")
      .option("--region <region>", "AWS region (default: AWS_REGION, then the profile)")
      .option("--profile <name>", "AWS profile")
      .option("--endpoint <url>", "one endpoint for every AWS service")
      .option("--read-only", "refuse every call that changes anything"),
  );
}

/** Flags that say where configuration and incidents are. */
export function withStateDirectory(command: Command): Command {
  return command
    .option("--config <file>", "configuration file (default: mayday.yaml)")
    .option("--state-directory <folder>", "where incidents are kept");
}
