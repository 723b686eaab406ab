import type { AccessKey, KeyUse } from "./model.ts";

/** IAM reports uses late. AWS names no delay; here a use is told from the end of the quarter of an hour in which it fell. */
const REPORT_PERIOD_MS = 15 * 60_000;

const period = (atMs: number) => Math.floor(atMs / REPORT_PERIOD_MS);

/** A call was made with the key. */
export function recordUse(key: AccessKey, use: KeyUse): void {
  if (key.used && period(key.used.atMs) !== period(use.atMs)) key.reported = key.used;
  key.used = use;
}

/** The last use as GetAccessKeyLastUsed tells it at `nowMs`; undefined when it knows of none. */
export function reportedUse(key: AccessKey, nowMs: number): KeyUse | undefined {
  return key.used && period(key.used.atMs) < period(nowMs) ? key.used : key.reported;
}
