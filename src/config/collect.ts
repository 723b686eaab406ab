import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { Failure } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import type { Sourced } from "./deployment.ts";
import { type Problem, quoteValue } from "./problems.ts";
import { readIfPresent } from "./read-file.ts";
import { type SettingKey, type SettingValues, settingKeys, settings } from "./settings.ts";

export const FILE_NAME = "mayday.yaml";

/** Folders and files that may be given relative to the file or the working directory, or with `~`. */
const PATHS = ["stateDirectory", "dagster.composeDirectory", "secretsFile"] as const;

/** What the command line gave, by the setting's key; only settings that have a flag. */
export interface ConfigFlags {
  project: string;
  environment: string;
  catalogType: string;
  region: string;
  profile: string;
  endpoint: string;
  onCall: string;
  severity: string;
  stateDirectory: string;
  readOnly: boolean;
  notifications: boolean;
}

export interface LoadOptions {
  flags: Partial<ConfigFlags>;
  env: NodeJS.ProcessEnv;
  /** Absolute. `mayday.yaml` is looked for here first. */
  workingDirectory: string;
  /** A file named on the command line: it must exist. */
  file?: string;
  /** No file is looked for. */
  withoutFile?: boolean;
}

/** The home folder: HOME wins, so that tests and `sudo -H` decide. */
export const homeOf = (env: NodeJS.ProcessEnv) => env.HOME || homedir();

/** Where a file is looked for, in order; absolute paths. */
export function candidateFiles(env: NodeJS.ProcessEnv, workingDirectory: string): string[] {
  const configHome = env.XDG_CONFIG_HOME || join(homeOf(env), ".config");
  return [join(workingDirectory, FILE_NAME), join(configHome, "mayday", FILE_NAME)];
}

/** What flags, environment and file gave. A value whose check failed is in `problems` and not in `values`. */
export interface Collected {
  file?: string;
  values: SettingValues;
  problems: Problem[];
}

/**
 * Reads every source; a flag wins over the environment, that over the file.
 * @throws Failure only when a file cannot be read or a named one is missing; everything else is a problem.
 */
export async function collect(options: LoadOptions): Promise<Collected> {
  const collected: Collected = { values: {}, problems: [] };
  const { path, source } = options.withoutFile ? {} : await findFile(options);
  if (path && source !== undefined) {
    collected.file = path;
    // The YAML parser is loaded only where there is something to parse.
    const { parseFile } = await import("./file.ts");
    const content = parseFile(source, dirname(path) === options.workingDirectory ? basename(path) : sanitizeLine(path));
    collected.problems.push(...content.problems);
    for (const { key, value, ...place } of content.values) assign(collected, key, value, { source: "file", ...place });
  }
  for (const key of settingKeys) fromEnvironment(collected, key, options.env);
  for (const key of settingKeys) fromFlag(collected, key, options.flags);
  for (const key of PATHS) {
    const directory = collected.values[key];
    if (!directory) continue;
    const base = directory.source === "file" && collected.file ? dirname(collected.file) : options.workingDirectory;
    directory.value = resolve(base, directory.value.replace(/^~(?=\/|$)/, homeOf(options.env)));
  }
  return collected;
}

async function findFile(options: LoadOptions): Promise<{ path?: string; source?: string }> {
  if (options.file !== undefined) {
    const path = resolve(options.workingDirectory, options.file);
    const source = await readIfPresent(path);
    if (source !== undefined) return { path, source };
    throw new Failure({
      kind: "invalid",
      what: `Reading ${sanitizeLine(path)}`,
      why: "there is no such file",
      next: `Check the path after --config, or leave it out: ${FILE_NAME} is looked for in the working directory.`,
    });
  }
  for (const path of candidateFiles(options.env, options.workingDirectory)) {
    const source = await readIfPresent(path);
    if (source !== undefined) return { path, source };
  }
  return {};
}

function fromEnvironment(collected: Collected, key: SettingKey, env: NodeJS.ProcessEnv): void {
  const variable = settings[key].variables.find((name) => env[name]);
  if (!variable) return;
  check(collected, key, readText(key, env[variable]!), { source: "environment", origin: variable });
}

function fromFlag(collected: Collected, key: SettingKey, flags: Partial<ConfigFlags>): void {
  const value = (flags as Partial<Record<SettingKey, unknown>>)[key];
  if (value === undefined) return;
  check(collected, key, value, { source: "flag", origin: flagOf(key) });
}

/** The flag's name; settings without one are not in `ConfigFlags`. */
function flagOf(key: SettingKey): string {
  const definition: { flag?: string } = settings[key];
  return definition.flag ?? key;
}

function check(
  collected: Collected,
  key: SettingKey,
  value: unknown,
  place: Required<Pick<Sourced<unknown>, "source" | "origin">>,
): void {
  const { schema, expected } = settings[key];
  const parsed = schema.safeParse(value);
  if (parsed.success) assign(collected, key, parsed.data, place);
  else
    collected.problems.push({ origin: place.origin, key, message: `expected ${expected}, found ${quoteValue(value)}` });
}

function assign(collected: Collected, key: SettingKey, value: unknown, place: Omit<Sourced<unknown>, "value">): void {
  // The value has passed the schema of this very key.
  (collected.values as Record<SettingKey, Sourced<unknown>>)[key] = { value, ...place };
}

/** The text of a variable in the setting's type: lists are separated by commas, switches are true/false, 1/0 or yes/no. */
function readText(key: SettingKey, text: string): unknown {
  const { schema } = settings[key];
  if (schema.safeParse([]).success) {
    return text
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");
  }
  if (!schema.safeParse(true).success) return text;
  if (/^(true|1|yes)$/i.test(text)) return true;
  return /^(false|0|no)$/i.test(text) ? false : text;
}
