import type * as Wire from "@aws-sdk/client-s3";
import type { Bucket } from "./bucket.ts";
import type { ObjectVersion } from "./object-version.ts";
import type { Entry } from "./sorted-map.ts";

export const DAY_MS = 86_400_000;

/** When a rule of `days` acts on what began at `sinceMs`: rounded up to the next midnight UTC (S3 user guide, how long objects are kept). */
export function dueMs(sinceMs: number, days: number): number {
  return Math.ceil((sinceMs + days * DAY_MS) / DAY_MS) * DAY_MS;
}

/** Whether a rule's filter takes an object in, by prefix, tags and size. A rule without a filter takes everything. */
export function ruleCovers(rule: Wire.LifecycleRule, version: ObjectVersion): boolean {
  const { Filter: filter } = rule;
  const and = filter?.And;
  const tags = [...(filter?.Tag ? [filter.Tag] : []), ...(and?.Tags ?? [])];
  const above = filter?.ObjectSizeGreaterThan ?? and?.ObjectSizeGreaterThan;
  const below = filter?.ObjectSizeLessThan ?? and?.ObjectSizeLessThan;
  return (
    version.key.startsWith(filter?.Prefix ?? and?.Prefix ?? rule.Prefix ?? "") &&
    tags.every(({ Key, Value }) => version.tags?.[Key ?? ""] === Value) &&
    (above === undefined || version.size > above) &&
    (below === undefined || version.size < below)
  );
}

function expireNoncurrent(rule: Wire.LifecycleRule, bucket: Bucket, versions: ObjectVersion[], nowMs: number): number {
  const { NoncurrentDays: days, NewerNoncurrentVersions: kept = 0 } = rule.NoncurrentVersionExpiration ?? {};
  if (days === undefined) return 0;
  // A version became noncurrent when the next newer one was written.
  const expired = versions.filter(
    (version, index) => index > kept && dueMs(versions[index - 1]!.atMs, days) <= nowMs && ruleCovers(rule, version),
  );
  for (const version of expired) bucket.deleteVersion(version.key, version.versionId);
  return expired.length;
}

function expireCurrent(rule: Wire.LifecycleRule, bucket: Bucket, latest: ObjectVersion, nowMs: number): number {
  const { Days, Date: date } = rule.Expiration ?? {};
  const due = Days === undefined ? date?.getTime() : dueMs(latest.atMs, Days);
  if (due === undefined || due > nowMs || latest.deleteMarker || !ruleCovers(rule, latest)) return 0;
  bucket.delete(latest.key, { atMs: nowMs, origin: "lifecycle" });
  return 1;
}

/** A delete marker with nothing left under it goes: when the rule says so, or when it is older than the rule's days. */
function removeLoneMarker(rule: Wire.LifecycleRule, bucket: Bucket, versions: ObjectVersion[], nowMs: number): number {
  const [latest] = versions;
  if (versions.length !== 1 || !latest?.deleteMarker || !ruleCovers(rule, latest)) return 0;
  const { Days, ExpiredObjectDeleteMarker } = rule.Expiration ?? {};
  if (!ExpiredObjectDeleteMarker && (Days === undefined || dueMs(latest.atMs, Days) > nowMs)) return 0;
  bucket.deleteVersion(latest.key, latest.versionId);
  return 1;
}

function abortUploads(rule: Wire.LifecycleRule, bucket: Bucket, nowMs: number): number {
  const days = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
  if (days === undefined) return 0;
  const prefix = rule.Filter?.Prefix ?? rule.Filter?.And?.Prefix ?? rule.Prefix ?? "";
  const aborted = [...bucket.uploads.values()].filter(
    ({ key, atMs }) => key.startsWith(prefix) && dueMs(atMs, days) <= nowMs,
  );
  for (const { uploadId } of aborted) bucket.uploads.delete(uploadId);
  return aborted.length;
}

/**
 * The keys that some rule could act on, collected before any does, because acting changes the map. Most buckets have rules for
 * noncurrent versions only, and most objects a single version.
 */
function concerned(bucket: Bucket, rules: readonly Wire.LifecycleRule[]): Entry<ObjectVersion[]>[] {
  const expires = rules.some(({ Expiration: expiration }) => expiration?.Days !== undefined || expiration?.Date);
  const found: Entry<ObjectVersion[]>[] = [];
  for (const entry of bucket.objects.from()) {
    const [, versions] = entry;
    if (expires || versions.length > 1 || versions[0]!.deleteMarker) found.push(entry);
  }
  return found;
}

/**
 * Carries out the bucket's enabled rules as of `nowMs`.
 * @returns how many versions and uploads were removed or marked as deleted.
 */
export function applyLifecycle(bucket: Bucket, nowMs: number): number {
  const rules = (bucket.settings.lifecycle ?? []).filter((rule) => rule.Status === "Enabled");
  if (rules.length === 0) return 0;
  let count = 0;
  for (const [key, versions] of concerned(bucket, rules)) {
    for (const rule of rules) {
      count += expireNoncurrent(rule, bucket, versions, nowMs);
      count += removeLoneMarker(rule, bucket, versions, nowMs);
      const latest = bucket.latest(key);
      if (latest) count += expireCurrent(rule, bucket, latest, nowMs);
    }
  }
  for (const rule of rules) count += abortUploads(rule, bucket, nowMs);
  return count;
}
