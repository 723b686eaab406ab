/** What a number was when: so that what is made on demand of the past, such as log lines, does not depend on the present. */
export class History {
  readonly #times: number[] = [];
  readonly #values: number[] = [];

  /** Notes the value from `atMs` on; times never go back. */
  note(atMs: number, value: number): void {
    if (this.#values.at(-1) === value) return;
    this.#times.push(atMs);
    this.#values.push(value);
  }

  /** The value at a time, 0 before the first one. */
  at(atMs: number): number {
    let from = 0;
    let to = this.#times.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#times[middle]! <= atMs) from = middle + 1;
      else to = middle;
    }
    return this.#values[from - 1] ?? 0;
  }

  /** The value at the start of the minute in which `atMs` lies: known to whoever reads that minute, however early. */
  atMinuteOf(atMs: number): number {
    return this.at(Math.floor(atMs / 60_000) * 60_000);
  }
}
