import type { JsonObject } from "../base/json.ts";
import { displayWidth, fit as fitColumns, wrapWords } from "../base/text.ts";
import type { LoadedSettings } from "./load.ts";
import { maskUrl } from "./mask.ts";
import { type SettingKey, settingKeys } from "./settings.ts";

/** What a setting without a value means, where that is not simply "none". */
const WHEN_UNSET: Partial<Record<SettingKey, string>> = {
  region: "the AWS profile's region",
  profile: "the AWS SDK's provider chain",
  endpoint: "the AWS SDK's: AWS_ENDPOINT_URL, the profile, or AWS itself",
  "dagster.composeServices": "dagster-daemon, dagster-webserver where there is a compose project",
  "dagster.composeDirectory": "as docker knows it",
  "dagster.dockerHost": "docker's own: DOCKER_HOST, its context, or the local daemon",
  onCall: "the login name",
  secretsFile: "mayday/secrets.env in the user's configuration folder, where it is there",
};

/** Of a terminal's columns values get so many parts, where not everything fits beside each other. */
const VALUE_SHARE = 0.4;

/**
 * The effective configuration as an aligned table: key, value, source. Passwords in URLs are masked. Ends with a line break.
 * @param columns of the terminal: the source of what does not fit stands on a line of its own.
 */
export function describeConfig(settings: LoadedSettings, columns = Number.POSITIVE_INFINITY): string {
  const rows = settingKeys.map((key): [string, string, string] => {
    const sourced = settings.values[key];
    if (!sourced) return [key, "-", WHEN_UNSET[key] ?? "not set"];
    const { source, origin, comment } = sourced;
    const place = [source, ...(origin ? [origin] : []), ...(comment ? [`"# ${comment}"`] : [])];
    return [key, valueText(sourced.value), place.join(", ")];
  });
  const all: [string, string, string][] = [["KEY", "VALUE", "SOURCE"], ...rows];
  const width = (column: 0 | 1) => Math.max(...all.map((row) => displayWidth(row[column])));
  const keyWidth = width(0);
  const valueWidth = Math.min(width(1), Math.floor(columns * VALUE_SHARE));
  const table = all.flatMap(([key, value, source]) => {
    const isNarrow = displayWidth(value) > valueWidth || keyWidth + valueWidth + displayWidth(source) + 4 > columns;
    if (!isNarrow) return [`${fitColumns(key, keyWidth)}  ${fitColumns(value, valueWidth)}  ${source}`];
    const below = wrapWords(source, Math.max(20, columns - keyWidth - 5));
    return [
      `${fitColumns(key, keyWidth)}  ${value}`,
      ...below.map((line, index) => `${" ".repeat(keyWidth)}  ${index === 0 ? "<- " : "   "}${line}`),
    ];
  });
  return [`file: ${settings.file ?? "none"}`, "", ...table].map((line) => `${line}\n`).join("");
}

/** The same as JSON: `{ file, settings: { key: { value, source, origin, comment } } }`; a setting without a value is null. */
export function configJson(settings: LoadedSettings): JsonObject {
  const out: JsonObject = {};
  for (const key of settingKeys) {
    const sourced = settings.values[key];
    if (!sourced) out[key] = null;
    else {
      const value = typeof sourced.value === "string" ? maskUrl(sourced.value) : sourced.value;
      out[key] = { value, source: sourced.source, origin: sourced.origin ?? null, comment: sourced.comment ?? null };
    }
  }
  return { file: settings.file ?? null, settings: out };
}

function valueText(value: string | boolean | string[] | Record<string, string[]>): string {
  if (typeof value === "string") return maskUrl(value);
  if (typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return value.length > 0 ? value.join(", ") : "none";
  const bindings = Object.entries(value).map(([command, keys]) => `${command}=${keys.join("|")}`);
  return bindings.length > 0 ? bindings.join(", ") : "none";
}
