import type { RecoveryContext } from "../contract.ts";
import { S3Calls } from "./calls.ts";
import { type Damage, versionMembers } from "./damage.ts";
import { writeLines } from "./findings.ts";
import type { KeyState } from "./key-state.ts";
import { compareKeys, rankOf } from "./keys.ts";
import { divide, type KeyRange } from "./ranges.ts";
import { readRange } from "./read-range.ts";
import type { Finding } from "./recovery.ts";

/** A bucket and its replica. */
export interface ReplicaQuery {
  bucket: string;
  replica: { bucket: string; region: string };
  prefix: string;
  matches: (key: string) => boolean;
  sinceMs: number;
}

/** Ranges that are read at the same time; each reads both buckets. */
const READERS = 6;
/** Lines that are kept before they are written. */
const LINES = 5000;

/**
 * Finds what only the replica still has: keys of which the bucket holds no data any more (deleted for good with all versions, or
 * expired below their markers), in the version of the time in question. What can be undeleted in the bucket itself is left out.
 */
export async function findInReplica(query: ReplicaQuery, finding: Finding): Promise<void> {
  const { calls, context, state } = finding;
  // Found anew after a crash: a join has no position that both listings know.
  state.ranges = [];
  let lines: Damage[] = [];
  let writing = Promise.resolve();
  const flush = () => {
    const full = lines;
    lines = [];
    if (full.length > 0) writing = writing.then(() => writeLines(full, finding));
    return writing;
  };
  let keys = 0;
  await eachLost(calls, query, async (line, read) => {
    keys += read;
    if (line) lines.push(line);
    context.progress(`${keys} keys compared with ${query.replica.bucket}`);
    if (lines.length >= LINES) await flush();
  });
  await flush();
}

/** Counts what only the replica has. @param isOver whether an abort of the context's signal ends the counting and no more. */
export async function countInReplica(
  query: ReplicaQuery,
  context: RecoveryContext,
  isOver: () => boolean,
): Promise<{ count: number; bytes: number; isWhole: boolean }> {
  const stop = new AbortController();
  const calls = new S3Calls(context, AbortSignal.any([context.signal, stop.signal]));
  const found = { count: 0, bytes: 0 };
  try {
    await eachLost(calls, query, async (line) => {
      if (!line) return;
      found.count += 1;
      found.bytes += line.s ?? 0;
    });
    return { ...found, isWhole: true };
  } catch (error) {
    stop.abort(error);
    if (context.signal.aborted && isOver()) return { ...found, isWhole: false };
    throw error;
  }
}

async function eachLost(
  calls: S3Calls,
  query: ReplicaQuery,
  take: (line: Damage | undefined, read: number) => Promise<void>,
): Promise<void> {
  const { replica, prefix } = query;
  const waiting = await divide(calls, { ...replica, prefix });
  const readers = Array.from({ length: READERS }, async () => {
    for (let range = waiting.shift(); range; range = waiting.shift())
      for await (const { own, copy } of joined(calls, query, range)) await take(lostLine(query, own, copy), 1);
  });
  await Promise.all(readers);
}

/** Every key of the replica, with its state in the bucket. */
async function* joined(
  calls: S3Calls,
  { bucket, replica, prefix, sinceMs }: ReplicaQuery,
  range: KeyRange,
): AsyncGenerator<{ own: KeyState | undefined; copy: KeyState }, undefined> {
  const query = { ...range, prefix, sinceMs, after: null };
  const owns = each(readRange(calls, { ...query, bucket }));
  let own = await owns.next();
  for await (const copy of each(readRange(calls, { ...query, ...replica }))) {
    while (!own.done && compareKeys(own.value.key, copy.key) < 0) own = await owns.next();
    yield { own: own.done || own.value.key !== copy.key ? undefined : own.value, copy };
  }
}

async function* each(pages: AsyncGenerator<KeyState[], undefined>): AsyncGenerator<KeyState, undefined> {
  for await (const page of pages) yield* page;
}

function lostLine({ matches, sinceMs }: ReplicaQuery, own: KeyState | undefined, copy: KeyState): Damage | undefined {
  if (!matches(copy.key) || copy.isAmbiguous) return undefined;
  const version = copy.before;
  if (!version || version.isMarker) return undefined;
  // Data is left, or it was deleted before that time.
  if (own?.data || (own && own.latest.atMs < sinceMs)) return undefined;
  const { sc, ...members } = versionMembers(version);
  // The replica's own storage class is none of the bucket's; that an archived one cannot be copied is told when it is tried.
  const archived = sc === "GLACIER" || sc === "DEEP_ARCHIVE" ? { sc } : {};
  const markers = own ? { m: own.markers.map(({ id }) => id) } : {};
  return {
    k: copy.key,
    c: "gone",
    r: rankOf(copy.key),
    ...members,
    ...archived,
    ...markers,
    t: own?.latest.atMs ?? version.atMs,
    l: own?.latest.id ?? "",
  };
}
