import type * as Wire from "@aws-sdk/client-cloudwatch-logs";
import { emptyPageToken, pageLimit, withoutEmptyMark } from "../wire/partial-page.ts";
import { defineService, type ServiceDefinition, type WireCall } from "../wire/types.ts";
import { isPosition, PAGE_EVENTS, PAGE_SCANNED, queryLogs } from "../world/logs/query.ts";
import type { Region } from "../world/region.ts";
import { liveTail } from "./live-tail.ts";
import { exportOperations } from "./logs/export-operations.ts";
import { groupOf, invalidParameter } from "./logs/groups.ts";
import { streamOperations } from "./logs/stream-operations.ts";
import { pageOf } from "./paging.ts";

function filter(
  region: Region,
  input: Wire.FilterLogEventsCommandInput,
): Omit<Wire.FilterLogEventsCommandOutput, "$metadata"> {
  const group = groupOf(region, input.logGroupName ?? input.logGroupIdentifier);
  const token = withoutEmptyMark(input.nextToken);
  if (token !== undefined && !isPosition(token)) throw invalidParameter("The specified nextToken is invalid.");
  const { startTime = 0, endTime = Number.MAX_SAFE_INTEGER } = input;
  if (startTime > endTime) throw invalidParameter("End time should not be smaller than start time");
  const empty = emptyPageToken(input.nextToken);
  if (empty !== undefined) return { events: [], searchedLogStreams: [], nextToken: empty };
  const page = queryLogs(
    group,
    {
      startMs: startTime,
      endMs: endTime,
      limit: Math.min(PAGE_EVENTS, input.limit ?? PAGE_EVENTS),
      scanned: pageLimit(PAGE_SCANNED),
      ...(input.filterPattern === undefined ? {} : { pattern: input.filterPattern }),
      ...(input.logStreamNames === undefined ? {} : { streamNames: input.logStreamNames }),
      ...(input.logStreamNamePrefix === undefined ? {} : { streamPrefix: input.logStreamNamePrefix }),
      ...(token === undefined ? {} : { after: token }),
    },
    region.account.kernel.nowMs,
  );
  return {
    events: page.events.map((found) => ({
      logStreamName: found.stream,
      timestamp: found.event.atMs,
      message: found.event.message,
      ingestionTime: found.event.ingestedAtMs,
      eventId: found.id,
    })),
    searchedLogStreams: [],
    nextToken: page.next,
  };
}

/** Amazon CloudWatch Logs. */
export function logsService(region: Region): ServiceDefinition {
  return defineService<typeof Wire>({
    signingName: "logs",
    load: () => import("@aws-sdk/client-cloudwatch-logs"),
    clientName: "CloudWatchLogsClient",
    operations: {
      ...streamOperations(region),
      ...exportOperations(region),
      FilterLogEvents: (input) => filter(region, input),
      StartLiveTail: (input, call: WireCall) => {
        const groups = (input.logGroupIdentifiers ?? []).map((identifier) => groupOf(region, identifier));
        // At most 10 log groups a session (CloudWatch Logs API reference).
        if (groups.length === 0 || groups.length > 10)
          throw invalidParameter("logGroupIdentifiers must have 1 to 10 members.");
        return { responseStream: liveTail(region, groups, input, call.signal) };
      },
      DescribeLogGroups: (input) => {
        // In the order of names (CloudWatch Logs API reference, DescribeLogGroups).
        const found = [...region.logs.groups.values()]
          .filter(
            (group) =>
              (!input.logGroupNamePrefix || group.name.startsWith(input.logGroupNamePrefix)) &&
              (!input.logGroupNamePattern || group.name.includes(input.logGroupNamePattern)),
          )
          .sort((a, b) => (a.name < b.name ? -1 : 1));
        const page = pageOf(found, Math.min(50, input.limit ?? 50), input.nextToken, () =>
          invalidParameter("The specified nextToken is invalid."),
        );
        return {
          logGroups: page.items.map((group) => ({
            logGroupName: group.name,
            arn: `${group.arn}:*`,
            logGroupArn: group.arn,
            creationTime: group.createdAtMs,
            retentionInDays: group.retentionDays,
            logGroupClass: "STANDARD" as const,
            metricFilterCount: 0,
          })),
          nextToken: page.next,
        };
      },
      DescribeLogStreams: (input) => {
        const group = groupOf(region, input.logGroupName ?? input.logGroupIdentifier);
        if (input.orderBy === "LastEventTime" && input.logStreamNamePrefix !== undefined)
          throw invalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
        const found = [...group.streams.values()].filter(
          (stream) => !input.logStreamNamePrefix || stream.name.startsWith(input.logStreamNamePrefix),
        );
        if (input.orderBy === "LastEventTime")
          found.sort((a, b) => a.span(region.account.kernel.nowMs).lastMs - b.span(region.account.kernel.nowMs).lastMs);
        else found.sort((a, b) => (a.name < b.name ? -1 : 1));
        if (input.descending) found.reverse();
        const page = pageOf(found, Math.min(50, input.limit ?? 50), input.nextToken, () =>
          invalidParameter("The specified nextToken is invalid."),
        );
        return {
          logStreams: page.items.map((stream) => ({
            logStreamName: stream.name,
            creationTime: Math.round(stream.createdAtMs),
            firstEventTimestamp: Math.round(stream.createdAtMs),
            lastEventTimestamp: Math.round(Math.min(stream.endedAtMs, region.account.kernel.nowMs)),
            arn: `${group.arn}:log-stream:${stream.name}`,
          })),
          nextToken: page.next,
        };
      },
    },
  });
}
