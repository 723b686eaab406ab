/** Ranges (first, last) of characters that every terminal draws in one column. */
const NARROW: readonly (readonly [number, number])[] = [
  [0x20, 0x7e],
  [0xa0, 0xac],
  [0xae, 0x2ff],
  [0x391, 0x3c9],
  [0x410, 0x44f],
  [0x2010, 0x2027],
  [0x2030, 0x203b],
  [0x2190, 0x21ff],
  [0x2200, 0x22ff],
  [0x2500, 0x25fc],
  [0x2713, 0x2718],
  [0x2800, 0x28ff],
];

/** Ranges of characters that every terminal draws in two columns (East Asian Width W or F, Unicode TR 11, no emoji). */
const WIDE: readonly (readonly [number, number])[] = [
  [0x3041, 0x3096],
  [0x30a1, 0x30fa],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xac00, 0xd7a3],
  [0xff01, 0xff60],
];

const inside = (code: number, ranges: readonly (readonly [number, number])[]) =>
  ranges.some(([first, last]) => code >= first && code <= last);

/**
 * Columns that a character takes, or undefined where terminals disagree: emoji, combining marks, joiners, variation selectors
 * and what newer versions of Unicode made wide.
 */
export function certainWidth(code: number): 1 | 2 | undefined {
  if (code < 0x7f) return code >= 0x20 ? 1 : undefined;
  if (inside(code, NARROW)) return 1;
  return inside(code, WIDE) ? 2 : undefined;
}
