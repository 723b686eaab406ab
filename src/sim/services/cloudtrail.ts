import type * as Wire from "@aws-sdk/client-cloudtrail";
import { AwsError } from "../wire/aws-error.ts";
import { defineService, type ServiceDefinition } from "../wire/types.ts";
import type { Region } from "../world/region.ts";
import type { TrailEvent } from "../world/trail.ts";
import { trailOperations } from "./cloudtrail/trail-operations.ts";
import { pageOf } from "./paging.ts";

/** Event history reaches back 90 days; 50 events a page at most (CloudTrail API reference, LookupEvents). */
const HISTORY_MS = 90 * 86_400_000;
const PAGE_SIZE = 50;

function matches(event: TrailEvent, attribute: Wire.LookupAttribute | undefined): boolean {
  if (!attribute) return true;
  const value = attribute.AttributeValue;
  switch (attribute.AttributeKey) {
    case "EventId":
      return event.id === value;
    case "EventName":
      return event.name === value;
    case "EventSource":
      return event.source === value;
    case "Username":
      return event.userName === value;
    case "AccessKeyId":
      return event.accessKeyId === value;
    case "ReadOnly":
      return String(event.readOnly) === value;
    case "ResourceName":
      return event.resources.some((resource) => resource.ResourceName === value);
    case "ResourceType":
      return event.resources.some((resource) => resource.ResourceType === value);
    default:
      return false;
  }
}

/** AWS CloudTrail: event history of management events, and what the trail records. */
export function cloudTrailService(region: Region): ServiceDefinition {
  return defineService<typeof Wire>({
    signingName: "cloudtrail",
    load: () => import("@aws-sdk/client-cloudtrail"),
    clientName: "CloudTrailClient",
    operations: {
      ...trailOperations(region),
      LookupEvents: (input) => {
        const attributes = input.LookupAttributes ?? [];
        if (attributes.length > 1)
          throw new AwsError("InvalidLookupAttributesException", "Only one lookup attribute is allowed.");
        if ((input.MaxResults ?? PAGE_SIZE) > PAGE_SIZE)
          throw new AwsError("InvalidMaxResultsException", "A maximum results value of 1 to 50 must be specified.");
        const nowMs = region.account.kernel.nowMs;
        const startMs = Math.max(input.StartTime?.getTime() ?? 0, nowMs - HISTORY_MS);
        const endMs = input.EndTime?.getTime() ?? nowMs;
        if (startMs > endMs)
          throw new AwsError("InvalidTimeRangeException", "The start time must be before the end time.");
        const found = region.account.trail.events.filter(
          (event) =>
            event.region === region.names.region &&
            event.deliveredAtMs <= nowMs &&
            event.atMs >= startMs &&
            event.atMs <= endMs &&
            matches(event, attributes[0]),
        );
        const invalidToken = () => new AwsError("InvalidNextTokenException", "The token is not valid.");
        const page = pageOf(found.reverse(), input.MaxResults ?? PAGE_SIZE, input.NextToken, invalidToken);
        return {
          Events: page.items.map((event) => ({
            EventId: event.id,
            EventName: event.name,
            ReadOnly: String(event.readOnly),
            AccessKeyId: event.accessKeyId || undefined,
            EventTime: new Date(Math.floor(event.atMs / 1000) * 1000),
            EventSource: event.source,
            Username: event.userName,
            Resources: event.resources,
            CloudTrailEvent: event.record,
          })),
          NextToken: page.next,
        };
      },
    },
  });
}
