import type { Clock } from "../base/clock.ts";

/** How long what S3 answered counts as just read, machine ms. */
const FRESH_MS = 5 * 60_000;
/** Entries that are remembered: a listing of millions of versions must not fill the memory. */
const CAPACITY = 20_000;

/** What S3 has said lately, by name. The oldest entries go first; what has gone was not read. */
export class Recent<Value> {
  readonly #clock: Clock;
  readonly #entries = new Map<string, { value: Value; atMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#entries.size;
  }

  set(name: string, value: Value): void {
    // Moved to the end: the order of the map is that of the reading.
    this.#entries.delete(name);
    this.#entries.set(name, { value, atMs: this.#clock.monotonic() });
    if (this.#entries.size <= CAPACITY) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      break;
    }
  }

  get(name: string): Value | undefined {
    const found = this.#entries.get(name);
    if (!found) return undefined;
    if (this.#clock.monotonic() - found.atMs <= FRESH_MS) return found.value;
    this.#entries.delete(name);
    return undefined;
  }

  delete(name: string): void {
    this.#entries.delete(name);
  }
}
