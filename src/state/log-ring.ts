import type { LogLine } from "./views.ts";

export type IncomingLine = Omit<LogLine, "sequence">;

/**
 * The log lines that the cockpit can show: bounded, ordered by time, outside React and outside the store. The store only
 * holds `version`, so that a burst costs one repaint and not one per line.
 */
export class LogRing {
  readonly capacity: number;
  /** Grows with every change; a reader that saw this version need not read again. */
  version = 0;
  /** Lines that fell off the old end. */
  dropped = 0;
  /** From `#start` on the lines that are kept; before it nothing is held any more. */
  #lines: (LogLine | undefined)[] = [];
  #start = 0;
  #nextSequence = 1;
  #listeners = new Set<(lines: readonly LogLine[]) => void>();

  /** @param capacity lines kept; about 250 bytes each. */
  constructor(capacity = 20_000) {
    this.capacity = capacity;
  }

  get length(): number {
    return this.#lines.length - this.#start;
  }

  /** The sequence number of the line that arrived last, 0 before the first: a reader counts by it how many are new to it. */
  get lastSequence(): number {
    return this.#nextSequence - 1;
  }

  /** The line at `index`, 0 is the oldest kept. */
  at(index: number): LogLine | undefined {
    return index < 0 ? undefined : this.#lines[this.#start + index];
  }

  /** Lines from `from` (inclusive) to `to` (exclusive), clipped to what is kept. */
  slice(from: number, to: number): LogLine[] {
    const first = this.#start + Math.max(0, from);
    const end = this.#start + Math.max(0, Math.min(to, this.length));
    // From `#start` on there is a line in every place.
    return this.#lines.slice(first, end) as LogLine[];
  }

  /** The index of the line with this sequence number, or -1 when it has been dropped. */
  indexOf(sequence: number): number {
    for (let index = this.length - 1; index >= 0; index--) if (this.at(index)?.sequence === sequence) return index;
    return -1;
  }

  /** Calls `listener` with every batch of lines that is added, sorted by time. Returns how to stop. */
  onAppend(listener: (lines: readonly LogLine[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Adds lines; each goes to its place by time (after lines of the same instant), so late ones are inserted in order. */
  append(incoming: readonly IncomingLine[]): void {
    if (incoming.length === 0) return;
    const batch = incoming.map((line) => ({ ...line, sequence: this.#nextSequence++ })).sort((a, b) => a.atMs - b.atMs);
    const oldestNew = batch[0]?.atMs ?? 0;
    let insertAt = this.#lines.length;
    while (insertAt > this.#start && (this.#lines[insertAt - 1]?.atMs ?? 0) > oldestNew) insertAt--;
    if (insertAt === this.#lines.length) {
      for (const line of batch) this.#lines.push(line);
    } else {
      const tail = this.#lines.splice(insertAt);
      let next = 0;
      for (const line of batch) {
        while (next < tail.length && (tail[next]?.atMs ?? 0) <= line.atMs) this.#lines.push(tail[next++]!);
        this.#lines.push(line);
      }
      while (next < tail.length) this.#lines.push(tail[next++]!);
    }
    const excess = this.length - this.capacity;
    if (excess > 0) {
      this.#lines.fill(undefined, this.#start, this.#start + excess);
      this.#start += excess;
      this.dropped += excess;
      if (this.#start >= this.capacity) {
        this.#lines = this.#lines.slice(this.#start);
        this.#start = 0;
      }
    }
    this.version++;
    for (const listener of this.#listeners) listener(batch);
  }
}
