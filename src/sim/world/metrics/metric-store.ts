/** One dimension as CloudWatch names it. */
export interface Dimension {
  Name: string;
  Value: string;
}

/** A minute of samples. */
interface Minute {
  sum: number;
  count: number;
  min: number;
  max: number;
}

/** Length of the finest period, ms. */
export const MINUTE_MS = 60_000;
/** Data points appear this long after their minute has ended. */
export const PUBLICATION_DELAY_MS = 60_000;

export interface MetricKey {
  namespace: string;
  name: string;
  dimensions: readonly Dimension[];
}

export interface Datapoint {
  /** Start of the period, ms since the Unix epoch. */
  atMs: number;
  value: number;
}

function keyText({ namespace, name, dimensions }: MetricKey): string {
  const pairs = dimensions.map((dimension) => `${dimension.Name}=${dimension.Value}`).sort();
  return `${namespace}|${name}|${pairs.join(",")}`;
}

/** Minutes of one metric in growing columns; a minute without samples holds count 0. */
class Series {
  readonly key: MetricKey;
  #firstMinute = 0;
  readonly #sum: number[] = [];
  readonly #count: number[] = [];
  readonly #min: number[] = [];
  readonly #max: number[] = [];

  constructor(key: MetricKey) {
    this.key = key;
  }

  add(minute: number, value: number, count: number): void {
    if (this.#sum.length === 0) this.#firstMinute = minute;
    while (this.#firstMinute + this.#sum.length <= minute) {
      this.#sum.push(0);
      this.#count.push(0);
      this.#min.push(Number.POSITIVE_INFINITY);
      this.#max.push(Number.NEGATIVE_INFINITY);
    }
    const index = minute - this.#firstMinute;
    this.#sum[index]! += value * count;
    this.#count[index]! += count;
    this.#min[index] = Math.min(this.#min[index]!, value);
    this.#max[index] = Math.max(this.#max[index]!, value);
  }

  at(minute: number): Minute | undefined {
    const index = minute - this.#firstMinute;
    const count = this.#count[index];
    if (!count) return undefined;
    return { sum: this.#sum[index]!, count, min: this.#min[index]!, max: this.#max[index]! };
  }
}

function statistic(minutes: Minute[], name: string): number {
  const sum = minutes.reduce((total, minute) => total + minute.sum, 0);
  const count = minutes.reduce((total, minute) => total + minute.count, 0);
  if (name === "Sum") return sum;
  if (name === "SampleCount") return count;
  if (name === "Minimum") return Math.min(...minutes.map((minute) => minute.min));
  if (name === "Maximum") return Math.max(...minutes.map((minute) => minute.max));
  const average = sum / count;
  const percentile = /^p(\d+(?:\.\d+)?)$/.exec(name);
  if (!percentile) return average;
  // Samples are not kept one by one: percentiles lie on a straight line between average (p50) and maximum (p100).
  const share = Math.max(0, (Number(percentile[1]) - 50) / 50);
  return average + (Math.max(...minutes.map((minute) => minute.max)) - average) * share;
}

/** CloudWatch's metrics of the account, a minute at a time. */
export class MetricStore {
  readonly #series = new Map<string, Series>();

  /** Adds `count` samples of `value` at `atMs`. */
  record(key: MetricKey, atMs: number, value: number, count = 1): void {
    const text = keyText(key);
    let series = this.#series.get(text);
    if (!series) {
      series = new Series(key);
      this.#series.set(text, series);
    }
    series.add(Math.floor(atMs / MINUTE_MS), value, count);
  }

  /**
   * Data points that are published at `nowMs`, oldest first, periods without samples left out.
   * @param periodMs a multiple of a minute. @param fromMs inclusive, @param toMs exclusive, both by the period's start.
   */
  read(key: MetricKey, stat: string, periodMs: number, fromMs: number, toMs: number, nowMs: number): Datapoint[] {
    const series = this.#series.get(keyText(key));
    if (!series) return [];
    const points: Datapoint[] = [];
    const publishedUntilMs = nowMs - PUBLICATION_DELAY_MS;
    for (let atMs = Math.floor(fromMs / periodMs) * periodMs; atMs < toMs; atMs += periodMs) {
      const minutes: Minute[] = [];
      for (
        let minuteMs = atMs;
        minuteMs < atMs + periodMs && minuteMs + MINUTE_MS <= publishedUntilMs;
        minuteMs += MINUTE_MS
      ) {
        const minute = series.at(minuteMs / MINUTE_MS);
        if (minute) minutes.push(minute);
      }
      if (minutes.length > 0) points.push({ atMs, value: statistic(minutes, stat) });
    }
    return points;
  }

  /** All metrics that have ever had a sample. */
  list(): MetricKey[] {
    return [...this.#series.values()].map((series) => series.key);
  }
}
