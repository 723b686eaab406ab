import type { Clock } from "../base/clock.ts";
import type { RecordDraft } from "../record/entries.ts";
import type { CockpitStore } from "../state/store.ts";

/** A difference above this is worth an entry and a warning (docs/contracts.md, Time). */
const TOLERANCE_MS = 2000;
const PERIOD_MS = 5000;

/**
 * Watches the machine's clock: a step of the wall clock against the monotonic one (NTP, a suspended host), and an offset to the
 * `Date` header of AWS's answers. Each is recorded when it appears or changes, and shown as a warning.
 */
export class ClockWatch {
  readonly #clock: Clock;
  readonly #store: CockpitStore;
  readonly #record: (draft: RecordDraft) => void;
  #baseMs: number;
  #warnedOffsetMs = 0;

  constructor(clock: Clock, store: CockpitStore, record: (draft: RecordDraft) => void) {
    this.#clock = clock;
    this.#store = store;
    this.#record = record;
    this.#baseMs = clock.wall() - clock.monotonic();
  }

  /** Checks for jumps until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.check();
      await this.#clock.sleep(PERIOD_MS, signal).catch(() => undefined);
    }
  }

  /** One look at the wall clock against the monotonic one. */
  check(): void {
    const jumpMs = this.#clock.wall() - this.#clock.monotonic() - this.#baseMs;
    if (Math.abs(jumpMs) <= TOLERANCE_MS) return;
    this.#baseMs += jumpMs;
    const detail = `the machine's clock jumped by ${Math.round(jumpMs / 1000)} s (a suspended host, or a time correction)`;
    this.#record({ kind: "clock.jump", payload: { wallJumpMs: Math.round(jumpMs), detail } });
    this.#store.setState((state) => ({ clock: { ...state.clock, warning: detail } }));
  }

  /**
   * One answer's `Date` header. The header has whole seconds, and the answer was under way for up to `durationMs` of machine time:
   * both are allowed for, at the speed of the domain clock.
   */
  serverDate(serverDateMs: number, durationMs: number): void {
    const offsetMs = serverDateMs - this.#clock.now();
    const allowedMs =
      TOLERANCE_MS + 1000 + durationMs * this.#clock.speed + (this.#clock.speed > 1 ? 500 * this.#clock.speed : 0);
    if (Math.abs(offsetMs) <= allowedMs) {
      if (this.#warnedOffsetMs !== 0) {
        this.#warnedOffsetMs = 0;
        this.#store.setState({ clock: {} });
      }
      return;
    }
    // An offset that drifts is one finding, until it has doubled.
    const known = Math.abs(offsetMs - this.#warnedOffsetMs) <= Math.max(allowedMs, Math.abs(this.#warnedOffsetMs));
    if (this.#warnedOffsetMs !== 0 && known) return;
    this.#warnedOffsetMs = offsetMs;
    const detail = `this machine's clock is ${Math.round(Math.abs(offsetMs) / 1000)} s ${offsetMs > 0 ? "behind" : "ahead of"} AWS`;
    this.#record({ kind: "clock.offset", payload: { offsetMs: Math.round(offsetMs), detail } });
    this.#store.setState({ clock: { offsetMs, warning: detail } });
  }
}
