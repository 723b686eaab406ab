import type { AwsCaller } from "../../aws/contract.ts";
import { RateBucket } from "../../aws/rate.ts";
import type { Clock } from "../../base/clock.ts";

/** The part of the quota that an export would use alone: the rest lets what the panes ask go at once. In the shared bucket they go before it. */
const OWN_SHARE = 0.95;
/** Without throttling for this long (machine ms) an adaptive pace goes up by GROWTH. */
const GROW_AFTER_MS = 1000;
const GROWTH = 1.25;
/** After throttling the last good rate holds for this long (machine ms) before a higher one is tried again. */
const HOLD_MS = 60_000;

/** Machine ms for which a slower pace is given a chance before throttling makes it slower still. */
const SETTLE_MS = 1000;
/** One is about to be taken by those who are at it. */
const SPARE_CALLS = 2;

export interface PaceOptions {
  service: string;
  operation: string;
  /** Calls per second at the start. */
  callsPerSecond: number;
  /** Calls per second that it may grow to; the same as the start for a fixed pace. */
  atMost: number;
}

/** How fast an export calls one API: at a fixed rate, or as fast as the service lets it up to a limit. */
export class Pace {
  readonly #aws: AwsCaller;
  readonly #clock: Clock;
  readonly #options: PaceOptions;
  readonly #bucket: RateBucket;
  #rate: number;
  #lastGood: number;
  #changedAtMs: number;
  #heldUntilMs = 0;
  #slowedAtMs = Number.NEGATIVE_INFINITY;
  /** Others use so much of the quota that our calls wait for their turn. */
  #isHeldUp = false;

  constructor(aws: AwsCaller, clock: Clock, options: PaceOptions) {
    this.#aws = aws;
    this.#clock = clock;
    this.#options = options;
    this.#rate = options.callsPerSecond;
    this.#lastGood = options.callsPerSecond;
    this.#changedAtMs = clock.monotonic();
    this.#bucket = new RateBucket(this.#rate * OWN_SHARE, clock, 1);
    aws.setRate(options.service, options.operation, this.#rate);
  }

  /** Calls per second, at present. */
  get rate(): number {
    return this.#rate;
  }

  /** Whether a call more could be made now: whoever is at it does not use all that is allowed. */
  get hasSpare(): boolean {
    return !this.#isHeldUp && this.#bucket.available >= SPARE_CALLS;
  }

  /** Whether calls that it allows are lost, because they were not made for a second. */
  get isUnused(): boolean {
    return !this.#isHeldUp && this.#bucket.isFull;
  }

  take(signal: AbortSignal): Promise<void> {
    return this.#bucket.take("evidence", signal);
  }

  /**
   * Told after every answer: `throttled` when the service had turned an attempt down; `waitedMs`: machine ms that the call waited in the
   * shared bucket.
   */
  answered(throttled: boolean, waitedMs = 0): void {
    this.#isHeldUp = waitedMs > 1000 / this.#rate;
    const nowMs = this.#clock.monotonic();
    if (throttled) {
      // Calls that were under way together are turned down together: they count once.
      if (nowMs < this.#slowedAtMs + SETTLE_MS) return;
      this.#slowedAtMs = nowMs;
      const slower = this.#rate > this.#lastGood ? this.#lastGood : Math.max(0.5, this.#rate * 0.8);
      this.#heldUntilMs = nowMs + HOLD_MS;
      this.#lastGood = slower;
      this.#change(slower, nowMs);
      return;
    }
    if (nowMs - this.#changedAtMs < GROW_AFTER_MS || nowMs < this.#heldUntilMs || this.#rate >= this.#options.atMost)
      return;
    this.#lastGood = this.#rate;
    this.#change(Math.min(this.#options.atMost, this.#rate * GROWTH), nowMs);
  }

  #change(rate: number, nowMs: number): void {
    this.#rate = rate;
    this.#changedAtMs = nowMs;
    this.#bucket.setRate(rate * OWN_SHARE);
    this.#aws.setRate(this.#options.service, this.#options.operation, rate);
  }
}
