import type { Clock } from "../../base/clock.ts";

/** Calls at the same time: at the start, and at most. The client layer has 30 connections; the panes need some of them. */
const START = 8;
const MOST = 20;
/** Answers that come from before a reduction say nothing of it, machine ms. */
const SETTLE_MS = 500;

/**
 * How many calls are under way at once: one more after as many answers as there are at once, half as many when S3 says SlowDown. S3
 * allows about 3 500 writes and 5 500 reads a second for a prefix, and splits prefixes by itself only under load that lasts
 * (S3 user guide, best practices for performance): how much it takes now is found by trying.
 */
export class AdaptiveConcurrency {
  readonly #clock: Clock;
  #limit = START;
  #active = 0;
  #answers = 0;
  #reducedAtMs = Number.NEGATIVE_INFINITY;
  readonly #waiting: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls that may be under way at present. */
  get limit(): number {
    return this.#limit;
  }

  /** Runs `work` when it is its turn. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    while (this.#active >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#active += 1;
    try {
      return await work();
    } finally {
      this.#active -= 1;
      this.#wake();
    }
  }

  /** An answer came; `throttled`: S3 had turned an attempt down. */
  answered(throttled: boolean): void {
    if (throttled) {
      this.#reduce();
      return;
    }
    this.#answers += 1;
    if (this.#answers < this.#limit || this.#limit >= MOST) return;
    this.#answers = 0;
    this.#limit += 1;
    this.#wake();
  }

  #reduce(): void {
    this.#answers = 0;
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#reducedAtMs < SETTLE_MS) return;
    this.#reducedAtMs = nowMs;
    this.#limit = Math.max(1, Math.floor(this.#limit / 2));
  }

  #wake(): void {
    for (let free = this.#limit - this.#active; free > 0; free--) this.#waiting.shift()?.();
  }
}
