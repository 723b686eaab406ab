import type { Bucket } from "./bucket.ts";
import { compareKeys } from "./key-order.ts";
import type { ObjectVersion } from "./object-version.ts";
import type { Entry } from "./sorted-map.ts";
import { NULL_VERSION, ordinalOf } from "./version-id.ts";

/** What a listing asks for. */
export interface ListingQuery {
  prefix: string;
  /** Empty: no grouping. */
  delimiter: string;
  /** Only keys behind this one; a common prefix as marker skips all keys of the group. */
  after?: string;
  /** With `after`: that key's versions older than this one come first. */
  afterVersionId?: string;
  /** Keys, versions and common prefixes together. */
  limit: number;
}

export interface ListingPage {
  versions: { version: ObjectVersion; latest: boolean }[];
  commonPrefixes: string[];
  /** Where the next page begins; undefined on the last one. */
  next: { after: string; afterVersionId?: string } | undefined;
}

type Versions = ObjectVersion[];

/** A page of the keys whose newest version is no delete marker. */
export function listKeys(bucket: Bucket, query: ListingQuery): ListingPage {
  return listPage(bucket, query, (versions) => (versions[0]!.deleteMarker ? [] : versions.slice(0, 1)));
}

/** A page of all versions and delete markers, newest first within a key. */
export function listVersions(bucket: Bucket, query: ListingQuery): ListingPage {
  return listPage(bucket, query, (versions) => versions);
}

/** The group that a key falls into, undefined when it stands for itself. */
export function commonPrefixOf(key: string, prefix: string, delimiter: string): string | undefined {
  const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

function begin(bucket: Bucket, { prefix, delimiter, after, afterVersionId }: ListingQuery): Generator<Entry<Versions>> {
  const { objects } = bucket;
  if (after === undefined || compareKeys(after, prefix) < 0) return objects.from(prefix);
  if (after.startsWith(prefix) && commonPrefixOf(after, prefix, delimiter) === after) return objects.afterPrefix(after);
  return afterVersionId === undefined ? objects.after(after) : objects.from(after);
}

/** What is left of a key's versions behind one of them, which may have been deleted since it was listed. */
function olderThan(versions: Versions, versionId: string): Versions {
  const index = versions.findIndex((version) => version.versionId === versionId);
  if (index >= 0) return versions.slice(index + 1);
  if (versionId === NULL_VERSION) return versions;
  const ordinal = ordinalOf(versionId);
  return versions.filter((version) => ordinalOf(version.id) < ordinal);
}

function listPage(bucket: Bucket, query: ListingQuery, visible: (versions: Versions) => Versions): ListingPage {
  const { prefix, delimiter, after, afterVersionId, limit } = query;
  const page: ListingPage = { versions: [], commonPrefixes: [], next: undefined };
  if (limit <= 0) return page;
  let last: ListingPage["next"];
  let count = 0;
  let entries = begin(bucket, query);
  for (let entry = entries.next(); !entry.done; entry = entries.next()) {
    const [key, all] = entry.value;
    if (!key.startsWith(prefix)) break;
    const seen = visible(all);
    if (seen.length === 0) continue;
    const group = commonPrefixOf(key, prefix, delimiter);
    if (group !== undefined) {
      if (count === limit) return { ...page, next: last };
      page.commonPrefixes.push(group);
      last = { after: group };
      count += 1;
      entries = bucket.objects.afterPrefix(group);
      continue;
    }
    const left = key === after && afterVersionId !== undefined ? olderThan(seen, afterVersionId) : seen;
    for (const version of left) {
      if (count === limit) return { ...page, next: last };
      page.versions.push({ version, latest: version === all[0] });
      last = { after: key, afterVersionId: version.versionId };
      count += 1;
    }
  }
  return page;
}
