import { sanitizeLine } from "../../base/text.ts";
import type { FactReader } from "../fact.ts";

/** One management event of CloudTrail's history. `input` and `output` as CloudTrail keeps them. */
export interface TrailEvent {
  atMs: number;
  name: string;
  /** Who, for a sentence: `platform-engineer/marco`, a user's name, or a service. */
  by: string;
  arn: string;
  sourceAddress: string;
  userAgent: string;
  accessKeyId: string;
  errorCode?: string;
  input: unknown;
  output: unknown;
}

export const TRAIL_OPERATIONS = ["cloudtrail:LookupEvents"];

/** Events a page, and pages that are read at most: LookupEvents allows two calls a second (CloudTrail, quotas). */
const PAGE = 50;
const PAGES = 3;
/** How far back changes are looked for, domain ms: what breaks an evening was often changed in the morning. */
export const TRAIL_LOOKBACK_MS = 24 * 3_600_000;

/** The events of one name in the last day, newest first; at most 150. What happened in the last minutes may not be there yet. */
export async function lookupEvents(
  reader: FactReader,
  attribute: { key: "EventName" | "ResourceName" | "Username" | "AccessKeyId"; value: string },
  options: { fromMs?: number; toMs?: number; region?: string } = {},
): Promise<TrailEvent[]> {
  const toMs = Math.min(options.toMs ?? reader.window.toMs, reader.window.toMs);
  const found: TrailEvent[] = [];
  let NextToken: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const output = await reader.call(
      "cloudtrail",
      "LookupEvents",
      {
        LookupAttributes: [{ AttributeKey: attribute.key, AttributeValue: attribute.value }],
        StartTime: new Date(options.fromMs ?? toMs - TRAIL_LOOKBACK_MS),
        EndTime: new Date(toMs),
        MaxResults: PAGE,
        ...(NextToken === undefined ? {} : { NextToken }),
      },
      options.region === undefined ? undefined : { region: options.region },
    );
    for (const event of output.Events ?? []) {
      const parsed = trailEvent(event.CloudTrailEvent, event.EventTime?.getTime() ?? 0);
      if (parsed) found.push(parsed);
    }
    NextToken = output.NextToken;
    if (NextToken === undefined) break;
  }
  return found.sort((a, b) => b.atMs - a.atMs);
}

interface RawEvent {
  eventName?: string;
  userIdentity?: { type?: string; arn?: string; userName?: string; invokedBy?: string; accessKeyId?: string };
  sourceIPAddress?: string;
  userAgent?: string;
  errorCode?: string;
  requestParameters?: unknown;
  responseElements?: unknown;
}

/** An event from its JSON; undefined where it is none. */
export function trailEvent(text: string | undefined, atMs: number): TrailEvent | undefined {
  let raw: RawEvent;
  try {
    raw = JSON.parse(text ?? "") as RawEvent;
  } catch {
    // CloudTrail promises JSON; an event that is none says nothing that could be shown.
    return undefined;
  }
  if (typeof raw !== "object" || raw === null) return undefined;
  const { userIdentity = {} } = raw;
  const arn = sanitizeLine(userIdentity.arn ?? "");
  return {
    atMs,
    name: sanitizeLine(raw.eventName ?? ""),
    by: principalName(arn) || sanitizeLine(userIdentity.invokedBy ?? userIdentity.userName ?? userIdentity.type ?? "?"),
    arn,
    sourceAddress: sanitizeLine(raw.sourceIPAddress ?? ""),
    userAgent: sanitizeLine(raw.userAgent ?? ""),
    accessKeyId: sanitizeLine(userIdentity.accessKeyId ?? ""),
    ...(raw.errorCode ? { errorCode: sanitizeLine(raw.errorCode) } : {}),
    input: raw.requestParameters ?? null,
    output: raw.responseElements ?? null,
  };
}

/** `role/session` of an assumed role, a user's name, `root`; the ARN where it is none of these. */
export function principalName(arn: string): string {
  const [, kind = "", rest = ""] = /^arn:[^:]*:(?:sts|iam)::\d*:(assumed-role|user|root)(?:\/(.+))?$/.exec(arn) ?? [];
  if (kind === "root") return "root";
  return kind === "user" ? (rest.split("/").at(-1) ?? arn) : rest || arn;
}

/** A member of a CloudTrail parameter by path, whatever stands in between: `ipPermissions.items` where CloudTrail wraps lists so. */
export function member(value: unknown, ...path: string[]): unknown {
  let current = value;
  for (const name of path) {
    if (typeof current !== "object" || current === null) return undefined;
    current = (current as Record<string, unknown>)[name];
  }
  return current;
}

/** A list as CloudTrail writes it: an array, or EC2's `{ items: [...] }`. */
export function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  const items = member(value, "items");
  return Array.isArray(items) ? items : [];
}

/** The event's text at a path; empty where there is none. */
export function textAt(value: unknown, ...path: string[]): string {
  const found = member(value, ...path);
  return typeof found === "string" ? sanitizeLine(found) : "";
}
