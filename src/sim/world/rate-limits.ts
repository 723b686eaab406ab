/**
 * Calls per second and account that AWS documents (CloudTrail LookupEvents: 2; CloudWatch Logs FilterLogEvents: 5 in many
 * regions; CloudWatch DescribeAlarms: 9, GetMetricData: 50: the services' quota pages). Each also is the burst.
 */
const CALLS_PER_SECOND: Record<string, number> = {
  "cloudtrail:LookupEvents": 2,
  "logs:FilterLogEvents": 5,
  "monitoring:DescribeAlarms": 9,
  "monitoring:GetMetricData": 50,
};

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** Token buckets by account, region and operation, in machine time: a client at speed 60 polls as often as at speed 1. */
export class RateLimits {
  readonly #monotonicMs: () => number;
  readonly #speed: number;
  readonly #buckets = new Map<string, Bucket>();

  /** @param speed rates grow with it, so that a fast demo is not throttled harder than a slow one. */
  constructor(monotonicMs: () => number, speed: number) {
    this.#monotonicMs = monotonicMs;
    this.#speed = Math.max(1, speed);
  }

  /** Takes a token. @returns false when the call is over the limit. */
  allow(accountId: string, region: string, service: string, operation: string): boolean {
    const documented = CALLS_PER_SECOND[`${service}:${operation}`];
    if (documented === undefined) return true;
    const rate = documented * this.#speed;
    const key = `${accountId} ${region} ${service}:${operation}`;
    const nowMs = this.#monotonicMs();
    const bucket = this.#buckets.get(key) ?? { tokens: rate, filledAtMs: nowMs };
    bucket.tokens = Math.min(rate, bucket.tokens + ((nowMs - bucket.filledAtMs) / 1000) * rate);
    bucket.filledAtMs = nowMs;
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
