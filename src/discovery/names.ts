import { sanitizeLine } from "../base/text.ts";

/** The parts of an ARN that names are taken from. */
export interface ArnParts {
  partition: string;
  service: string;
  region: string;
  accountId: string;
  /** After the account: `service/CLUSTER/NAME`, `log-group:/ecs/x` ... */
  resource: string;
}

/** An ARN in its parts; undefined for what is none. */
export function arnParts(arn: string): ArnParts | undefined {
  const match = /^arn:([^:]+):([^:]+):([^:]*):([^:]*):(.+)$/.exec(sanitizeLine(arn));
  if (!match) return undefined;
  const [, partition = "", service = "", region = "", accountId = "", resource = ""] = match;
  return { partition, service, region, accountId, resource };
}

/** The last part of an ARN or path. */
export const lastPart = (text: string): string => sanitizeLine(text).split("/").at(-1) ?? "";

/** The longest beginning that all names share and that ends with a hyphen, a slash or an underscore; undefined without one. */
export function commonPrefix(names: readonly string[]): string | undefined {
  const [first] = names;
  if (first === undefined) return undefined;
  let length = first.length;
  for (const name of names) {
    let same = 0;
    while (same < length && name[same] === first[same]) same++;
    length = same;
  }
  const shared = first.slice(0, length);
  const end = Math.max(shared.lastIndexOf("-"), shared.lastIndexOf("/"), shared.lastIndexOf("_"));
  return end <= 0 ? undefined : shared.slice(0, end + 1);
}

/**
 * Prefixes under which all these alarms are listed: the template's, so that alarms that are made later are in it; else the one that they
 * share, else their own names.
 */
export function alarmPrefixes(names: readonly string[], project?: string, environment?: string): string[] {
  const own = names.filter((name) => !name.startsWith("TargetTracking-"));
  const rule = `${project}-${environment}-`;
  if (own.length > 0 && own.every((name) => name.startsWith(rule))) return [rule];
  const shared = commonPrefix(own);
  return shared === undefined ? own : [shared];
}
