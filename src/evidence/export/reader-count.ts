import { performance } from "node:perf_hooks";
import type { Clock } from "../../base/clock.ts";

/** Chains of pages to begin with, and at most: the client layer's connections are 30, and the cockpit's own calls need some of them. */
export const FIRST_READERS = 4;
const MOST_READERS = 16;
/** Machine ms over which it is watched before there are more. */
const WATCH_MS = 1000;
/** Part of the time for which this thread was at work: from here on another reader would only wait for it. */
const BUSY = 0.85;

/**
 * How many chains of pages an export reads at the same time. What a rate needs depends on how long an answer takes (25 calls/s and
 * 500 ms: thirteen), so it doubles while calls that the quota allows are left unused, and nothing but waiting is the reason.
 */
export class ReaderCount {
  readonly #clock: Clock;
  readonly #isUnused: () => boolean;
  readonly #utilization: () => number;
  #wanted = FIRST_READERS;
  #sinceMs: number;

  /**
   * @param isUnused whether calls that the quota allowed were not made, because nobody was there to make them.
   * @param utilization part of the time since it was last asked for which this thread was at work, 0 to 1.
   */
  constructor(clock: Clock, isUnused: () => boolean, utilization = threadUtilization()) {
    this.#clock = clock;
    this.#isUnused = isUnused;
    this.#utilization = utilization;
    this.#sinceMs = clock.monotonic();
  }

  /** How many there should be now; asked after every page. */
  get wanted(): number {
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#sinceMs < WATCH_MS) return this.#wanted;
    const utilization = this.#utilization();
    if (this.#isUnused() && utilization < BUSY) this.#wanted = Math.min(MOST_READERS, 2 * this.#wanted);
    this.#sinceMs = nowMs;
    return this.#wanted;
  }
}

function threadUtilization(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
