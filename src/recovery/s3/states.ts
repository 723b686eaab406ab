import type { S3Calls } from "./calls.ts";
import { type KeyState, KeyStates, type Wanted } from "./key-state.ts";
import { compareKeys, markerBefore } from "./keys.ts";
import { versionPage } from "./versions.ts";

export interface StateQuery {
  bucket: string;
  region?: string;
  /** Of all the keys. */
  prefix: string;
  /** The time in question, ms since the Unix epoch. */
  sinceMs: number;
  /** A version to look out for. */
  isWanted?: Wanted;
}

/** Keys of one chain of pages; chains go at the same time. */
const CHAIN = 250;
const PAGE_MOST = 1000;
const PAGE_LEAST = 10;
/** A page with fewer wanted versions than this share is followed by a smaller one. */
const SPARSE = 0.1;

/**
 * How these keys stand now. Keys that lie close together come in one page; between distant ones the listing jumps, and asks for
 * little. A key without any version is left out.
 */
export async function statesOf(
  calls: S3Calls,
  query: StateQuery,
  keys: readonly string[],
): Promise<Map<string, KeyState>> {
  const found = new Map<string, KeyState>();
  const chains: Promise<void>[] = [];
  const sorted = [...new Set(keys)].sort(compareKeys);
  for (let from = 0; from < sorted.length; from += CHAIN)
    chains.push(chain(calls, query, sorted.slice(from, from + CHAIN), found));
  await Promise.all(chains);
  return found;
}

/** @param keys in their order, each once. */
async function chain(
  calls: S3Calls,
  query: StateQuery,
  keys: readonly string[],
  found: Map<string, KeyState>,
): Promise<void> {
  const { sinceMs, isWanted, ...place } = query;
  const asked = new Set(keys);
  let limit = keys.length < PAGE_LEAST ? PAGE_LEAST * 2 : PAGE_MOST;
  let at = 0;
  let gathered = new KeyStates(sinceMs, isWanted);
  let next: { key: string; version: string | undefined } | undefined;
  while (at < keys.length) {
    const begun = at;
    const start = next ?? { key: markerBefore(keys[at]!), version: undefined };
    const page = await versionPage(calls, {
      ...place,
      limit,
      ...(start.key === undefined ? {} : { after: start.key }),
      ...(start.version === undefined ? {} : { afterVersion: start.version }),
    });
    let hits = 0;
    const settle = (state: KeyState | undefined) => {
      if (!state || !asked.has(state.key)) return;
      found.set(state.key, state);
      hits += 1;
    };
    for (const version of page.versions) settle(gathered.take(version));
    const open = page.versions.at(-1)?.key;
    if (!page.next) {
      settle(gathered.end());
      return;
    }
    while (at < keys.length && (found.has(keys[at]!) || (open !== undefined && compareKeys(keys[at]!, open) < 0)))
      at += 1;
    limit = hits < page.versions.length * SPARSE ? Math.max(PAGE_LEAST, limit >> 2) : Math.min(PAGE_MOST, limit * 2);
    // What goes over the page's end is read on; anything else begins at the next key that is wanted.
    next = at === begun || open === keys[at] ? page.next : undefined;
    if (!next) gathered = new KeyStates(sinceMs, isWanted);
  }
}
