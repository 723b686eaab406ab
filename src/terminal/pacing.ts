import type { Clock } from "../base/clock.ts";

/** Frames that may be on their way at once: one is being drawn while the next one travels. */
const MOST_IN_FLIGHT = 2;

/** Time-outs in a row without any answer, after which the terminal is not asked any more. */
const MOST_SILENCES = 3;

/** How long a terminal that has never answered holds back the next frame, machine ms: it may be one that never will. */
const FIRST_ANSWER_MS = 500;

/** The same once it has answered, machine ms: it can, so a longer silence is a slow link or a stalled reader. */
const ANSWER_MS = 5000;

/** Answers by which the link is judged. */
const ROUND_TRIPS_KEPT = 5;

/** How long `settled` waits at most, machine ms. */
const SETTLE_MS = 1000;

/** Lets the terminal set the pace: it is asked after each frame, and what it has not answered yet counts as in flight. */
export class Pacing {
  readonly #clock: Clock;
  readonly #ready: () => void;
  #sentMs: number[] = [];
  #roundTripsMs: number[] = [];
  #answered = false;
  #paused = false;
  #listening = false;
  #silences = 0;
  #timeout: AbortController | undefined;
  #waiting: (() => void)[] = [];

  /** @param ready called when a frame may be sent again. */
  constructor(clock: Clock, ready: () => void) {
    this.#clock = clock;
    this.#ready = ready;
  }

  /**
   * Machine ms from a frame to its answer: the quickest of the last few, because an answer also waits while this program is busy.
   * Undefined before the first.
   */
  get roundTripMs(): number | undefined {
    return this.#roundTripsMs.length === 0 ? undefined : Math.min(...this.#roundTripsMs);
  }

  /** True when the next frame may be sent. */
  get open(): boolean {
    return this.#sentMs.length < MOST_IN_FLIGHT;
  }

  /** True while an answer may arrive. */
  get expecting(): boolean {
    return this.#sentMs.length > 0;
  }

  /** True while the terminal is worth asking. */
  get asking(): boolean {
    return this.#listening && !this.#paused && this.#silences < MOST_SILENCES;
  }

  /** Whether answers are read now. Before raw mode the terminal driver would echo them onto the screen. */
  listen(listening: boolean): void {
    this.#listening = listening;
  }

  /** No more questions until `resume`: the terminal is about to be somebody else's. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  /** A frame with a question was sent. */
  asked(): void {
    this.#sentMs.push(this.#clock.monotonic());
    if (this.#sentMs.length === 1) this.#arm();
  }

  /** The terminal answered; an answer that is late makes it worth asking again. */
  answer(): void {
    const sentMs = this.#sentMs.shift();
    if (sentMs !== undefined) {
      this.#roundTripsMs.push(this.#clock.monotonic() - sentMs);
      if (this.#roundTripsMs.length > ROUND_TRIPS_KEPT) this.#roundTripsMs.shift();
    }
    this.#answered = true;
    this.#silences = 0;
    this.#arm();
    this.#ready();
    this.#settle();
  }

  /** Resolves when nothing is in flight any more, after a second at most. */
  async settled(): Promise<void> {
    if (!this.expecting) return;
    const limit = new AbortController();
    const empty = new Promise<void>((resolve) => this.#waiting.push(resolve));
    await Promise.race([empty, this.#after(SETTLE_MS, limit.signal)]);
    limit.abort();
    this.#forget();
  }

  #arm(): void {
    this.#timeout?.abort();
    this.#timeout = undefined;
    if (!this.expecting) return;
    const timeout = new AbortController();
    this.#timeout = timeout;
    void this.#after(this.#answered ? ANSWER_MS : FIRST_ANSWER_MS, timeout.signal).then((elapsed) => {
      if (!elapsed || timeout.signal.aborted) return;
      this.#silences += 1;
      this.#forget();
      this.#ready();
    });
  }

  #forget(): void {
    this.#sentMs = [];
    this.#arm();
    this.#settle();
  }

  #settle(): void {
    if (!this.expecting) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves with true after `durationMs` of machine time, with false when it was called off. */
  #after(durationMs: number, signal: AbortSignal): Promise<boolean> {
    return this.#clock.sleep(durationMs, signal).then(
      () => true,
      () => false,
    );
  }
}
