import type { LogRing } from "../state/log-ring.ts";
import type { LogLine } from "../state/views.ts";
import { type LogSource, matches } from "./log-source.ts";

/**
 * The lines of a ring that contain a text, kept up to date: the ring is read once when the filter is set, and after that
 * only its new lines are.
 */
export class LogFilter implements LogSource {
  readonly needle: string;
  readonly #ring: LogRing;
  #lines: LogLine[] = [];
  #seenVersion = -1;
  #seenSequence = 0;

  constructor(ring: LogRing, needle: string) {
    this.#ring = ring;
    this.needle = needle;
  }

  get length(): number {
    this.#update();
    return this.#lines.length;
  }

  at(index: number): LogLine | undefined {
    this.#update();
    return this.#lines[index];
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
