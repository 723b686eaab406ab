import { type Clock, scaledClock } from "../../base/clock.ts";

/** Where virtual time stands: it runs at a speed, or stands still until it is moved by hand. */
export class VirtualClock {
  readonly startedWallMs: number;
  readonly epochMs: number;
  readonly speed: number;
  readonly #running: Clock | undefined;
  #offsetMs = 0;

  /**
   * @param epochMs virtual time at the start, ms since the Unix epoch.
   * @param speed virtual ms per machine ms; ignored in manual mode.
   * @param machine the machine's clock.
   */
  constructor(epochMs: number, speed: number, manual: boolean, machine: Clock) {
    this.epochMs = epochMs;
    this.speed = speed;
    this.startedWallMs = machine.wall();
    if (!manual) {
      this.#running = scaledClock({ domainEpochMs: epochMs, wallEpochMs: this.startedWallMs, speed });
    }
  }

  get manual(): boolean {
    return this.#running === undefined;
  }

  /** Virtual time in ms since the Unix epoch. */
  now(): number {
    return Math.floor(this.#running?.now() ?? this.epochMs) + this.#offsetMs;
  }

  /** Moves virtual time forward to `atMs`, in either mode; an earlier time changes nothing. */
  advanceTo(atMs: number): void {
    this.#offsetMs += Math.max(0, atMs - this.now());
  }
}
