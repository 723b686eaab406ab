const compact = (atMs: number) => new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, "");

/**
 * A file name for what was exported of `source` over a window (domain ms): only letters, digits, dots, dashes and underscores.
 * `partialAtMs`: when an export stopped early; the whole one gets another name later.
 */
export function bundleName(source: string, fromMs: number, toMs: number, partialAtMs?: number): string {
  const plain = source.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[-.]+|-+$/g, "");
  const partial = partialAtMs === undefined ? "" : `-partial-at-${compact(partialAtMs)}`;
  return `${plain}-${compact(fromMs)}-${compact(toMs)}${partial}`;
}
