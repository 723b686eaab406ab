import { createHash } from "node:crypto";
import type { ExportContext } from "../../../src/evidence/export/contract.ts";
import { PauseGate } from "../../../src/evidence/export/pause.ts";
import type { RunningSimulator } from "../../../src/sim/index.ts";
import type { LogGroup } from "../../../src/sim/world/logs/log-store.ts";
import { queryLogs } from "../../../src/sim/world/logs/query.ts";
import { clockOf, layerOf, stateFolder } from "../../incident/support.ts";

export async function exportContext(
  simulator: RunningSimulator,
  rest: Partial<ExportContext> & { accessKeyId?: string } = {},
): Promise<ExportContext> {
  const { accessKeyId, ...given } = rest;
  return {
    aws: await layerOf(simulator, accessKeyId),
    clock: clockOf(simulator),
    signal: new AbortController().signal,
    pause: new PauseGate(),
    workFolder: stateFolder(),
    progress: () => undefined,
    ...given,
  };
}

/** A group with three streams that write `perMinute` lines a minute each, some of them at the same time, a few ingested late. */
export function busyGroup(simulator: RunningSimulator, name: string, fromMs: number, perMinute: number): LogGroup {
  const { logs } = simulator.world;
  const group = logs.addGroup({
    name,
    arn: `arn:aws:logs:us-east-1:111122223333:log-group:${name}`,
    createdAtMs: fromMs,
  });
  for (const stream of ["a", "b", "c"]) {
    logs.addStream(group, stream, fromMs, (minuteMs) =>
      Array.from({ length: perMinute }, (_, index) => {
        const atMs = minuteMs + Math.floor((index * 60_000) / perMinute / 20) * 20;
        return {
          atMs,
          ingestedAtMs: atMs + ((index * 7919) % 900),
          message: `${stream} ${index} é "quoted" \u001b[31m`,
        };
      }),
    );
  }
  return group;
}

/** The events that the simulator holds, as canonical lines in the order of time, ingestion time and position: count and sha256. */
export function truthOf(
  group: LogGroup,
  fromMs: number,
  toMs: number,
  nowMs: number,
): { count: number; sha256: string } {
  const all: ReturnType<typeof queryLogs>["events"] = [];
  let after: string | undefined;
  do {
    const whole = { startMs: fromMs, endMs: toMs, limit: Number.POSITIVE_INFINITY, scanned: Number.POSITIVE_INFINITY };
    const page = queryLogs(group, { ...whole, ...(after === undefined ? {} : { after }) }, nowMs);
    all.push(...page.events);
    after = page.next;
  } while (after !== undefined);
  all.sort((a, b) => a.event.atMs - b.event.atMs || a.event.ingestedAtMs - b.event.ingestedAtMs);
  const hash = createHash("sha256");
  for (const { id, stream, event } of all) {
    const { ingestedAtMs: ingestionTime, message, atMs: timestamp } = event;
    hash.update(`${JSON.stringify({ eventId: id, ingestionTime, logStreamName: stream, message, timestamp })}\n`);
  }
  return { count: all.length, sha256: hash.digest("hex") };
}
