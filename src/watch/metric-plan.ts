import type { Deployment } from "../config/deployment.ts";
import type { MetricSeries } from "../state/views.ts";
import { watchedServices } from "./services.ts";
import type { FoundTargetGroup } from "./target-groups.ts";

/** One metric of CloudWatch, as GetMetricData asks for it. */
export interface MetricQuery {
  namespace: string;
  metricName: string;
  stat: "Average" | "Maximum" | "Minimum" | "Sum";
  dimensions: { Name: string; Value: string }[];
}

/** One line of the metrics pane: one metric, or the sum of several. */
export interface SeriesPlan {
  id: string;
  label: string;
  unit: MetricSeries["unit"];
  queries: MetricQuery[];
  /** CloudWatch publishes this one only while it is above zero: a minute without a value is a zero. */
  sparse: boolean;
  /** The limit where no alarm sets one. */
  threshold?: number;
  /** Set: shown only when this resource has published anything at all, or when none of its kind has. */
  resource?: string;
}

/**
 * The operations by which DynamoDB publishes ThrottledRequests (Amazon DynamoDB developer guide, "DynamoDB metrics and
 * dimensions": dimensions TableName and Operation). With TableName alone the metric does not exist.
 */
const DYNAMODB_OPERATIONS = [
  "GetItem",
  "PutItem",
  "UpdateItem",
  "DeleteItem",
  "Query",
  "Scan",
  "BatchGetItem",
  "BatchWriteItem",
  "TransactGetItems",
  "TransactWriteItems",
];

/** CPU and memory of every watched service, percent of what its tasks reserve. */
export function serviceSeries(deployment: Deployment): SeriesPlan[] {
  return watchedServices(deployment).flatMap(({ cluster, service }) =>
    [
      { metricName: "CPUUtilization", short: "CPU" },
      { metricName: "MemoryUtilization", short: "memory" },
    ].map(
      ({ metricName, short }): SeriesPlan => ({
        id: `${cluster}/${service}/${metricName}`,
        label: `${service} ${short}`,
        unit: "percent",
        sparse: false,
        queries: [
          {
            namespace: "AWS/ECS",
            metricName,
            stat: "Average",
            dimensions: [
              { Name: "ClusterName", Value: cluster },
              { Name: "ServiceName", Value: service },
            ],
          },
        ],
      }),
    ),
  );
}

/**
 * Traffic, errors and host counts of the load balancer. CloudWatch publishes request and error counts only when they are not zero
 * (Elastic Load Balancing user guide, "CloudWatch metrics for your Application Load Balancer", reporting criteria).
 */
export function loadBalancerSeries(group: FoundTargetGroup): SeriesPlan[] {
  const targetGroup = { Name: "TargetGroup", Value: group.arn.slice(group.arn.indexOf("targetgroup/")) };
  const namespace = "AWS/ApplicationELB";
  return group.loadBalancerArns.flatMap((arn): SeriesPlan[] => {
    const loadBalancer = {
      Name: "LoadBalancer",
      Value: arn.slice(arn.indexOf(":loadbalancer/") + ":loadbalancer/".length),
    };
    const plan = (
      metricName: string,
      label: string,
      stat: MetricQuery["stat"],
      dimensions: MetricQuery["dimensions"],
      sparse: boolean,
    ): SeriesPlan => ({
      id: `${loadBalancer.Value}/${metricName}`,
      label,
      unit: "count",
      sparse,
      queries: [{ namespace, metricName, stat, dimensions }],
    });
    return [
      plan("RequestCount", "requests/min", "Sum", [loadBalancer], true),
      plan("HTTPCode_ELB_5XX_Count", "ALB 5xx/min", "Sum", [loadBalancer], true),
      plan("HTTPCode_Target_5XX_Count", "target 5xx/min", "Sum", [loadBalancer], true),
      plan("UnHealthyHostCount", "unhealthy hosts", "Maximum", [targetGroup, loadBalancer], false),
      plan("HealthyHostCount", "healthy hosts", "Minimum", [targetGroup, loadBalancer], false),
    ];
  });
}

/**
 * The names that Nessie's tables can have, by those that are configured: its version store takes such a name as a prefix and really
 * uses `<name>_refs` and `<name>_objs`, while the template's one table may never be asked.
 */
export const storeTables = (configured: readonly string[]): string[] =>
  configured.flatMap((name) => (/_(refs|objs)$/.test(name) ? [name] : [name, `${name}_refs`, `${name}_objs`]));

/** Throttling of a table, and what it consumes (only to know whether the table is in use at all). Any throttled request is marked. */
export function tableSeries(table: string): SeriesPlan[] {
  const TableName = { Name: "TableName", Value: table };
  const query = (metricName: string, dimensions = [TableName]): MetricQuery => ({
    namespace: "AWS/DynamoDB",
    metricName,
    stat: "Sum",
    dimensions,
  });
  const plan = (metricName: string, label: string, queries: MetricQuery[]): SeriesPlan => ({
    id: `${table}/${metricName}`,
    label: `dynamo ${label} ${table}`,
    unit: "count",
    sparse: true,
    threshold: 0,
    resource: table,
    queries,
  });
  const perOperation = DYNAMODB_OPERATIONS.map((Value) =>
    query("ThrottledRequests", [TableName, { Name: "Operation", Value }]),
  );
  return [
    plan("ThrottledRequests", "throttles", perOperation),
    plan("ReadThrottleEvents", "read throttles", [query("ReadThrottleEvents")]),
    plan("WriteThrottleEvents", "write throttles", [query("WriteThrottleEvents")]),
  ];
}

/** The metrics by which a table shows that it is in use. */
export function usageQueries(table: string): MetricQuery[] {
  return ["ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"].map((metricName) => ({
    namespace: "AWS/DynamoDB",
    metricName,
    stat: "Sum" as const,
    dimensions: [{ Name: "TableName", Value: table }],
  }));
}
