import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { partitionOf } from "../../aws/partition.ts";
import { Failure, failureDetail } from "../../base/failure.ts";
import { canonicalJson, toJson } from "../../base/json.ts";
import { joinGzip, linesOfGzip } from "./assemble.ts";
import type { ExportContext, Exported } from "./contract.ts";
import { bundleName } from "./names.ts";
import { Pace } from "./pace.ts";
import { progressText } from "./progress.ts";
import { retrying } from "./retrying.ts";
import { GrowingFile, Workspace } from "./workspace.ts";

export interface TrailExportRequest {
  region: string;
  accountId: string;
  /** Domain ms, inclusive. */
  fromMs: number;
  /** Domain ms, inclusive; null: the time at which the export begins. */
  toMs: number | null;
  /** Gzip files of an earlier pass: their events are left out, so that this one holds what was delivered late. */
  earlier: string[];
}

interface Checkpoint {
  toMs: number;
  startedAtMs: number;
  token: string | null;
  done: boolean;
  bytes: number;
  events: number;
  reachedMs: number;
  requestIds: string[];
}

/** Calls per second and account and region, and events a page (CloudTrail API reference, LookupEvents). */
const CALLS_PER_SECOND = 2;
const PAGE_EVENTS = 50;
const DATA_FILE = "events.jsonl.gz";
const compress = promisify<Uint8Array, object, Buffer>(gzip);

/**
 * Exports the management events of one region over a window with LookupEvents: gzip-compressed canonical JSON lines, newest first as
 * the service gives them, each event once. Goes on from its checkpoint; a token that has run out begins again. Never rejects because
 * of AWS: what could not be read is in `missing`.
 */
export async function exportTrail(request: TrailExportRequest, context: ExportContext): Promise<Exported> {
  const { region, fromMs, earlier } = request;
  const key = JSON.stringify(["trail", region, fromMs, request.toMs, earlier.length > 0]);
  const workspace = await Workspace.open<Checkpoint>(context.workFolder, key);
  const state: Checkpoint = (await workspace.load()) ?? {
    toMs: request.toMs ?? context.clock.now(),
    startedAtMs: context.clock.now(),
    token: null,
    done: false,
    bytes: 0,
    events: 0,
    reachedMs: Number.MAX_SAFE_INTEGER,
    requestIds: [],
  };
  let reason = "";
  try {
    await readTrail(request, state, workspace, context);
  } catch (error) {
    reason = failureDetail(context.signal.aborted ? context.signal.reason : error, `CloudTrail of ${region}`).why;
  }
  const missing = reason ? [`CloudTrail of ${region}: ${reason}`] : [];
  const discard = () => workspace.discard();
  if (reason && state.events === 0) return { files: [], missing, items: 0, discard };
  const pass = earlier.length > 0 ? "-second-pass" : "";
  const partialAtMs = reason ? context.clock.now() : undefined;
  const name = `${bundleName(`cloudtrail-${region}${pass}`, fromMs, state.toMs, partialAtMs)}.jsonl.gz`;
  const path = workspace.path(name);
  // An export without an event still is a file: that there was none is a finding.
  const empty = await compress(Buffer.alloc(0), {});
  const data = await GrowingFile.open(workspace.path(DATA_FILE), state.bytes);
  if (state.bytes === 0) await data.append(empty);
  await data.close();
  await joinGzip([{ path: data.path, bytes: data.bytes }], path);
  const file = {
    path,
    name,
    sourceArn: `arn:${partitionOf(region)}:cloudtrail:${region}:${request.accountId}:event-history`,
    api: "cloudtrail:LookupEvents",
    requestIds: state.requestIds,
    startedAtMs: state.startedAtMs,
    endedAtMs: context.clock.now(),
    partialReason: reason,
  };
  return { files: [file], missing, items: state.events, discard };
}

async function readTrail(
  request: TrailExportRequest,
  state: Checkpoint,
  workspace: Workspace<Checkpoint>,
  context: ExportContext,
): Promise<void> {
  const { region, fromMs } = request;
  const known = new Set<string>();
  for (const path of request.earlier) await addIds(path, known);
  let file = await GrowingFile.open(workspace.path(DATA_FILE), state.bytes);
  if (state.bytes > 0) await addIds(file.path, known);
  const pace = new Pace(context.aws, context.clock, {
    service: "cloudtrail",
    operation: "LookupEvents",
    callsPerSecond: CALLS_PER_SECOND,
    atMost: CALLS_PER_SECOND,
  });
  // Standing still is no measure of how fast it is.
  const workedMs = () => context.clock.monotonic() - context.pause.stoodStillMs;
  const beganMs = workedMs();
  const fraction = () => (state.toMs - Math.min(state.toMs, state.reachedMs)) / Math.max(1, state.toMs - fromMs);
  const fractionAtStart = fraction();
  try {
    while (!state.done) {
      const page = await lookUp(request, state, context, pace);
      if (!page) {
        await file.close();
        Object.assign(state, { token: null, bytes: 0, events: 0, reachedMs: Number.MAX_SAFE_INTEGER });
        file = await GrowingFile.open(file.path, 0);
        known.clear();
        for (const path of request.earlier) await addIds(path, known);
        continue;
      }
      const lines: string[] = [];
      for (const event of page.output.Events ?? []) {
        const id = event.EventId ?? "";
        state.reachedMs = Math.min(state.reachedMs, event.EventTime?.getTime() ?? state.reachedMs);
        if (known.has(id)) continue;
        known.add(id);
        lines.push(`${canonicalJson(toJson(event))}\n`);
      }
      if (lines.length > 0) state.bytes = await file.append(await compress(Buffer.from(lines.join("")), {}));
      state.events += lines.length;
      state.token = page.output.NextToken ?? null;
      state.done = state.token === null;
      state.requestIds.push(page.requestId);
      await file.sync();
      await workspace.save(JSON.stringify(state));
      context.progress(
        `${region}: ${progressText({
          items: state.events,
          noun: "events",
          bytes: state.bytes,
          fraction: state.done ? 1 : fraction(),
          fractionAtStart,
          elapsedMs: workedMs() - beganMs,
          paused: context.pause.paused,
        })}`,
      );
    }
  } finally {
    await file.close();
  }
}

/** One page; undefined when the token of an earlier run is no longer taken. */
async function lookUp({ region, fromMs }: TrailExportRequest, state: Checkpoint, context: ExportContext, pace: Pace) {
  try {
    return await retrying(context, context.signal, pace, () =>
      context.aws.call(
        "cloudtrail",
        "LookupEvents",
        {
          StartTime: new Date(fromMs),
          EndTime: new Date(state.toMs),
          MaxResults: PAGE_EVENTS,
          ...(state.token === null ? {} : { NextToken: state.token }),
        },
        { purpose: "evidence", signal: context.signal, region },
      ),
    );
  } catch (error) {
    if (state.token !== null && error instanceof Failure && error.detail.code === "InvalidNextTokenException")
      return undefined;
    throw error;
  }
}

async function addIds(path: string, ids: Set<string>): Promise<void> {
  for await (const line of linesOfGzip(path)) ids.add(String((JSON.parse(line) as { EventId?: string }).EventId));
}
