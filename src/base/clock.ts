/**
 * The one clock of the program. Domain time and machine time are two clocks (docs/contracts.md, Time):
 * windows, `at`, escalation and the incident clock read `now()`; poll periods, repaints, time-outs and rate
 * buckets read `monotonic()` and wait with `sleep()`.
 */
export interface Clock {
  /** Domain time in ms since the Unix epoch (UTC). In the demo: the simulator's epoch and speed. */
  now(): number;
  /** Wall time of the machine in ms since the Unix epoch (UTC). Differs from `now()` only in the demo and in tests. */
  wall(): number;
  /** Monotonic machine time in ms; only differences mean anything. Never steps back, whatever happens to the wall clock. */
  monotonic(): number;
  /** Domain milliseconds per machine millisecond: 1 in real life, the simulator's speed in the demo. */
  readonly speed: number;
  /** Waits `durationMs` of machine time. Rejects with the signal's reason when it aborts first. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock: domain time is wall time. */
export function systemClock(): Clock {
  return scaledClock({ domainEpochMs: 0, wallEpochMs: 0, speed: 1 });
}

/**
 * A clock whose domain time started at `domainEpochMs` when the machine's wall clock read `wallEpochMs` (both ms since
 * the Unix epoch) and has run `speed` times as fast since.
 */
export function scaledClock(origin: { domainEpochMs: number; wallEpochMs: number; speed: number }): Clock {
  return {
    speed: origin.speed,
    now: () => origin.domainEpochMs + (Date.now() - origin.wallEpochMs) * origin.speed,
    wall: () => Date.now(),
    monotonic: () => performance.now(),
    sleep: (durationMs, signal) =>
      new Promise<void>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = () => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        const timer = setTimeout(() => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        }, durationMs);
        signal?.addEventListener("abort", onAbort, { once: true });
      }),
  };
}

interface Sleeper {
  dueMs: number;
  wake: () => void;
}

/** A clock that moves only when told to. `advance()` wakes the sleepers that became due, in order. */
export class ManualClock implements Clock {
  readonly speed = 1;
  #wallMs: number;
  #monotonicMs = 0;
  #sleepers: Sleeper[] = [];

  /** @param startMs wall and domain time at the start, ms since the Unix epoch. */
  constructor(startMs: number) {
    this.#wallMs = startMs;
  }

  now(): number {
    return this.#wallMs;
  }

  wall(): number {
    return this.#wallMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  /** Moves wall, domain and monotonic time on by `durationMs`. */
  advance(durationMs: number): void {
    this.#wallMs += durationMs;
    this.#monotonicMs += durationMs;
    const due = this.#sleepers.filter((sleeper) => sleeper.dueMs <= this.#monotonicMs);
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.dueMs > this.#monotonicMs);
    for (const sleeper of due.sort((a, b) => a.dueMs - b.dueMs)) sleeper.wake();
  }

  /** Moves wall and domain time by `durationMs` without the monotonic clock: an NTP step, or a suspended host. */
  jump(durationMs: number): void {
    this.#wallMs += durationMs;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper: Sleeper = { dueMs: this.#monotonicMs + durationMs, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener(
        "abort",
        () => {
          this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
          reject(signal.reason);
        },
        { once: true },
      );
    });
  }
}
