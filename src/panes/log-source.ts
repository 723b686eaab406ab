import type { LogLine } from "../state/views.ts";

/** Lines in order of time, reached by index: the ring itself, or what a filter leaves of it. */
export interface LogSource {
  readonly length: number;
  /** How much of the log a filter has looked at so far, 0 to 1; left out: all of it. */
  readonly share?: number;
  at(index: number): LogLine | undefined;
}

/** A place in the log that stays the same while lines arrive before and after it. */
export interface LogAnchor {
  sequence: number;
  atMs: number;
}

/** The anchor of a line. */
export function anchorOf(line: LogLine): LogAnchor {
  return { sequence: line.sequence, atMs: line.atMs };
}

/** The first index whose line is not older than `atMs`: a binary search, never a walk over the whole log. */
function lowerBound(source: LogSource, atMs: number): number {
  let low = 0;
  let high = source.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((source.at(middle)?.atMs ?? 0) < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The index of the anchored line, or of its nearest neighbour when it has been dropped or filtered out. -1 in an empty log. */
export function locate(source: LogSource, anchor: LogAnchor): number {
  if (source.length === 0) return -1;
  const first = Math.min(lowerBound(source, anchor.atMs), source.length - 1);
  for (let index = first; source.at(index)?.atMs === anchor.atMs; index++) {
    if (source.at(index)?.sequence === anchor.sequence) return index;
  }
  return first;
}

/** Whether a line matches a search or filter text: a plain, case-insensitive part of its text. */
export function matches(line: LogLine, needle: string): boolean {
  return needle !== "" && line.text.toLowerCase().includes(needle.toLowerCase());
}

/** A search that looks at a slice of the log at a time. */
export interface LogSearch {
  /** Looks at one more slice. @returns the matching index, -1 when nothing matches, undefined when there is more to look at. */
  advance(): number | undefined;
}

/**
 * The nearest matching index after (`direction` 1) or before (-1) `from`, going round at the ends.
 * @param sliceCharacters how much text one `advance` looks at.
 */
export function searchLog(
  source: LogSource,
  needle: string,
  from: number,
  direction: 1 | -1,
  sliceCharacters: number,
): LogSearch {
  const { length } = source;
  let step = 1;
  return {
    advance() {
      for (let budget = sliceCharacters; step <= length; step++) {
        if (budget <= 0) return undefined;
        const index = (((from + direction * step) % length) + length) % length;
        const line = source.at(index);
        budget -= (line?.text.length ?? 0) + 1;
        if (line && matches(line, needle)) return index;
      }
      return -1;
    },
  };
}
