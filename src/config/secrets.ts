import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { Secrets } from "../base/secrets.ts";
import { sanitizeLine } from "../base/text.ts";
import { homeOf } from "./collect.ts";

/** The secrets that messages need, by the environment variable that gives them. None of them is ever part of mayday.yaml. */
export const SECRET_NAMES = [
  "SLACK_BOT_TOKEN",
  "ALERT_SLACK_WEBHOOK_URL",
  "PAGERDUTY_ROUTING_KEY",
  "PAGERDUTY_ROUTING_KEY_L2",
  "PAGERDUTY_ROUTING_KEY_L3",
] as const;

export type SecretName = (typeof SECRET_NAMES)[number];

export interface LoadedSecrets {
  secrets: Secrets;
  /** Why a file was not read, or a line of it not taken: without any value, a sentence each. */
  problems: string[];
}

/** Where the secrets are looked for when no file is configured: `mayday/secrets.env` in the user's configuration folder. */
export function defaultSecretsFile(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CONFIG_HOME || join(homeOf(env), ".config"), "mayday", "secrets.env");
}

/**
 * The secrets of the environment and, for those that are not there, of a private file with lines of `NAME=value`. A file that others
 * may read is not read: what was in it has to be considered known. Never rejects: without secrets everything works but sending.
 * @param file absolute path; `isNamed`: somebody configured it, so that it must be there.
 */
export async function loadSecrets(
  env: NodeJS.ProcessEnv,
  file: { path: string; isNamed: boolean },
): Promise<LoadedSecrets> {
  const values = new Map<string, string>();
  const problems: string[] = [];
  for (const [name, value] of await readSecretsFile(file, problems)) values.set(name, value);
  for (const name of SECRET_NAMES) {
    const value = env[name]?.trim();
    if (value) values.set(name, value);
  }
  return { secrets: new Secrets(values), problems };
}

async function readSecretsFile(
  { path, isNamed }: { path: string; isNamed: boolean },
  problems: string[],
): Promise<[SecretName, string][]> {
  const name = sanitizeLine(path);
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (isNamed || (code !== "ENOENT" && code !== "ENOTDIR"))
      problems.push(
        `the secrets in ${name} were not read (${code ?? "unknown error"}): correct secretsFile, or make it readable for you`,
      );
    return [];
  }
  try {
    // Of the open file, so that nobody exchanges it between the look and the reading.
    const { mode, uid } = await handle.stat();
    if ((mode & 0o077) !== 0) {
      problems.push(
        `the secrets in ${name} were not read: others may read them (mode ${(mode & 0o777).toString(8).padStart(4, "0")}). ` +
          `chmod 600 ${name}, and replace the secrets if somebody may have seen them`,
      );
      return [];
    }
    if (process.getuid !== undefined && uid !== process.getuid()) {
      problems.push(
        `the secrets in ${name} were not read: the file belongs to somebody else. chown it, or name another secretsFile`,
      );
      return [];
    }
    return parse(await handle.readFile("utf8"), name, problems);
  } catch (error) {
    problems.push(`the secrets in ${name} were not read (${(error as NodeJS.ErrnoException).code ?? "unknown error"})`);
    return [];
  } finally {
    await handle.close();
  }
}

/** Lines of `NAME=value`, with or without `export` and quotes; empty ones and comments are skipped. */
function parse(text: string, name: string, problems: string[]): [SecretName, string][] {
  return text.split(/\r?\n/).flatMap((line, index): [SecretName, string][] => {
    if (/^\s*(#|$)/.test(line)) return [];
    const [, key = "", quoted = ""] = /^\s*(?:export\s+)?([A-Z0-9_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    const known = SECRET_NAMES.find((candidate) => candidate === key);
    const value = /^(["'])(.*)\1$/.exec(quoted)?.[2] ?? quoted;
    if (known && value !== "") return [[known, value]];
    problems.push(`line ${index + 1} of ${name} is not NAME=value with one of ${SECRET_NAMES.join(", ")}`);
    return [];
  });
}
