import type { FactReader } from "../fact.ts";

export interface Metric {
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
  stat: "Average" | "Maximum" | "Minimum" | "Sum" | "SampleCount";
}

/** Data points of one metric, oldest first, each with the start of its minute (domain ms). */
export type Series = { atMs: number; value: number }[];

export const METRIC_OPERATIONS = ["cloudwatch:GetMetricData"];

const MINUTE_MS = 60_000;
/** Metrics per GetMetricData call (Amazon CloudWatch API reference). */
const METRICS_PER_CALL = 500;

/** Minutes of several metrics in as few calls as possible; a metric that was not published is an empty series. */
export async function readMetrics<K extends string>(
  reader: FactReader,
  metrics: Record<K, Metric>,
  fromMs: number,
  toMs: number,
): Promise<Record<K, Series>> {
  const names = Object.keys(metrics) as K[];
  const found = Object.fromEntries(names.map((name) => [name, [] as Series])) as Record<K, Series>;
  for (let from = 0; from < names.length; from += METRICS_PER_CALL) {
    const some = names.slice(from, from + METRICS_PER_CALL);
    let NextToken: string | undefined;
    do {
      const output = await reader.call("cloudwatch", "GetMetricData", {
        StartTime: new Date(Math.floor(fromMs / MINUTE_MS) * MINUTE_MS),
        EndTime: new Date(Math.floor(toMs)),
        ScanBy: "TimestampAscending",
        MetricDataQueries: some.map((name, index) => ({ Id: `m${from + index}`, MetricStat: statOf(metrics[name]) })),
        ...(NextToken === undefined ? {} : { NextToken }),
      });
      for (const result of output.MetricDataResults ?? []) {
        const name = names[Number(result.Id?.slice(1))];
        if (name === undefined) continue;
        const values = result.Values ?? [];
        found[name].push(...(result.Timestamps ?? []).map((at, i) => ({ atMs: at.getTime(), value: values[i] ?? 0 })));
      }
      NextToken = output.NextToken;
    } while (NextToken !== undefined);
  }
  for (const name of names) found[name].sort((a, b) => a.atMs - b.atMs);
  return found;
}

function statOf({ namespace, name, dimensions, stat }: Metric) {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  return { Metric: { Namespace: namespace, MetricName: name, Dimensions }, Period: 60, Stat: stat };
}

/** The points at or after `fromMs`. */
export const since = (series: Series, fromMs: number): Series => series.filter(({ atMs }) => atMs >= fromMs);

/** The greatest value with its minute; undefined for an empty series. */
export function highest(series: Series): Series[number] | undefined {
  return series.reduce<Series[number] | undefined>(
    (top, point) => (top === undefined || point.value > top.value ? point : top),
    undefined,
  );
}

export const total = (series: Series): number => series.reduce((sum, { value }) => sum + value, 0);

/** The middle value; undefined for an empty series. */
export function median(series: Series): number | undefined {
  const values = series.map(({ value }) => value).sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)];
}
