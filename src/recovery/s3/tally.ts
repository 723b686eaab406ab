import { DAMAGE_KINDS, type Damage, type DamageKind } from "./damage.ts";
import type { Expiry } from "./expiry.ts";

const MINUTE_MS = 60_000;
/** Deletions are counted by the minute this far back: the time that the responder has to give is found there. */
const BURST_MINUTES = 14 * 24 * 60;

/** What a survey found, as it is added up. Times in ms since the Unix epoch. */
export interface Tally {
  versions: number;
  keys: number;
  /** Of what would come back: `s` of each line. */
  kinds: Record<DamageKind, { count: number; bytes: number; firstMs: number | null; lastMs: number | null }>;
  /** By rank: lines that were written. */
  written: Record<number, number>;
  /** The first version of those that could come back that S3 deletes for good, and how many go within a day of it. */
  expiry: { firstMs: number; count: number } | null;
  /** Keys whose current version is a delete marker, by the minute in which it was made, from within or before the window. */
  minutes: Record<number, number>;
}

export function newTally(): Tally {
  const kinds = Object.fromEntries(
    DAMAGE_KINDS.map((kind) => [kind, { count: 0, bytes: 0, firstMs: null, lastMs: null }]),
  ) as unknown as Tally["kinds"];
  return { versions: 0, keys: 0, kinds, written: {}, expiry: null, minutes: {} };
}

export function addDamage(tally: Tally, damage: Damage, expiry: Expiry): void {
  const kind = tally.kinds[damage.c];
  kind.count += 1;
  kind.bytes += damage.s ?? 0;
  kind.firstMs = Math.min(kind.firstMs ?? damage.t, damage.t);
  kind.lastMs = Math.max(kind.lastMs ?? damage.t, damage.t);
  if (damage.n === undefined) return;
  addExpiry(tally, expiry(damage.k, damage.s ?? 0, damage.n), 1);
}

function addExpiry(tally: Tally, atMs: number | undefined, count: number): void {
  if (atMs === undefined) return;
  const { expiry } = tally;
  if (!expiry || atMs < expiry.firstMs) tally.expiry = { firstMs: atMs, count };
  else if (atMs === expiry.firstMs) expiry.count += count;
}

/** Counts a key that is deleted now. @param nowMs how far back minutes are counted goes by it. */
export function addDeletion(tally: Tally, atMs: number, nowMs: number): void {
  const minute = Math.floor(atMs / MINUTE_MS);
  if (minute < nowMs / MINUTE_MS - BURST_MINUTES) return;
  tally.minutes[minute] = (tally.minutes[minute] ?? 0) + 1;
}

/** The sum of several tallies. */
export function sumOf(tallies: readonly Tally[]): Tally {
  const sum = newTally();
  for (const tally of tallies) {
    sum.versions += tally.versions;
    sum.keys += tally.keys;
    for (const kind of DAMAGE_KINDS) {
      const [into, from] = [sum.kinds[kind], tally.kinds[kind]];
      into.count += from.count;
      into.bytes += from.bytes;
      if (from.firstMs !== null) into.firstMs = Math.min(into.firstMs ?? from.firstMs, from.firstMs);
      if (from.lastMs !== null) into.lastMs = Math.max(into.lastMs ?? from.lastMs, from.lastMs);
    }
    for (const [rank, count] of Object.entries(tally.written))
      sum.written[Number(rank)] = (sum.written[Number(rank)] ?? 0) + count;
    if (tally.expiry) addExpiry(sum, tally.expiry.firstMs, tally.expiry.count);
    for (const [minute, count] of Object.entries(tally.minutes))
      sum.minutes[Number(minute)] = (sum.minutes[Number(minute)] ?? 0) + count;
  }
  return sum;
}

export interface Burst {
  fromMs: number;
  /** Exclusive. */
  toMs: number;
  count: number;
}

/** Stretches of minutes in which keys were deleted, the largest first. A pause of two minutes ends a stretch. */
export function burstsOf({ minutes }: Pick<Tally, "minutes">): Burst[] {
  const bursts: (Burst & { last: number })[] = [];
  for (const minute of Object.keys(minutes)
    .map(Number)
    .sort((a, b) => a - b)) {
    const count = minutes[minute] ?? 0;
    const open = bursts.at(-1);
    if (open && minute - open.last <= 2) {
      open.last = minute;
      open.toMs = (minute + 1) * MINUTE_MS;
      open.count += count;
    } else {
      bursts.push({ fromMs: minute * MINUTE_MS, toMs: (minute + 1) * MINUTE_MS, count, last: minute });
    }
  }
  return bursts.map(({ last: _last, ...burst }) => burst).sort((a, b) => b.count - a.count || a.fromMs - b.fromMs);
}
