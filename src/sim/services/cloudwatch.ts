import type * as Wire from "@aws-sdk/client-cloudwatch";
import { AwsError } from "../wire/aws-error.ts";
import { defineService, type ServiceDefinition } from "../wire/types.ts";
import type { Datapoint, Dimension, MetricKey } from "../world/metrics/metric-store.ts";
import type { Region } from "../world/region.ts";
import { alarmOperations } from "./cloudwatch/alarm-operations.ts";
import { pageOf } from "./paging.ts";

const invalidToken = () => new AwsError("InvalidNextToken", "The next token specified is invalid.");
const invalid = (message: string) => new AwsError("ValidationError", message);
/** Limits of GetMetricData (CloudWatch API reference). */
const QUERIES_PER_CALL = 500;

function keyOf(
  namespace: string | undefined,
  name: string | undefined,
  dimensions: readonly Wire.Dimension[] | undefined,
): MetricKey {
  return { namespace: namespace ?? "", name: name ?? "", dimensions: (dimensions ?? []) as Dimension[] };
}

/** Amazon CloudWatch: alarms, their history, metrics. Metric math is not modelled. */
export function cloudWatchService(region: Region): ServiceDefinition {
  const { metrics } = region;
  const read = (
    key: MetricKey,
    stat: string,
    periodSeconds: number,
    start: Date | undefined,
    end: Date | undefined,
  ): Datapoint[] => {
    const nowMs = region.account.kernel.nowMs;
    const periodMs = Math.max(60, periodSeconds) * 1000;
    return metrics.read(key, stat, periodMs, start?.getTime() ?? nowMs - 3_600_000, end?.getTime() ?? nowMs, nowMs);
  };
  const series = (query: Wire.MetricDataQuery, input: Wire.GetMetricDataCommandInput): Wire.MetricDataResult => {
    const { MetricStat: stat } = query;
    if (!stat)
      throw invalid(
        `The value for parameter MetricDataQueries of ${query.Id}: only MetricStat is simulated, no expressions.`,
      );
    const key = keyOf(stat.Metric?.Namespace, stat.Metric?.MetricName, stat.Metric?.Dimensions);
    const points = read(key, stat.Stat ?? "Average", stat.Period ?? 60, input.StartTime, input.EndTime);
    const ordered = input.ScanBy === "TimestampAscending" ? points : points.reverse();
    return {
      Id: query.Id,
      Label: query.Label ?? key.name,
      StatusCode: "Complete",
      Timestamps: ordered.map((point) => new Date(point.atMs)),
      Values: ordered.map((point) => point.value),
    };
  };
  return defineService<typeof Wire>({
    signingName: "monitoring",
    load: () => import("@aws-sdk/client-cloudwatch"),
    clientName: "CloudWatchClient",
    operations: {
      ...alarmOperations(region),
      GetMetricData: (input) => {
        const queries = input.MetricDataQueries ?? [];
        if (queries.length > QUERIES_PER_CALL) {
          throw invalid(`The collection MetricDataQueries must not have a size greater than ${QUERIES_PER_CALL}.`);
        }
        if (input.StartTime && input.EndTime && input.StartTime >= input.EndTime) {
          throw invalid("The parameter StartTime must be less than the parameter EndTime.");
        }
        return { MetricDataResults: queries.map((query) => series(query, input)), Messages: [] };
      },
      GetMetricStatistics: (input) => {
        const key = keyOf(input.Namespace, input.MetricName, input.Dimensions);
        const wanted = input.Statistics ?? [];
        const byTime = new Map<number, Wire.Datapoint>();
        for (const stat of wanted) {
          for (const point of read(key, stat, input.Period ?? 60, input.StartTime, input.EndTime)) {
            byTime.set(point.atMs, { ...byTime.get(point.atMs), Timestamp: new Date(point.atMs), [stat]: point.value });
          }
        }
        return { Label: input.MetricName, Datapoints: [...byTime.values()] };
      },
      ListMetrics: (input) => {
        const found = metrics
          .list()
          .filter(
            (key) =>
              (!input.Namespace || key.namespace === input.Namespace) &&
              (!input.MetricName || key.name === input.MetricName) &&
              (input.Dimensions ?? []).every((wanted) =>
                key.dimensions.some(
                  (has) => has.Name === wanted.Name && (wanted.Value === undefined || has.Value === wanted.Value),
                ),
              ),
          );
        const page = pageOf(found, 500, input.NextToken, invalidToken);
        return {
          Metrics: page.items.map((key) => ({
            Namespace: key.namespace,
            MetricName: key.name,
            Dimensions: [...key.dimensions],
          })),
          NextToken: page.next,
        };
      },
    },
  });
}
