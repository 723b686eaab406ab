import type { AlarmMetric } from "../state/views.ts";

interface PublishedMetric {
  namespace: string;
  metric: RegExp;
  /** The sets of dimensions under which CloudWatch has data points. */
  dimensions: readonly (readonly string[])[];
}

/**
 * Metrics whose dimensions are easily set wrong. A set that is not among these has no data points: CloudWatch does not add up over the
 * dimensions that were left out.
 * Sources: Amazon DynamoDB developer guide, "DynamoDB metrics and dimensions"; Amazon ECS developer guide, "Amazon ECS CloudWatch
 * metrics"; User guide for Application Load Balancers, "CloudWatch metrics for your Application Load Balancer".
 */
const PUBLISHED: readonly PublishedMetric[] = [
  {
    namespace: "AWS/DynamoDB",
    metric: /^(ThrottledRequests|SystemErrors|SuccessfulRequestLatency|ReturnedItemCount)$/,
    dimensions: [["TableName", "Operation"]],
  },
  { namespace: "AWS/DynamoDB", metric: /^UserErrors$/, dimensions: [[]] },
  {
    namespace: "AWS/DynamoDB",
    metric: /^(Read|Write)ThrottleEvents$/,
    dimensions: [["TableName"], ["TableName", "GlobalSecondaryIndexName"]],
  },
  {
    namespace: "AWS/ECS",
    metric: /^(CPU|Memory)Utilization$/,
    dimensions: [["ClusterName"], ["ClusterName", "ServiceName"]],
  },
  {
    namespace: "AWS/ApplicationELB",
    metric: /^(UnHealthy|Healthy)HostCount$/,
    dimensions: [
      ["TargetGroup", "LoadBalancer"],
      ["TargetGroup", "LoadBalancer", "AvailabilityZone"],
    ],
  },
];

/** Why the alarm's metric never has a data point, as a sentence without a full stop; undefined where nothing says so. */
export function neverHasData({ namespace, name, dimensions }: AlarmMetric): string | undefined {
  const published = PUBLISHED.find((one) => one.namespace === namespace && one.metric.test(name));
  if (!published) return undefined;
  const given = Object.keys(dimensions).sort();
  const isSame = (set: readonly string[]) => set.length === given.length && [...set].sort().join() === given.join();
  if (published.dimensions.some(isSame)) return undefined;
  const words = (set: readonly string[]) => (set.length === 0 ? "no dimension" : set.join(" + "));
  const right = published.dimensions.map(words).join(", or per ");
  return `${name} is published per ${right}, and it asks for ${words(given)}`;
}

/** What becomes of an alarm without data points, by its treatment of missing data (CloudWatch user guide, "Configuring how alarms treat missing data"). */
export function stateWithoutData(missingData: string): string {
  if (missingData === "notBreaching") return "it stays OK";
  if (missingData === "breaching") return "it is in ALARM all the time";
  if (missingData === "ignore") return "it stays as it is";
  return "it stays without data";
}
