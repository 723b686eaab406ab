import type { RecordEntry } from "./entries.ts";

/** A status update is due every 30 minutes until the incident is resolved (operations runbook, Communication), domain ms. */
export const UPDATE_EVERY_MS = 30 * 60_000;

/** An update that comes this much after it was due still counts as on time, domain ms. */
export const UPDATE_GRACE_MS = 5 * 60_000;

/** When an update reached people: one that was sent, or copied to be sent by hand. Domain ms, in order. O(entries). */
export function updateTimes(entries: readonly RecordEntry[]): number[] {
  return entries
    .flatMap((entry) => {
      if (entry.kind !== "communication.message" || entry.payload.about !== "status-update") return [];
      const { status } = entry.payload;
      return status === "sent" || status === "copied" ? [Date.parse(entry.at)] : [];
    })
    .sort((a, b) => a - b);
}

/** When the next update is due, domain ms: half an hour after the last one, or after `startMs` when there was none. */
export function nextUpdateDueMs(times: readonly number[], startMs: number): number {
  return (times.at(-1) ?? startMs) + UPDATE_EVERY_MS;
}

/** How well the rhythm was kept. `due` = on time + late + missed. */
export interface UpdateRhythm {
  due: number;
  onTime: number;
  late: number;
  missed: number;
}

/**
 * The updates against their rhythm between `startMs` and `endMs` (domain ms). Each update sets the next one half an hour after itself;
 * where none comes, one is missed every half hour.
 */
export function updateRhythm(times: readonly number[], startMs: number, endMs: number): UpdateRhythm {
  const rhythm: UpdateRhythm = { due: 0, onTime: 0, late: 0, missed: 0 };
  let dueMs = startMs + UPDATE_EVERY_MS;
  const skipMissed = (atMs: number) => {
    while (dueMs + UPDATE_EVERY_MS <= atMs) {
      rhythm.missed++;
      dueMs += UPDATE_EVERY_MS;
    }
  };
  for (const atMs of times.filter((time) => time >= startMs && time <= endMs)) {
    skipMissed(atMs);
    if (atMs <= dueMs + UPDATE_GRACE_MS) rhythm.onTime++;
    else rhythm.late++;
    dueMs = atMs + UPDATE_EVERY_MS;
  }
  skipMissed(endMs);
  if (dueMs + UPDATE_GRACE_MS < endMs) rhythm.missed++;
  return { ...rhythm, due: rhythm.onTime + rhythm.late + rhythm.missed };
}
