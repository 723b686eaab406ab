import type { Clock } from "../base/clock.ts";
import type { Purpose } from "./contract.ts";

const PRIORITY: Record<Purpose, number> = { action: 0, evidence: 1, poll: 2 };

interface Waiter {
  priority: number;
  order: number;
  grant: () => void;
}

/** The buckets of a client layer, each made when it is first asked for. */
export class RateBuckets {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, RateBucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param ratePerSecond of a bucket that is not there yet. */
  of(region: string, service: string, operation: string, ratePerSecond: number): RateBucket {
    const key = `${region} ${service}:${operation}`;
    const bucket = this.#buckets.get(key) ?? new RateBucket(ratePerSecond, this.#clock);
    this.#buckets.set(key, bucket);
    return bucket;
  }
}

/**
 * A token bucket that everybody who calls an API shares: holds up to one second's worth of calls, refilled in machine time. Who waits
 * is served by purpose, actions first, so that polling never starves containment; equals in the order of arrival.
 */
export class RateBucket {
  #ratePerSecond: number;
  readonly #clock: Clock;
  #tokens: number;
  #filledAtMs: number;
  #waiters: Waiter[] = [];
  #nextOrder = 0;
  #draining = false;

  /** @param tokens calls that may go at once at the start. */
  constructor(ratePerSecond: number, clock: Clock, tokens = ratePerSecond) {
    this.#ratePerSecond = ratePerSecond;
    this.#clock = clock;
    this.#tokens = tokens;
    this.#filledAtMs = clock.monotonic();
  }

  /** From now on at this rate. */
  setRate(ratePerSecond: number): void {
    this.#refill();
    this.#ratePerSecond = ratePerSecond;
  }

  /** A second's worth; one call at least, or a rate below one a second would never let one go. */
  get #most(): number {
    return Math.max(1, this.#ratePerSecond);
  }

  /** Calls that may go at once. */
  get available(): number {
    this.#refill();
    return this.#tokens;
  }

  /** Whether it holds as many calls as it can, but for the one that may just have been taken: what comes on top of them is lost. */
  get isFull(): boolean {
    return this.available > this.#most - 1;
  }

  /** Resolves when the call may go; rejects with the signal's reason when it aborts first. */
  async take(purpose: Purpose, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#refill();
    if (this.#waiters.length === 0 && this.#tokens >= 1) {
      this.#tokens--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const abort = () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        priority: PRIORITY[purpose],
        order: this.#nextOrder++,
        grant: () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        },
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiters.push(waiter);
      void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    try {
      while (this.#waiters.length > 0) {
        this.#refill();
        if (this.#tokens < 1) {
          await this.#clock.sleep(((1 - this.#tokens) / this.#ratePerSecond) * 1000);
          continue;
        }
        this.#waiters.sort((a, b) => a.priority - b.priority || a.order - b.order);
        this.#tokens--;
        this.#waiters.shift()?.grant();
      }
    } finally {
      this.#draining = false;
    }
  }

  #refill(): void {
    const nowMs = this.#clock.monotonic();
    this.#tokens = Math.min(this.#most, this.#tokens + ((nowMs - this.#filledAtMs) / 1000) * this.#ratePerSecond);
    this.#filledAtMs = nowMs;
  }
}
