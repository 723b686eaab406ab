import type { LogRing } from "../state/log-ring.ts";
import type { LogLine } from "../state/views.ts";
import { type LogSource, matches } from "./log-source.ts";

/** Characters that are looked at in one go: some 2 ms, so that a key pressed meanwhile does not wait. */
export const SLICE_CHARACTERS = 400_000;

/**
 * The lines of a ring that contain a text, kept up to date: what the ring held when the filter was set is read newest first, a slice
 * at a time, and after that only new lines are.
 */
export class LogFilter implements LogSource {
  readonly needle: string;
  readonly #ring: LogRing;
  /** Not looked at yet, oldest first. */
  readonly #backlog: LogLine[];
  readonly #backlogLength: number;
  #lines: LogLine[] = [];
  #seenVersion: number;
  #seenSequence: number;

  constructor(ring: LogRing, needle: string) {
    this.#ring = ring;
    this.needle = needle;
    this.#backlog = ring.slice(0, ring.length);
    this.#backlogLength = ring.length;
    this.#seenVersion = ring.version;
    this.#seenSequence = ring.lastSequence;
    this.advance();
  }

  get length(): number {
    this.#update();
    return this.#lines.length;
  }

  /** How much of what was there has been looked at, 0 to 1. */
  get share(): number {
    return this.#backlogLength === 0 ? 1 : 1 - this.#backlog.length / this.#backlogLength;
  }

  at(index: number): LogLine | undefined {
    this.#update();
    return this.#lines[index];
  }

  /** Looks at one more slice of what was there. @returns whether there is more. */
  advance(): boolean {
    const found: LogLine[] = [];
    for (let budget = SLICE_CHARACTERS; budget > 0; ) {
      const line = this.#backlog.pop();
      if (!line) break;
      budget -= line.text.length + 1;
      if (matches(line, this.needle)) found.push(line);
    }
    this.#lines = merged(found.reverse(), this.#lines);
    return this.#backlog.length > 0;
  }

  #update(): void {
    if (this.#seenVersion === this.#ring.version) return;
    this.#seenVersion = this.#ring.version;
    const fresh = this.#newLines();
    const found = fresh.filter((line) => matches(line, this.needle));
    for (const line of found) this.#insert(line);
    const oldest = this.#ring.at(0)?.atMs ?? 0;
    let gone = 0;
    while (gone < this.#lines.length && (this.#lines[gone]?.atMs ?? 0) < oldest) gone++;
    gone = Math.max(gone, this.#lines.length - this.#ring.capacity);
    if (gone > 0) this.#lines.splice(0, gone);
  }

  /** Lines that arrived since the last look, oldest first. Late ones stand further up: the walk ends when all are found. */
  #newLines(): LogLine[] {
    const missing = this.#ring.lastSequence - this.#seenSequence;
    const fresh: LogLine[] = [];
    for (let index = this.#ring.length - 1; index >= 0 && fresh.length < missing; index--) {
      const line = this.#ring.at(index);
      if (line && line.sequence > this.#seenSequence) fresh.push(line);
    }
    this.#seenSequence = this.#ring.lastSequence;
    return fresh.reverse();
  }

  #insert(line: LogLine): void {
    let index = this.#lines.length;
    while (index > 0 && (this.#lines[index - 1]?.atMs ?? 0) > line.atMs) index--;
    this.#lines.splice(index, 0, line);
  }
}

/** Both in order of time; of one instant the lines of `earlier` come first. */
function merged(earlier: LogLine[], later: LogLine[]): LogLine[] {
  const [first] = later;
  if (!first || (earlier.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) <= first.atMs) return [...earlier, ...later];
  return [...earlier, ...later].sort((a, b) => a.atMs - b.atMs);
}
