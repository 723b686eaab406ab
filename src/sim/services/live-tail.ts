import type { StartLiveTailCommandInput, StartLiveTailResponseStream } from "@aws-sdk/client-cloudwatch-logs";
import type { LogGroup } from "../world/logs/log-store.ts";
import { queryLogs } from "../world/logs/query.ts";
import type { Region } from "../world/region.ts";

/** Updates come at most once a second, each with up to 500 events; above that CloudWatch samples (API reference). */
const EVENTS_PER_UPDATE = 500;
const UPDATE_PERIOD_MS = 1_000;
/** Late lines are looked for this far back, virtual ms. */
const LOOK_BACK_MS = 120_000;

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, durationMs);
    signal.addEventListener("abort", done, { once: true });
  });
}

/** The events of a live tail session: a start, then updates with the lines that became available since the last one. */
export async function* liveTail(
  region: Region,
  groups: readonly LogGroup[],
  input: StartLiveTailCommandInput,
  signal: AbortSignal,
): AsyncGenerator<StartLiveTailResponseStream> {
  const sessionId = region.account.nextRequestId();
  yield {
    sessionStart: {
      requestId: sessionId,
      sessionId,
      logGroupIdentifiers: input.logGroupIdentifiers,
      logStreamNames: input.logStreamNames ?? [],
      logStreamNamePrefixes: input.logStreamNamePrefixes ?? [],
      logEventFilterPattern: input.logEventFilterPattern ?? "",
    },
  };
  let seenUntilMs = region.account.now();
  while (!signal.aborted) {
    await pause(UPDATE_PERIOD_MS, signal);
    if (signal.aborted) return;
    const nowMs = region.account.now();
    const fresh = groups.flatMap((group) => {
      const query = {
        startMs: seenUntilMs - LOOK_BACK_MS,
        endMs: nowMs,
        limit: Number.POSITIVE_INFINITY,
        scanned: Number.POSITIVE_INFINITY,
        ...(input.logEventFilterPattern ? { pattern: input.logEventFilterPattern } : {}),
        ...(input.logStreamNames?.length ? { streamNames: input.logStreamNames } : {}),
      };
      const { events } = queryLogs(group, query, nowMs);
      return events.filter(({ event }) => event.ingestedAtMs > seenUntilMs).map((found) => ({ group, found }));
    });
    seenUntilMs = nowMs;
    yield {
      sessionUpdate: {
        sessionMetadata: { sampled: fresh.length > EVENTS_PER_UPDATE },
        sessionResults: fresh.slice(0, EVENTS_PER_UPDATE).map(({ group, found }) => ({
          logStreamName: found.stream,
          logGroupIdentifier: group.arn.replace(/^arn:aws:logs:[^:]*:(\d+):log-group:/, "$1:"),
          message: found.event.message,
          timestamp: found.event.atMs,
          ingestionTime: found.event.ingestedAtMs,
        })),
      },
    };
  }
}
