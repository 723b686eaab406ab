import type { Clock } from "../../base/clock.ts";

/** Lets a long job stand still between two calls, without losing anything. */
export class PauseGate {
  readonly #clock: Pick<Clock, "monotonic"> | undefined;
  #paused = false;
  #sinceMs = 0;
  #stoodStillMs = 0;
  #waiting: (() => void)[] = [];

  /** @param clock counts for how long it was closed; without one that is 0. */
  constructor(clock?: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** For how long it has been closed in all, machine ms: no measure of how fast the work is. */
  get stoodStillMs(): number {
    return this.#stoodStillMs + (this.#paused ? this.#now() - this.#sinceMs : 0);
  }

  pause(): void {
    if (!this.#paused) this.#sinceMs = this.#now();
    this.#paused = true;
  }

  resume(): void {
    this.#stoodStillMs = this.stoodStillMs;
    this.#paused = false;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #now(): number {
    return this.#clock?.monotonic() ?? 0;
  }

  /** Resolves at once while nothing is paused, else when it goes on; rejects with the signal's reason when it aborts first. */
  async passed(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (this.#paused) {
      await new Promise<void>((resolve, reject) => {
        const abort = () => reject(signal.reason);
        signal.addEventListener("abort", abort, { once: true });
        this.#waiting.push(() => {
          signal.removeEventListener("abort", abort);
          resolve();
        });
      });
    }
  }
}
