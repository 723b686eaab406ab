import type { S3Calls } from "./calls.ts";
import { compareKeys } from "./keys.ts";
import { versionPage } from "./versions.ts";

/** A stretch of keys: from `from` (inclusive) to `to` (exclusive); null: from the beginning, to the end. */
export interface KeyRange {
  from: string | null;
  to: string | null;
}

/** Ranges that are looked for, and at most: each costs about one page that is not full. */
const WANTED = 48;
/** Calls that finding them may take: a handful on the way down to the partitions of a table. */
const CALLS = 60;
/** Pages that one folder may take: what has no subfolders in the first ones is read by one reader. */
const PAGES = 2;

/**
 * Divides the keys below a prefix into ranges that can be listed at the same time, along the folders that are there: S3 itself
 * divides a bucket by prefixes. Together they cover every key, whatever the folders.
 */
export async function divide(
  calls: S3Calls,
  query: { bucket: string; region?: string; prefix: string },
): Promise<KeyRange[]> {
  const found = new Set<string>();
  let level = [query.prefix];
  let left = CALLS;
  while (level.length > 0 && found.size < WANTED && left > 0) {
    const asked = level.slice(0, left);
    left -= asked.length;
    const below = await Promise.all(asked.map((prefix) => foldersOf(calls, { ...query, prefix })));
    level = below.flat();
    for (const folder of level) found.add(folder);
  }
  const folders = [...found].sort(compareKeys);
  const step = Math.max(1, folders.length / WANTED);
  const bounds = Array.from(
    { length: Math.min(WANTED, folders.length) },
    (_, index) => folders[Math.floor(index * step)]!,
  );
  const edges = [null, ...bounds, null];
  return edges.slice(0, -1).map((from, index) => ({ from, to: edges[index + 1] ?? null }));
}

async function foldersOf(
  calls: S3Calls,
  query: { bucket: string; region?: string; prefix: string },
): Promise<string[]> {
  const folders: string[] = [];
  let next: { key: string; version: string | undefined } | undefined;
  for (let page = 0; page < PAGES; page++) {
    const found = await versionPage(calls, {
      ...query,
      delimiter: "/",
      ...(next ? { after: next.key, ...(next.version ? { afterVersion: next.version } : {}) } : {}),
    });
    folders.push(...found.prefixes);
    next = found.next;
    if (!next) break;
  }
  return folders;
}
