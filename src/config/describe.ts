import type { JsonObject } from "../base/json.ts";
import { displayWidth, fit as fitColumns } from "../base/text.ts";
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

/** The effective configuration as an aligned table: key, value, source. Passwords in URLs are masked. Ends with a line break. */
export function describeConfig(settings: LoadedSettings): string {
  const rows = settingKeys.map((key): [string, string, string] => {
    const sourced = settings.values[key];
    if (!sourced) return [key, "-", WHEN_UNSET[key] ?? "not set"];
    const { source, origin, comment } = sourced;
    const place = [source, ...(origin ? [origin] : []), ...(comment ? [`"# ${comment}"`] : [])];
    return [key, valueText(sourced.value), place.join(", ")];
  });
  const all: [string, string, string][] = [["KEY", "VALUE", "SOURCE"], ...rows];
  const width = (column: 0 | 1) => Math.max(...all.map((row) => displayWidth(row[column])));
  const [keyWidth, valueWidth] = [width(0), width(1)];
  const table = all.map(
    ([key, value, source]) => `${fitColumns(key, keyWidth)}  ${fitColumns(value, valueWidth)}  ${source}`,
  );
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
