import type { Clock } from "../base/clock.ts";
import type { Purpose } from "./contract.ts";

const PRIORITY: Record<Purpose, number> = { action: 0, poll: 1, evidence: 2 };
/** Evidence that waits gets one call of so many at the least, however much is polled: an export goes on, if slowly. */
const EVIDENCE_TURN = 5;

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
 * is served by purpose: actions first, so that nothing starves containment; then polls, which are few and keep the panes live; an export
 * takes what is left, and a fifth at the least of what actions leave. Equals in the order of arrival.
 */
export class RateBucket {
  #ratePerSecond: number;
  readonly #clock: Clock;
  #tokens: number;
  #filledAtMs: number;
  #waiters: Waiter[] = [];
  #nextOrder = 0;
  #draining = false;
  /** Polls that were served since evidence was last, while some of it waited. */
  #beforeEvidence = 0;

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
        this.#tokens--;
        this.#next()?.grant();
      }
    } finally {
      this.#draining = false;
    }
  }

  /** Who goes now; it waits no longer. */
  #next(): Waiter | undefined {
    this.#waiters.sort((a, b) => a.priority - b.priority || a.order - b.order);
    const evidenceAt = this.#waiters.findIndex(({ priority }) => priority === PRIORITY.evidence);
    const isPoll = this.#waiters[0]?.priority === PRIORITY.poll;
    const isItsTurn = isPoll && evidenceAt > 0 && this.#beforeEvidence >= EVIDENCE_TURN - 1;
    const [next] = this.#waiters.splice(isItsTurn ? evidenceAt : 0, 1);
    if (evidenceAt < 0 || next?.priority === PRIORITY.evidence) this.#beforeEvidence = 0;
    else if (isPoll) this.#beforeEvidence++;
    return next;
  }

  #refill(): void {
    const nowMs = this.#clock.monotonic();
    this.#tokens = Math.min(this.#most, this.#tokens + ((nowMs - this.#filledAtMs) / 1000) * this.#ratePerSecond);
    this.#filledAtMs = nowMs;
  }
}
