import { writeFile } from "node:fs/promises";
import { joinGzip } from "./assemble.ts";
import type { ExportContext, Exported } from "./contract.ts";
import type { ShardState } from "./log-shard.ts";
import { bundleName } from "./names.ts";
import type { Workspace } from "./workspace.ts";

export interface LogExportRequest {
  logGroup: string;
  /** ARN of the group, for the manifest. */
  arn: string;
  /** Domain ms, inclusive. */
  fromMs: number;
  /** Domain ms, inclusive; null: the time at which the export begins. */
  toMs: number | null;
  /** Calls per second to begin with. */
  callsPerSecond: number;
  /** Calls per second that it may grow to while the service does not throttle. */
  atMostPerSecond: number;
}

/** How far an export of logs is. Times are domain ms. */
export interface LogCheckpoint {
  toMs: number;
  startedAtMs: number;
  shards: ShardState[];
}

/**
 * Joins what was read to the files of the bundle: the lines of all shards in order, and an index with their hashes. `reason`: why not
 * everything could be read, empty when it was.
 */
export async function finishLogs(
  request: LogExportRequest,
  checkpoint: LogCheckpoint,
  reason: string,
  workspace: Workspace<LogCheckpoint>,
  context: ExportContext,
): Promise<Exported> {
  const discard = () => workspace.discard();
  const shards = [...checkpoint.shards].sort((a, b) => a.startMs - b.startMs);
  const items = shards.reduce((sum, shard) => sum + shard.events, 0);
  const unordered = shards.reduce((sum, shard) => sum + shard.unordered, 0);
  const reasons = [
    ...(reason ? [reason] : []),
    ...(unordered > 0 ? [`the service gave ${unordered} events out of order; they stand where they came`] : []),
  ];
  const missing = reasons.map((why) => `logs of ${request.logGroup}: ${why}`);
  if (items === 0 && reason) return { files: [], missing, items, discard };
  const name = bundleName(request.logGroup, request.fromMs, checkpoint.toMs, reason ? context.clock.now() : undefined);
  const data = workspace.path(`${name}.jsonl.gz`);
  const parts = shards.map((shard) => ({ path: workspace.path(`${shard.startMs}.jsonl.gz`), bytes: shard.bytes }));
  const { partSha256, sha256, uncompressedBytes } = await joinGzip(parts, data);
  const index = workspace.path(`${name}.index.json`);
  const utc = (atMs: number | null) => (atMs === null ? null : new Date(atMs).toISOString());
  const content = {
    logGroup: request.logGroup,
    from: utc(request.fromMs),
    to: utc(checkpoint.toMs),
    order: "timestamp, ingestionTime, position in the answer",
    events: items,
    duplicatesDropped: shards.reduce((sum, shard) => sum + shard.duplicates, 0),
    uncompressedBytes,
    sha256OfLines: sha256,
    complete: missing.length === 0,
    reasons,
    shards: shards.map((shard, at) => ({
      from: utc(shard.startMs),
      to: utc(shard.endMs),
      first: utc(shard.firstMs),
      last: utc(shard.lastMs),
      events: shard.events,
      sha256OfLines: partSha256[at] ?? "",
      complete: shard.done,
    })),
  };
  await writeFile(index, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  const about = {
    sourceArn: request.arn,
    api: "logs:FilterLogEvents",
    requestIds: shards.flatMap((shard) => shard.requestIds),
    startedAtMs: checkpoint.startedAtMs,
    endedAtMs: context.clock.now(),
    partialReason: reasons.join("; "),
  };
  const files = [
    { ...about, path: data, name: `${name}.jsonl.gz` },
    { ...about, path: index, name: `${name}.index.json`, requestIds: [] },
  ];
  return { files, missing, items, discard };
}
