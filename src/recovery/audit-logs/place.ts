import type { AwsCaller, CallOptions } from "../../aws/contract.ts";
import type { Clock } from "../../base/clock.ts";

/** The files of a trail in its bucket (CloudTrail user guide, finding log files), without a prefix of its own. */
export interface TrailFiles {
  bucket: string;
  accountId: string;
  region: string;
  /** Domain ms. */
  fromMs: number;
  toMs: number;
}

export interface AuditAccess {
  aws: AwsCaller;
  clock: Clock;
  signal: AbortSignal;
  progress(detail: string): void;
}

export const callOptions = ({ signal }: AuditAccess): CallOptions => ({ purpose: "evidence", signal });

export type FileKind = "CloudTrail" | "CloudTrail-Digest";

const DAY_MS = 86_400_000;

/** The prefixes of the days of a window, `AWSLogs/ACCOUNT/KIND/REGION/YYYY/MM/DD/`. */
export function dayPrefixes({ accountId, region, fromMs, toMs }: TrailFiles, kind: FileKind): string[] {
  const prefixes: string[] = [];
  for (let day = Math.floor(fromMs / DAY_MS); day * DAY_MS <= toMs; day++) {
    const date = new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll("-", "/");
    prefixes.push(`AWSLogs/${accountId}/${kind}/${region}/${date}/`);
  }
  return prefixes;
}

/** The time in the name of a log or digest file (`_YYYYMMDDTHHmmZ_`, or with seconds); undefined for another name. */
export function timeInName(key: string): number | undefined {
  const found = /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)?Z/.exec(key);
  if (!found) return undefined;
  const [, year, month, day, hour, minute, second = "00"] = found;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
