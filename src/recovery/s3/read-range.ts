import type { S3Calls } from "./calls.ts";
import { type KeyState, KeyStates } from "./key-state.ts";
import { compareKeys, markerBefore } from "./keys.ts";
import type { KeyRange } from "./ranges.ts";
import { versionPage } from "./versions.ts";

export interface RangeQuery extends KeyRange {
  bucket: string;
  region?: string;
  prefix: string;
  /** Keys up to this one (inclusive) have been read before. */
  after: string | null;
  /** The time in question, ms since the Unix epoch. */
  sinceMs: number;
}

/**
 * Reads the versions of a range of keys, a page at a time: the states of the keys that are complete with it. A key whose versions go
 * over a page's end comes with the next one.
 */
export async function* readRange(calls: S3Calls, query: RangeQuery): AsyncGenerator<KeyState[], undefined> {
  const { from, to, after, sinceMs, ...place } = query;
  const gathered = new KeyStates(sinceMs);
  const start = after ?? (from === null ? undefined : markerBefore(from));
  let next: { key: string; version: string | undefined } | undefined =
    start === undefined ? undefined : { key: start, version: undefined };
  for (;;) {
    const page = await versionPage(calls, {
      ...place,
      ...(next ? { after: next.key, ...(next.version ? { afterVersion: next.version } : {}) } : {}),
    });
    const states: KeyState[] = [];
    let isEnd = page.next === undefined;
    for (const version of page.versions) {
      if (from !== null && compareKeys(version.key, from) < 0) continue;
      if (to !== null && compareKeys(version.key, to) >= 0) {
        isEnd = true;
        break;
      }
      const complete = gathered.take(version);
      if (complete) states.push(complete);
    }
    if (isEnd) {
      const last = gathered.end();
      if (last) states.push(last);
    }
    yield states;
    if (isEnd) return;
    next = page.next;
  }
}
