import { stringify } from "yaml";
import { WRITTEN_BY_INIT } from "../config/file.ts";
import { type SettingKey, settingKeys, settings } from "../config/settings.ts";
import type { Find } from "./contract.ts";

/** What a reader should fill in where it was not found, as a comment. */
const HINTS: Partial<Record<SettingKey, { example: string; why: string }>> = {
  "buckets.lakehouse": { example: "acme-prod-lakehouse", why: "not found: bucket that holds the tables" },
  "buckets.audit": { example: "acme-prod-audit-trail", why: "not found: bucket that CloudTrail writes data events to" },
  "terraform.stateBucket": {
    example: "my-tf-state",
    why: "not looked for without mayday init --state s3://BUCKET/KEY",
  },
  alertTopic: { example: "arn:aws:sns:us-east-1:111122223333:alerts", why: "not found: SNS topic of alerts" },
  "breakGlass.user": {
    example: "break-glass",
    why: "not looked for: IAM user for emergencies, whom a quarantine spares",
  },
  "dagster.composeProject": {
    example: "acme-prod",
    why: "not looked for: docker compose project of Dagster, where it does not run on ECS",
  },
  tableTemplates: { example: "/srv/lakehouse/table-templates", why: "not looked for: the tables' YAML templates" },
};

export interface YamlHeader {
  /** ISO 8601, UTC. */
  writtenAt: string;
  accountId: string;
  region: string;
  /** What the short words of the origins stand for. */
  sources: readonly string[];
}

/** A commented mayday.yaml: each value with where it was found, in the order of the settings. Ends with a line break. */
export function renderYaml(finds: readonly Find[], { writtenAt, accountId, region, sources }: YamlHeader): string {
  const byKey = new Map(finds.map((find) => [find.key, find]));
  const lines = [
    `${WRITTEN_BY_INIT} at ${writtenAt} from account ${accountId}, ${region}.`,
    "# Above each value stands where it was found; correct what is wrong. What is left out follows the naming rule.",
    "# mayday config shows the effective values, mayday doctor checks them.",
    ...sources.map((source) => `# ${source}`),
  ];
  const groups = new Set(settingKeys.map((key) => key.split(".")[0] ?? key));
  for (const group of groups) {
    const keys = settingKeys.filter((key) => key === group || key.startsWith(`${group}.`));
    const isNested = keys[0] !== group;
    const isActive = keys.some((key) => byKey.has(key));
    // In a group that is only a comment everything is one.
    const lead = isNested ? (isActive ? "  " : "#   ") : "";
    const body = keys.flatMap((key) => entryLines(key, byKey.get(key), lead, byKey.has("dagster.cluster")));
    if (body.length > 0) lines.push("", ...(isNested ? [`${isActive ? "" : "# "}${group}:`] : []), ...body);
  }
  return `${lines.join("\n")}\n`;
}

function entryLines(key: SettingKey, find: Find | undefined, lead: string, isOnEcs: boolean): string[] {
  const name = key.split(".").at(-1) ?? key;
  if (find) return [`${lead}# ${find.origin}`, `${lead}${name}: ${scalar(find.value)}`];
  const hint = isOnEcs && key === "dagster.composeProject" ? undefined : HINTS[key];
  const comment = lead.startsWith("#") ? lead : `${lead}# `;
  return hint ? [`${comment}${hint.why}`, `${comment}${name}: ${hint.example}`] : [];
}

/** A value on one line, quoted where YAML asks for it. */
const scalar = (value: unknown): string => stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trim();

/** What was found, as a table: key, value, where; the last one below where it does not fit. Ends with a line break. */
export function findsTable(finds: readonly Find[], columns: number): string {
  const rows = finds.map(({ key, value, origin }) => [key, scalar(value), origin] as const);
  const keys = Math.max(0, ...rows.map(([key]) => key.length));
  const values = Math.min(32, Math.max(0, ...rows.map(([, value]) => value.length)));
  const line = ([key, value, origin]: (typeof rows)[number]) => {
    const short = `${key.padEnd(keys)}  ${value.padEnd(values)}  ${origin}`;
    return short.length <= columns ? short : `${key.padEnd(keys)}  ${value}\n${" ".repeat(keys + 2)}<- ${origin}`;
  };
  return rows.map((row) => `${line(row)}\n`).join("");
}

/** Settings of which a lakehouse must have some for anything to be written. */
export const isEnough = (finds: readonly Find[]): boolean =>
  (["project", "environment", "buckets.lakehouse"] as const).every((key) => finds.some((find) => find.key === key));

/** What the settings that are missing mean, for a person. */
export const missingWords = (finds: readonly Find[]): string =>
  (["project", "environment", "buckets.lakehouse"] as const)
    .filter((key) => !finds.some((find) => find.key === key))
    .map((key) => `${key} (${settings[key].description.toLowerCase().replace(/\.$/, "")})`)
    .join(", ");
