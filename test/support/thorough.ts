/**
 * Some tests repeat one thing over many seeds, operations or points of a kill. `npm run test:thorough` takes all of them; `npm test`
 * takes some, the first and the last among them, so that it ends within minutes.
 */
export const IS_THOROUGH = process.env.MAYDAY_TESTS === "thorough";

/** All items, or `count` of them at even distances. */
export function sample<T>(items: readonly T[], count: number): T[] {
  if (IS_THOROUGH || items.length <= count) return [...items];
  if (count === 1) return items.slice(0, 1);
  return Array.from(
    { length: count },
    (_, index) => items[Math.round((index * (items.length - 1)) / (count - 1))] as T,
  );
}
