import type { Clock } from "../base/clock.ts";

export interface PollerOptions {
  clock: Clock;
  /** Machine ms from the end of one poll to the start of the next. */
  periodMs: number;
  signal: AbortSignal;
  /** One poll. What it throws goes to `onFailure`; it must stop when the signal aborts. */
  poll(signal: AbortSignal): Promise<void>;
  onFailure(error: unknown): void;
}

/** After failures the wait doubles up to this many machine ms, so that a source that is down costs little and comes back soon. */
const BACK_OFF_MAX_MS = 15_000;

/**
 * Repeats one poll, never overlapping itself. After a failure it waits between half and all of a doubled wait, so that pollers
 * that failed together do not come back together; the first success ends that.
 */
export class Poller {
  /** Settles when the first poll has ended, well or not. */
  readonly first: Promise<void>;
  readonly #options: PollerOptions;
  #failures = 0;
  #wake: AbortController | undefined;
  #askedAgain = false;
  #firstDone: () => void = () => undefined;

  constructor(options: PollerOptions) {
    this.#options = options;
    this.first = new Promise((resolve) => {
      this.#firstDone = resolve;
    });
    void this.#run();
  }

  /** Polls at once; while a poll is under way, once more right after it. */
  refresh(): void {
    this.#failures = 0;
    if (this.#wake) this.#wake.abort();
    else this.#askedAgain = true;
  }

  async #run(): Promise<void> {
    const { signal, poll, onFailure } = this.#options;
    while (!signal.aborted) {
      this.#askedAgain = false;
      try {
        await poll(signal);
        this.#failures = 0;
      } catch (error) {
        // A poll that was stopped did not fail.
        if (!signal.aborted) {
          this.#failures += 1;
          onFailure(error);
        }
      }
      this.#firstDone();
      if (!signal.aborted && !this.#askedAgain) await this.#pause();
    }
    this.#firstDone();
  }

  /** Waits for the next turn, a refresh or the end, whichever is first. */
  async #pause(): Promise<void> {
    const wake = new AbortController();
    this.#wake = wake;
    const ended = AbortSignal.any([wake.signal, this.#options.signal]);
    // The only rejection of a sleep is its signal's: then it is time to look again.
    await this.#options.clock.sleep(this.#waitMs(), ended).catch(() => undefined);
    this.#wake = undefined;
  }

  #waitMs(): number {
    const { periodMs } = this.#options;
    if (this.#failures === 0) return periodMs;
    const longest = Math.max(periodMs, Math.min(BACK_OFF_MAX_MS, periodMs * 2 ** this.#failures));
    return longest * (0.5 + Math.random() / 2);
  }
}
