import type { Service } from "./ecs/model.ts";
import type { Traffic } from "./metrics/traffic.ts";
import { arn, scalingRoleArn } from "./names.ts";
import { putTrackingPolicy, serviceDimensions } from "./scaling/tracking-policy.ts";
import type { World } from "./world.ts";

/** Range of the template's autoscaling: prod 2 to 6 tasks, others 1 to 3. */
export function capacity(environment: string): { min: number; max: number } {
  return environment === "prod" ? { min: 2, max: 6 } : { min: 1, max: 3 };
}

/** The three alarms of the template. */
export function addAlarms(world: World, traffic: Traffic, createdAtMs: number): void {
  const { names } = world;
  const alarmActions = [arn(names, "sns", names.alertTopic)];
  const service = serviceDimensions(names.cluster, names.service);
  const common = { comparison: "GreaterThanThreshold", treatMissingData: "notBreaching", alarmActions } as const;
  const add = (
    suffix: string,
    settings: Omit<Parameters<World["alarms"]["add"]>[0], "name" | "arn" | keyof typeof common>,
  ) => {
    const name = `${names.alarmPrefix}-${suffix}`;
    const phaseMs = world.random(`alarm/${name}`).between(0, 60_000);
    world.alarms.add(
      { ...common, ...settings, name, arn: arn(names, "cloudwatch", `alarm:${name}`) },
      "OK",
      createdAtMs,
      phaseMs,
    );
  };
  add("nessie-unhealthy-hosts", {
    description: "Nessie has unhealthy targets",
    namespace: "AWS/ApplicationELB",
    metricName: "UnHealthyHostCount",
    dimensions: [
      { Name: "TargetGroup", Value: traffic.targetGroupDimension },
      { Name: "LoadBalancer", Value: traffic.loadBalancerDimension },
    ],
    statistic: "Maximum",
    periodMs: 60_000,
    evaluationPeriods: 2,
    threshold: 0,
  });
  add("nessie-cpu-high", {
    description: "Nessie CPU above 80 %",
    namespace: "AWS/ECS",
    metricName: "CPUUtilization",
    dimensions: service,
    statistic: "Average",
    periodMs: 300_000,
    evaluationPeriods: 3,
    threshold: 80,
  });
  // As in the template: TableName alone, while the metric is published per TableName and Operation. It never fires.
  add("nessie-dynamo-throttled", {
    description: "Nessie's table is throttled",
    namespace: "AWS/DynamoDB",
    metricName: "ThrottledRequests",
    dimensions: [{ Name: "TableName", Value: names.table }],
    statistic: "Sum",
    periodMs: 300_000,
    evaluationPeriods: 1,
    threshold: 0,
  });
}

/** The scalable target and the target tracking policy of the template, with the two alarms that AWS makes for it. */
export function addScaling(world: World, service: Service, createdAtMs: number): void {
  const { names } = world;
  const target = {
    resourceId: `service/${names.cluster}/${names.service}`,
    service,
    ...capacity(names.environment),
    suspended: { dynamicScalingIn: false, dynamicScalingOut: false, scheduledScaling: false },
    roleArn: scalingRoleArn(names),
    createdAtMs,
    arn: arn(names, "application-autoscaling", `scalable-target/0ec5${world.random("scalable-target").hex(28)}`),
  };
  world.scaling.addTarget(target);
  const policy = { name: names.scalingPolicy, targetValue: 70, cooldownMs: 300_000, createdAtMs };
  putTrackingPolicy(world, target, policy, true);
}
