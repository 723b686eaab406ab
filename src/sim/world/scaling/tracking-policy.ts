import type { Dimension } from "../metrics/metric-store.ts";
import { arn } from "../names.ts";
import { randomUuid } from "../random.ts";
import type { Region } from "../region.ts";
import type { ScalableTarget, TrackingPolicy } from "./auto-scaling.ts";

/** Target tracking makes its own two alarms: above the target for 3 minutes, below 90 % of it for 15. */
const HIGH_PERIODS = 3;
const LOW = { share: 0.9, periods: 15 };

/** The dimensions of an ECS service's metrics. */
export function serviceDimensions(cluster: string, service: string): Dimension[] {
  return [
    { Name: "ClusterName", Value: cluster },
    { Name: "ServiceName", Value: service },
  ];
}

/**
 * A target tracking policy on the CPU of a target's service with its two alarms, or a change of the one of this name.
 * @param established the policy is older than the world's first minute: its low alarm stands, as with ordinary traffic.
 */
export function putTrackingPolicy(
  region: Region,
  target: ScalableTarget,
  draft: Pick<TrackingPolicy, "name" | "targetValue" | "cooldownMs" | "createdAtMs">,
  established: boolean,
): TrackingPolicy {
  const { names, scaling, alarms, account } = region;
  const existing = scaling.policies.find((policy) => policy.name === draft.name && policy.target === target);
  const lowThreshold = Math.round(draft.targetValue * LOW.share * 10) / 10;
  if (existing) {
    existing.targetValue = draft.targetValue;
    existing.cooldownMs = draft.cooldownMs;
    existing.high.threshold = draft.targetValue;
    existing.low.threshold = lowThreshold;
    return existing;
  }
  const random = account.random(established ? "scaling-policy" : `scaling-policy/${draft.name}/${draft.createdAtMs}`);
  const { resourceId, service } = target;
  const policyId = randomUuid(random);
  const policyArn = arn(
    names,
    "autoscaling",
    `scalingPolicy:${policyId}:resource/ecs/${resourceId}:policyName/${draft.name}`,
  );
  const alarm = (kind: "High" | "Low", threshold: number, evaluationPeriods: number) => {
    const name = `TargetTracking-${resourceId}-Alarm${kind}-${randomUuid(random)}`;
    return alarms.add(
      {
        name,
        arn: arn(names, "cloudwatch", `alarm:${name}`),
        description: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${policyArn}.`,
        namespace: "AWS/ECS",
        metricName: "CPUUtilization",
        dimensions: serviceDimensions(service.cluster.name, service.name),
        statistic: "Average",
        periodMs: 60_000,
        evaluationPeriods,
        threshold,
        comparison: kind === "High" ? "GreaterThanThreshold" : "LessThanThreshold",
        treatMissingData: "missing",
        alarmActions: [policyArn],
        unit: "Percent",
      },
      established ? (kind === "High" ? "OK" : "ALARM") : "INSUFFICIENT_DATA",
      draft.createdAtMs,
      random.between(0, 60_000),
    );
  };
  const high = alarm("High", draft.targetValue, HIGH_PERIODS);
  const low = alarm("Low", lowThreshold, LOW.periods);
  const policy = { ...draft, arn: policyArn, target, high, low };
  scaling.addPolicy(policy);
  return policy;
}
