import type * as Wire from "@aws-sdk/client-cloudwatch-logs";
import { AwsError } from "../../wire/aws-error.ts";
import { EMPTY_MARK, emptyPageToken, pageLimit, withoutEmptyMark } from "../../wire/partial-page.ts";
import type { Operations } from "../../wire/types.ts";
import { PAGE_EVENTS } from "../../world/logs/query.ts";
import { readStream, type StreamPosition } from "../../world/logs/stream-reader.ts";
import type { Region } from "../../world/region.ts";
import { groupOf, invalidParameter } from "./groups.ts";

/** Retention in days that can be chosen (CloudWatch Logs API reference, PutRetentionPolicy). */
const RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const encode = (direction: "f" | "b", { atMs, serial }: StreamPosition) =>
  `${direction}/${Buffer.from(`${atMs} ${serial}`).toString("base64url")}`;

function decode(token: string): { forward: boolean; position: StreamPosition } {
  const [direction = "", text = ""] = token.split("/");
  const [atMs, serial] = Buffer.from(text, "base64url").toString("utf8").split(" ").map(Number);
  if (!/^[fb]$/.test(direction) || !Number.isFinite(atMs) || !Number.isFinite(serial))
    throw invalidParameter("The specified nextToken is invalid.");
  return { forward: direction === "f", position: { atMs: atMs!, serial: serial! } };
}

/** GetLogEvents: without a token from the end, or from the head when asked to. At an end the given token comes back. */
function getLogEvents(
  region: Region,
  input: Wire.GetLogEventsCommandInput,
): Omit<Wire.GetLogEventsCommandOutput, "$metadata"> {
  const stream = groupOf(region, input.logGroupName ?? input.logGroupIdentifier).streams.get(input.logStreamName ?? "");
  if (!stream) throw new AwsError("ResourceNotFoundException", "The specified log stream does not exist.");
  const { startTime: fromMs = 0, endTime: toMs = Number.MAX_SAFE_INTEGER, limit = PAGE_EVENTS } = input;
  const given = withoutEmptyMark(input.nextToken);
  const asked = given === undefined ? undefined : decode(given);
  const forward = asked?.forward ?? input.startFromHead ?? false;
  const query = { fromMs, toMs, limit: pageLimit(Math.min(PAGE_EVENTS, limit)), forward, position: asked?.position };
  const rest = asked?.position ?? {
    atMs: forward ? Math.max(0, fromMs - 1) : Math.min(toMs, region.account.kernel.nowMs),
    serial: 0,
  };
  const found = readStream(stream, query, region.account.kernel.nowMs);
  const empty = found.length > 0 && emptyPageToken(input.nextToken) !== undefined;
  const events = empty ? [] : found;
  const token = (direction: "f" | "b", event: StreamPosition | undefined) => {
    if (empty) return EMPTY_MARK + encode(direction, rest);
    const atEnd = event === undefined && asked?.forward === (direction === "f");
    return atEnd && input.nextToken !== undefined ? input.nextToken : encode(direction, event ?? rest);
  };
  return {
    events: events.map((event) => ({
      timestamp: event.atMs,
      message: event.message,
      ingestionTime: event.ingestedAtMs,
    })),
    nextForwardToken: token("f", events.at(-1)),
    nextBackwardToken: token("b", events[0]),
  };
}

/** Events of one stream, and the retention of a group. */
export function streamOperations(region: Region): Operations<typeof Wire> {
  return {
    GetLogEvents: (input) => getLogEvents(region, input),
    PutRetentionPolicy: (input) => {
      if (!RETENTIONS.includes(input.retentionInDays ?? 0))
        throw invalidParameter(`Invalid retentionInDays: ${input.retentionInDays}`);
      groupOf(region, input.logGroupName).retentionDays = input.retentionInDays!;
      return {};
    },
    DeleteRetentionPolicy: (input) => {
      delete groupOf(region, input.logGroupName).retentionDays;
      return {};
    },
  };
}
