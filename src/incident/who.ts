import type { Reading } from "../actions/contract.ts";
import type { AwsCaller } from "../aws/contract.ts";
import { failureDetail } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";

/** The management events by which what a guard reads can change, by the operation that reads it. CloudTrail's names, not the API's. */
const EVENTS: Record<string, string[]> = {
  DescribeServices: ["UpdateService"],
  DescribeScalableTargets: ["RegisterScalableTarget"],
  GetBucketPolicy: ["PutBucketPolicy", "DeleteBucketPolicy"],
  GetBucketLifecycleConfiguration: ["PutBucketLifecycle", "DeleteBucketLifecycle"],
};

/**
 * Who changed what a guard watches since `sinceMs` (domain ms), by CloudTrail: the newest event of the kinds above that was not one of
 * our own calls, on the same bucket where it is about one. Empty when CloudTrail shows none yet: it delivers minutes late.
 */
export async function whoChanged(
  aws: AwsCaller,
  readings: readonly Reading[],
  sinceMs: number,
  ownRequestIds: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<string> {
  const found: { atMs: number; text: string }[] = [];
  const names = new Set(readings.flatMap(({ operation }) => EVENTS[operation] ?? []));
  const buckets = new Set(readings.flatMap(({ input }) => (typeof input.Bucket === "string" ? [input.Bucket] : [])));
  for (const name of names) {
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
        const bucket = detail.requestParameters?.bucketName;
        if (bucket !== undefined && !buckets.has(bucket)) continue;
        const principal = detail.userIdentity?.arn ?? detail.userIdentity?.invokedBy ?? event.Username ?? "unknown";
        const atMs = event.EventTime?.getTime() ?? 0;
        found.push({
          atMs,
          text: sanitizeLine(`${principal} (${name} at ${new Date(atMs).toISOString().slice(11, 19)})`),
        });
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
  requestParameters?: { bucketName?: string } | null;
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
