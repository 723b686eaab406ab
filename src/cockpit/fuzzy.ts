/**
 * How well `text` matches `query` as letters in this order, not necessarily side by side: lower is better, undefined is
 * no match. Matches at the start of words and side by side count as better.
 */
export function fuzzyScore(text: string, query: string): number | undefined {
  const haystack = text.toLowerCase();
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

/** The items whose text matches, best first; equal ones stay in their order. An empty query keeps all. */
export function fuzzyFilter<T>(items: readonly T[], query: string, textOf: (item: T) => string): T[] {
  if (query.trim() === "") return [...items];
  return items
    .map((item) => ({ item, score: fuzzyScore(textOf(item), query) }))
    .filter((entry): entry is { item: T; score: number } => entry.score !== undefined)
    .sort((a, b) => a.score - b.score)
    .map((entry) => entry.item);
}
