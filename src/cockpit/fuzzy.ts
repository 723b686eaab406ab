/** Better than any match of letters that are not side by side. */
const WHOLE_WORDS = -1000;

/**
 * How well `text` matches `query` as letters in this order, not necessarily side by side: lower is better, undefined is
 * no match. Matches at the start of words and side by side count as better; words of the query that are all there as they were typed
 * come before everything else, so that Enter does not choose something with the same letters in other words.
 */
export function fuzzyScore(text: string, query: string): number | undefined {
  const haystack = text.toLowerCase();
  const words = query.toLowerCase().trim().split(/\s+/);
  // Two letters inside a word are rather the first ones of two words.
  if (words.every((word) => startsWord(haystack, word) || (word.length > 2 && haystack.includes(word))))
    return WHOLE_WORDS + words.filter((word) => !startsWord(haystack, word)).length;
  let score = 0;
  let from = 0;
  for (const letter of query.toLowerCase().replaceAll(" ", "")) {
    const at = haystack.indexOf(letter, from);
    if (at === -1) return undefined;
    const wordStart = at === 0 || /[\s\-:/]/.test(haystack[at - 1] ?? "");
    score += wordStart ? 0 : at === from ? 1 : 4 + Math.min(8, at - from);
    from = at + 1;
  }
  return score;
}

const startsWord = (haystack: string, word: string): boolean =>
  haystack.startsWith(word) || [" ", "-", ":", "/"].some((before) => haystack.includes(`${before}${word}`));

/** The items whose text matches, best first; equal ones stay in their order. An empty query keeps all. */
export function fuzzyFilter<T>(items: readonly T[], query: string, textOf: (item: T) => string): T[] {
  if (query.trim() === "") return [...items];
  return items
    .map((item) => ({ item, score: fuzzyScore(textOf(item), query) }))
    .filter((entry): entry is { item: T; score: number } => entry.score !== undefined)
    .sort((a, b) => a.score - b.score)
    .map((entry) => entry.item);
}
