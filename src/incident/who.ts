import type { Reading } from "../actions/contract.ts";
import type { AwsCaller } from "../aws/contract.ts";
import { formatUtcTime } from "../base/duration.ts";
import { failureDetail } from "../base/failure.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { sanitizeLine } from "../base/text.ts";

/** How what a guard reads can be changed. */
interface Changes {
  /** Management events, by CloudTrail's names, not the API's. */
  events: string[];
  /** Whether a call with these parameters is about what the guard reads. */
  isAbout(parameters: Parameters, input: JsonObject): boolean;
}

type Parameters = Record<string, unknown>;

/** Services and clusters are given by name or by ARN. */
const nameOf = (given: unknown): string =>
  String(given ?? "")
    .split("/")
    .at(-1) ?? "";
const hasName = (list: Json | undefined, given: unknown): boolean =>
  Array.isArray(list) && list.some((one) => nameOf(one) === nameOf(given));
const isBucket: Changes["isAbout"] = ({ bucketName }, { Bucket }) => bucketName === Bucket;

/** By the operation that reads it. */
const CHANGES: Record<string, Changes> = {
  DescribeServices: {
    events: ["UpdateService", "DeleteService"],
    isAbout: ({ service, cluster }, input) =>
      hasName(input.services, service) && nameOf(cluster ?? "default") === nameOf(input.cluster),
  },
  DescribeScalableTargets: {
    events: ["RegisterScalableTarget", "DeregisterScalableTarget"],
    isAbout: ({ resourceId }, { ResourceIds }) =>
      Array.isArray(ResourceIds) && ResourceIds.includes(resourceId as Json),
  },
  GetBucketPolicy: { events: ["PutBucketPolicy", "DeleteBucketPolicy"], isAbout: isBucket },
  GetBucketLifecycleConfiguration: { events: ["PutBucketLifecycle", "DeleteBucketLifecycle"], isAbout: isBucket },
};

/**
 * Who changed what a guard watches since `sinceMs` (domain ms), by CloudTrail: the newest event of the kinds above on the same service or
 * bucket that AWS carried out and that was not one of our own calls. Empty when CloudTrail shows none yet: it delivers minutes late.
 * Nobody is named on a guess.
 */
export async function whoChanged(
  aws: AwsCaller,
  readings: readonly Reading[],
  sinceMs: number,
  ownRequestIds: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<string> {
  const found: { atMs: number; text: string }[] = [];
  const isAbout = (name: string, parameters: Parameters) =>
    readings.some(({ operation, input }) => {
      const changes = CHANGES[operation];
      return changes?.events.includes(name) === true && changes.isAbout(parameters, input);
    });
  for (const name of new Set(readings.flatMap(({ operation }) => CHANGES[operation]?.events ?? []))) {
    try {
      const { output } = await aws.call(
        "cloudtrail",
        "LookupEvents",
        { LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: name }], StartTime: new Date(sinceMs) },
        { purpose: "poll", signal },
      );
      for (const event of output.Events ?? []) {
        const detail = parse(event.CloudTrailEvent);
        if (detail.requestID !== undefined && ownRequestIds.has(detail.requestID)) continue;
        if (detail.errorCode !== undefined || !isAbout(name, detail.requestParameters ?? {})) continue;
        const principal = detail.userIdentity?.arn ?? detail.userIdentity?.invokedBy ?? event.Username ?? "unknown";
        const atMs = event.EventTime?.getTime() ?? 0;
        found.push({ atMs, text: sanitizeLine(`${principal} (${name} at ${formatUtcTime(atMs)})`) });
      }
    } catch (error) {
      if (signal.aborted) return "";
      const detail = failureDetail(error, "cloudtrail:LookupEvents");
      return detail.kind === "denied"
        ? `somebody (cannot tell who: needs ${detail.missingPermission ?? "cloudtrail:LookupEvents"})`
        : "";
    }
  }
  return found.sort((a, b) => b.atMs - a.atMs)[0]?.text ?? "";
}

interface TrailEvent {
  requestID?: string;
  /** Set on a call that was refused or failed: it changed nothing. */
  errorCode?: string;
  requestParameters?: Parameters | null;
  userIdentity?: { arn?: string; invokedBy?: string };
}

function parse(text: string | undefined): TrailEvent {
  try {
    return text ? (JSON.parse(text) as TrailEvent) : {};
  } catch {
    // An event that is not JSON names nobody; the event's own Username is used instead.
    return {};
  }
}
