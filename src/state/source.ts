import type { FailureDetail } from "../base/failure.ts";

/**
 * What is known about one source of data. Unknown is never green: only `ok` that is also recent counts as healthy, and
 * whoever draws it asks `freshness` first. `value` in `denied` and `failed` is the last good one, shown with its age.
 */
export type Source<T> =
  | { status: "loading" }
  /** Not part of this deployment (a Glue lakehouse has no ECS); `reason` is said on the screen. */
  | { status: "absent"; reason: string }
  /** `partial`: what of it could not be read this time (one log group, the scaling); the rest of the value is good. */
  | { status: "ok"; value: T; receivedAt: Moment; partial?: FailureDetail[] }
  | { status: "denied"; failure: FailureDetail; value?: T; receivedAt?: Moment }
  | { status: "failed"; failure: FailureDetail; value?: T; receivedAt?: Moment };

/** One instant on both clocks. */
export interface Moment {
  /** Domain time, ms since the Unix epoch. */
  atMs: number;
  /** Monotonic machine time in ms: ages are computed from it. */
  monotonicMs: number;
}

export type Freshness = "loading" | "fresh" | "stale" | "absent" | "denied" | "failed";

/** Data older than this many machine ms is stale: two poll periods of the slowest poller (metrics, every 15 s), ten of the services. */
export const STALE_AFTER_MS = 30_000;

/** How much the source can be trusted at `nowMonotonicMs`. */
export function freshness(source: Source<unknown>, nowMonotonicMs: number, staleAfterMs = STALE_AFTER_MS): Freshness {
  if (source.status !== "ok") return source.status;
  return nowMonotonicMs - source.receivedAt.monotonicMs > staleAfterMs ? "stale" : "fresh";
}

/** The last good value, however old; undefined when there has been none. */
export function lastValue<T>(source: Source<T>): T | undefined {
  return source.status === "loading" || source.status === "absent" ? undefined : source.value;
}

/** Machine ms since the last good value, undefined when there has been none. */
export function ageMs(source: Source<unknown>, nowMonotonicMs: number): number | undefined {
  if (source.status === "loading" || source.status === "absent" || !source.receivedAt) return undefined;
  return Math.max(0, nowMonotonicMs - source.receivedAt.monotonicMs);
}
