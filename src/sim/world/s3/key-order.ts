/** A code unit in the place that its character has in UTF-8: surrogates stand for characters above U+FFFF, so behind U+E000..U+FFFF. */
function rank(codeUnit: number): number {
  if (codeUnit < 0xd800) return codeUnit;
  return codeUnit >= 0xe000 ? codeUnit - 0x800 : codeUnit + 0x2000;
}

/**
 * Order of object keys: by their UTF-8 bytes (S3 API reference, ListObjectsV2). Differs from the order of JavaScript strings
 * only where a character above U+FFFF meets one of U+E000..U+FFFF.
 * @returns negative, 0 or positive.
 */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Code units from the surrogates on, where the two orders can differ. */
const HIGH_UNITS = /[\ud800-\uffff]/;

/** Whether JavaScript's own comparison, which is many times faster, orders this key rightly among any others. */
export function ordersAsText(key: string): boolean {
  return !HIGH_UNITS.test(key);
}
