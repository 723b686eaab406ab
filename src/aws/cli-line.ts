import { type Json, toJson } from "../base/json.ts";
import { FileBody } from "./file-body.ts";
import { nessieLine } from "./nessie/request.ts";

/** Services whose CLI command has another name than ours. */
const COMMANDS: Record<string, string> = { s3: "s3api" };

/** A member's or operation's name as the AWS CLI spells it: botocore's own two rules. */
export function cliName(name: string): string {
  return name
    .replace(/(.)([A-Z][a-z]+)/g, "$1-$2")
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase();
}

/** The text as one word of a POSIX shell. */
export function shellQuote(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * The call as an `aws` line that can be pasted: kebab-case names, lists of scalars as words, structures as JSON, times as ISO 8601,
 * booleans as `--flag` or `--no-flag`. Bytes appear as a placeholder, and so does what follows the first few of many structures: a line
 * of a thousand keys could not be read. The region and a custom endpoint are part of the line. Nessie's API has no CLI of AWS's: its
 * line is one of `curl`.
 */
export function cliLine(
  service: string,
  operation: string,
  input: object,
  where: { region: string; endpoint?: string },
): string {
  if (service === "nessie") return nessieLine(operation, input, shellQuote);
  const words = ["aws", COMMANDS[service] ?? service, cliName(operation)];
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue;
    words.push(...option(cliName(name), value instanceof FileBody ? value.path : shortened(toJson(value))));
  }
  words.push("--region", shellQuote(where.region));
  if (where.endpoint) words.push("--endpoint-url", shellQuote(where.endpoint));
  return words.join(" ");
}

/** Structures of a list that are written out, and how many make it worth leaving the others out. */
const SHOWN = 2;
const MANY = 100;

function shortened(value: Json): Json {
  if (value === null || typeof value !== "object") return value;
  if (!Array.isArray(value))
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shortened(member)]));
  const isLong = value.length > MANY && value.every((item) => item !== null && typeof item === "object");
  return isLong ? [...value.slice(0, SHOWN), `... and ${value.length - SHOWN} more`] : value.map(shortened);
}

function option(name: string, value: Json): string[] {
  if (typeof value === "boolean") return [value ? `--${name}` : `--no-${name}`];
  if (Array.isArray(value) && value.every((item) => item === null || typeof item !== "object")) {
    return [`--${name}`, ...value.map((item) => shellQuote(String(item)))];
  }
  return [`--${name}`, shellQuote(typeof value === "object" && value !== null ? JSON.stringify(value) : String(value))];
}
