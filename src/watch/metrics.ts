import { Failure, type FailureDetail, failureDetail } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import { setSourceAbsent, setSourceFailure, setSourceValue } from "../state/store.ts";
import type { MetricSeries } from "../state/views.ts";
import { chunks, moment, polling, type WatchContext } from "./context.ts";
import {
  loadBalancerSeries,
  type MetricQuery,
  type SeriesPlan,
  serviceSeries,
  storeTables,
  tableSeries,
  usageQueries,
} from "./metric-plan.ts";
import type { TargetGroupLookup } from "./target-groups.ts";
import type { Thresholds } from "./thresholds.ts";

const PERIOD_MS = 60_000;
const WINDOW_MS = 60 * PERIOD_MS;
/** GetMetricData takes at most 500 metrics in one call (Amazon CloudWatch API reference). */
const QUERIES_PER_CALL = 500;

type Points = Map<number, number>;

/** The last hour of the deployment's metrics, a value a minute, all in one batched call. */
export class MetricsSource {
  readonly #context: WatchContext;
  readonly #lookup: TargetGroupLookup | undefined;
  readonly #thresholds: Thresholds;

  constructor(context: WatchContext, lookup: TargetGroupLookup | undefined, thresholds: Thresholds) {
    this.#context = context;
    this.#lookup = lookup;
    this.#thresholds = thresholds;
  }

  /** Says why there is nothing to watch, and returns false, when the deployment has nothing that publishes metrics. */
  begin(): boolean {
    const { nessie, dagster } = this.#context.deployment;
    if (nessie || (dagster && dagster.services.length > 0)) return true;
    const reason = "This lakehouse has no ECS service, load balancer or DynamoDB table whose metrics could be shown.";
    setSourceAbsent(this.#context.store, "metrics", reason);
    return false;
  }

  async poll(signal: AbortSignal): Promise<void> {
    const { clock, deployment, store } = this.#context;
    const unread: FailureDetail[] = [];
    const group = await this.#lookup?.find(signal).catch((error: unknown) => {
      unread.push(failureDetail(error, "find the load balancer's metrics"));
      return undefined;
    });
    const configured = deployment.nessie?.tables ?? [];
    const tables = storeTables(configured);
    const plans = [
      ...serviceSeries(deployment),
      ...(group ? loadBalancerSeries(group) : []),
      ...tables.flatMap(tableSeries),
    ];
    const endMs = Math.ceil(clock.now() / PERIOD_MS) * PERIOD_MS;
    const queries = [...plans.flatMap((plan) => plan.queries), ...tables.flatMap(usageQueries)];
    const found = await this.#read(queries, endMs - WINDOW_MS, endMs, signal);
    const newestMs = Math.max(...[...found.values()].flatMap((points) => [...points.keys()]));
    const inUse = tables.filter((table) =>
      [...found].some(
        ([key, points]) => points.size > 0 && key.startsWith("AWS/DynamoDB") && key.includes(`TableName=${table},`),
      ),
    );
    const worthShowing = inUse.length > 0 ? inUse : configured;
    const shown = plans.filter(({ resource }) => !resource || worthShowing.includes(resource));
    const series = shown.map((plan) => this.#series(plan, found, endMs - WINDOW_MS, newestMs, inUse));
    if (!signal.aborted) setSourceValue(store, "metrics", series, moment(clock), unread);
  }

  failed(error: unknown): void {
    setSourceFailure(this.#context.store, "metrics", failureDetail(error, "read the metrics"));
  }

  /** The points of a plan's metrics added up; a sparse one gets zeros where others have a value and it has none. */
  #series(
    plan: SeriesPlan,
    found: Map<string, Points>,
    startMs: number,
    newestMs: number,
    inUse: string[],
  ): MetricSeries {
    const sums: Points = new Map();
    for (const query of plan.queries) {
      for (const [atMs, value] of found.get(queryKey(query)) ?? []) sums.set(atMs, (sums.get(atMs) ?? 0) + value);
    }
    // A table that never showed itself is unknown, not free of throttling.
    if (plan.sparse && (!plan.resource || inUse.includes(plan.resource))) {
      for (let atMs = startMs; atMs <= newestMs; atMs += PERIOD_MS) if (!sums.has(atMs)) sums.set(atMs, 0);
    }
    const [first] = plan.queries;
    const threshold = (first && this.#thresholds.of(first.namespace, first.metricName)) ?? plan.threshold;
    return {
      id: plan.id,
      label: plan.label,
      unit: plan.unit,
      periodMs: PERIOD_MS,
      points: [...sums].sort(([a], [b]) => a - b).map(([atMs, value]) => ({ atMs, value })),
      ...(threshold === undefined ? {} : { threshold }),
    };
  }

  /** Points by metric, start of the minute in ms -> value. */
  async #read(
    queries: MetricQuery[],
    startMs: number,
    endMs: number,
    signal: AbortSignal,
  ): Promise<Map<string, Points>> {
    const found = new Map<string, Points>();
    await Promise.all(
      chunks(queries, QUERIES_PER_CALL).map(async (part) => {
        const MetricDataQueries = part.map(
          ({ namespace: Namespace, metricName: MetricName, stat: Stat, dimensions: Dimensions }, index) => ({
            Id: `m${index}`,
            MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period: PERIOD_MS / 1000, Stat },
          }),
        );
        let NextToken: string | undefined;
        do {
          const { output } = await this.#context.aws.call(
            "cloudwatch",
            "GetMetricData",
            {
              MetricDataQueries,
              StartTime: new Date(startMs),
              EndTime: new Date(endMs),
              ScanBy: "TimestampAscending",
              NextToken,
            },
            polling(signal),
          );
          for (const result of output.MetricDataResults ?? []) {
            if (result.StatusCode === "Forbidden" || result.StatusCode === "InternalError") throw refusedBy(result);
            const query = part[Number(result.Id?.slice(1))];
            if (!query) continue;
            const points: Points = found.get(queryKey(query)) ?? new Map();
            result.Timestamps?.forEach((at, index) => {
              points.set(at.getTime(), result.Values?.[index] ?? 0);
            });
            found.set(queryKey(query), points);
          }
          NextToken = output.NextToken;
        } while (NextToken);
      }),
    );
    return found;
  }
}

function queryKey({ namespace, metricName, stat, dimensions }: MetricQuery): string {
  return `${namespace} ${metricName} ${stat} ${dimensions.map(({ Name, Value }) => `${Name}=${Value},`).join("")}`;
}

function refusedBy(result: { StatusCode?: string; Messages?: { Value?: string }[] }): Failure {
  const denied = result.StatusCode === "Forbidden";
  return new Failure({
    kind: denied ? "denied" : "unreachable",
    what: "cloudwatch:GetMetricData",
    why: sanitizeLine(result.Messages?.[0]?.Value ?? "") || `CloudWatch answers ${result.StatusCode}`,
    next: denied
      ? "Ask for cloudwatch:GetMetricData; the rest of the cockpit goes on."
      : "It is tried again by itself.",
    ...(denied ? { missingPermission: "cloudwatch:GetMetricData" } : {}),
  });
}
