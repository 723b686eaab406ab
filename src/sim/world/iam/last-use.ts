import type { Use, UseRecord } from "./model.ts";

/** IAM reports uses late. AWS names no delay; here a use is told from the end of the quarter of an hour in which it fell. */
const REPORT_PERIOD_MS = 15 * 60_000;

const period = (atMs: number) => Math.floor(atMs / REPORT_PERIOD_MS);

/** A call was made with the access key or the role. */
export function recordUse(record: UseRecord, use: Use): void {
  if (record.used && period(record.used.atMs) !== period(use.atMs)) record.reported = record.used;
  record.used = use;
}

/** The last use as GetAccessKeyLastUsed and GetRole tell it at `nowMs`; undefined when they know of none. */
export function reportedUse({ used, reported }: UseRecord, nowMs: number): Use | undefined {
  return used && period(used.atMs) < period(nowMs) ? used : reported;
}
