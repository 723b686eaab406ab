import type { LineBuffer } from "./line-buffer.ts";
import { type FilteredLogEvent, type HeldLine, lineOf } from "./log-line.ts";

/** A part of the window that is read by one chain of pages. Plain JSON: it is the checkpoint. Times are domain ms, both ends inclusive. */
export interface ShardState {
  startMs: number;
  /** Lowered when the rest is given to another shard. */
  endMs: number;
  /** The end that the calls name: a token counts only with the parameters that it was given for. */
  askedEndMs: number;
  token: string | null;
  done: boolean;
  /** Newest time that was read. */
  reachedMs: number;
  /** Length of its data file. */
  bytes: number;
  events: number;
  duplicates: number;
  /** Events that came before one that was older: the service promises that there are none. */
  unordered: number;
  pages: number;
  /** Domain ms of the first and last written event. */
  firstMs: number | null;
  lastMs: number | null;
  requestIds: string[];
  /** Events of the newest time, held back until that time is complete: their order among themselves is not known before. */
  held: HeldLine[];
}

export function newShard(startMs: number, endMs: number): ShardState {
  return {
    startMs,
    endMs,
    askedEndMs: endMs,
    token: null,
    done: false,
    reachedMs: startMs,
    bytes: 0,
    events: 0,
    duplicates: 0,
    unordered: 0,
    pages: 0,
    firstMs: null,
    lastMs: null,
    requestIds: [],
    held: [],
  };
}

/** `count` shards of the same length over a window, or fewer when it is shorter than a second each. */
export function shardsOf(fromMs: number, toMs: number, count: number): ShardState[] {
  const parts = Math.max(1, Math.min(count, Math.floor((toMs - fromMs) / 1000)));
  const lengthMs = (toMs - fromMs + 1) / parts;
  return Array.from({ length: parts }, (_, part) =>
    newShard(Math.round(fromMs + part * lengthMs), Math.round(fromMs + (part + 1) * lengthMs) - 1),
  );
}

/** Pages that a shard must still have for a part of it to be worth a shard of its own: each costs about one page that is not full. */
const SPLIT_PAGES = 3;

/** Takes the later half of what the shard with the most left to read has left, as a new shard; undefined when none is worth it. */
export function splitLargest(shards: readonly ShardState[]): ShardState | undefined {
  let best: ShardState | undefined;
  let most = SPLIT_PAGES;
  for (const shard of shards) {
    const readMs = shard.reachedMs - shard.startMs;
    if (shard.done || shard.pages === 0 || readMs <= 0) continue;
    const left = (shard.pages * (shard.endMs - shard.reachedMs)) / readMs;
    if (left > most) [best, most] = [shard, left];
  }
  if (!best) return undefined;
  const middleMs = Math.floor((best.reachedMs + best.endMs) / 2);
  const rest = newShard(middleMs + 1, best.endMs);
  best.endMs = middleMs;
  return rest;
}

/**
 * Takes one page of FilterLogEvents in: adds its canonical lines to `lines` in the order of time, ingestion time and position,
 * without those that were there already, and returns what the shard becomes once they are on the disk. The service answers in the
 * order of time, so only events of one and the same time have to be sorted.
 */
export function takePage(
  shard: ShardState,
  events: readonly FilteredLogEvent[],
  token: string | null,
  lines: LineBuffer,
): Omit<ShardState, "endMs"> {
  const next = { ...shard, token, pages: shard.pages + 1 };
  let held = [...shard.held];
  const ids = new Set(held.map(({ id }) => id));
  let heldMs = held[0]?.atMs;
  const flush = () => {
    if (held.length > 1) held.sort((a, b) => a.ingestedAtMs - b.ingestedAtMs);
    for (const { line, atMs } of held) {
      lines.add(line);
      next.firstMs ??= atMs;
      next.lastMs = atMs;
    }
    next.events += held.length;
    held = [];
    ids.clear();
  };
  for (const event of events) {
    const line = lineOf(event);
    if (line.atMs > shard.endMs) {
      // The rest belongs to the shard that took over from here.
      next.done = true;
      break;
    }
    if (heldMs !== undefined && line.atMs < heldMs) next.unordered += 1;
    if (line.atMs !== heldMs) flush();
    heldMs = line.atMs;
    if (ids.has(line.id)) {
      next.duplicates += 1;
      continue;
    }
    ids.add(line.id);
    held.push(line);
    next.reachedMs = Math.max(next.reachedMs, line.atMs);
  }
  if (token === null) next.done = true;
  if (next.done) {
    flush();
    next.reachedMs = shard.endMs;
  }
  next.held = held;
  const { endMs: _endMs, ...rest } = next;
  return rest;
}
