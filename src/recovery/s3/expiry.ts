import type { JsonObject } from "../../base/json.ts";

const DAY_MS = 86_400_000;

/** When S3 deletes a noncurrent version of this key for good, ms since the Unix epoch; undefined: no rule does. */
export type Expiry = (key: string, size: number, noncurrentSinceMs: number) => number | undefined;

/**
 * The expiry of noncurrent versions by a bucket's lifecycle rules. S3 counts from the day on which the version became noncurrent and
 * rounds up to the next midnight UTC (S3 user guide, lifecycle configuration elements). A rule that also asks for tags may apply:
 * tags are not in a listing. One that keeps newer noncurrent versions may apply to all but the newest one.
 */
export function expiryOf(rules: readonly JsonObject[]): Expiry {
  const active = rules.flatMap((rule) => {
    const days = Number((rule.NoncurrentVersionExpiration as JsonObject | undefined)?.NoncurrentDays);
    if (rule.Status !== "Enabled" || !(days > 0)) return [];
    const filter = (rule.Filter ?? {}) as JsonObject;
    const and = (filter.And ?? {}) as JsonObject;
    const above = filter.ObjectSizeGreaterThan ?? and.ObjectSizeGreaterThan;
    const below = filter.ObjectSizeLessThan ?? and.ObjectSizeLessThan;
    return [
      {
        days,
        prefix: String(filter.Prefix ?? and.Prefix ?? rule.Prefix ?? ""),
        above: above === undefined ? Number.NEGATIVE_INFINITY : Number(above),
        below: below === undefined ? Number.POSITIVE_INFINITY : Number(below),
      },
    ];
  });
  return (key, size, noncurrentSinceMs) => {
    const days = active
      .filter(({ prefix, above, below }) => key.startsWith(prefix) && size > above && size < below)
      .map((rule) => rule.days);
    if (days.length === 0) return undefined;
    return Math.ceil((noncurrentSinceMs + Math.min(...days) * DAY_MS) / DAY_MS) * DAY_MS;
  };
}
