import type * as Wire from "@aws-sdk/client-application-auto-scaling";
import { AwsError } from "../wire/aws-error.ts";
import { defineService, type ServiceDefinition } from "../wire/types.ts";
import { arn, scalingRoleArn } from "../world/names.ts";
import type { Region } from "../world/region.ts";
import type { ScalableTarget, Suspension } from "../world/scaling/auto-scaling.ts";
import { putTrackingPolicy } from "../world/scaling/tracking-policy.ts";
import { scheduledOperations } from "./application-auto-scaling/scheduled-operations.ts";
import { pageOf } from "./paging.ts";

const invalidToken = () => new AwsError("InvalidNextTokenException", "The next token supplied was invalid");
const invalid = (message: string) => new AwsError("ValidationException", message);

const DIMENSION = "ecs:service:DesiredCount";
const noService = (resourceId: string | undefined) => invalid(`ECS service doesn't exist: ${resourceId}`);
const noTarget = (resourceId: string | undefined) =>
  new AwsError(
    "ObjectNotFoundException",
    `No scalable target registered for service namespace: ecs, resource ID: ${resourceId}`,
  );

/** A first registration: the service must be there, and both ends of the range have to be given (API reference). */
function newTarget(region: Region, input: Wire.RegisterScalableTargetCommandInput): ScalableTarget {
  const { ResourceId: resourceId = "", MinCapacity: min, MaxCapacity: max } = input;
  const [, cluster = "", name = ""] = resourceId.split("/");
  const service = region.ecs.clusters.get(cluster)?.services.get(name);
  if (!service) throw noService(resourceId);
  if (min === undefined || max === undefined) throw invalid("MinCapacity and MaxCapacity must be specified");
  if (min > max) throw invalid("Maximum capacity cannot be less than minimum capacity");
  const { account, names, scaling } = region;
  const { nowMs } = account.kernel;
  const suspended = { dynamicScalingIn: false, dynamicScalingOut: false, scheduledScaling: false };
  const id = account.random(`scalable-target/${resourceId}/${nowMs}`).hex(28);
  const target: ScalableTarget = {
    resourceId,
    service,
    min,
    max,
    suspended,
    roleArn: scalingRoleArn(names),
    createdAtMs: nowMs,
    arn: arn(names, "application-autoscaling", `scalable-target/0ec5${id}`),
  };
  scaling.addTarget(target);
  return target;
}

function suspendedView(suspended: Suspension): Wire.SuspendedState {
  return {
    DynamicScalingInSuspended: suspended.dynamicScalingIn,
    DynamicScalingOutSuspended: suspended.dynamicScalingOut,
    ScheduledScalingSuspended: suspended.scheduledScaling,
  };
}

function targetView(target: ScalableTarget): Wire.ScalableTarget {
  return {
    ServiceNamespace: "ecs",
    ResourceId: target.resourceId,
    ScalableDimension: DIMENSION,
    MinCapacity: target.min,
    MaxCapacity: target.max,
    RoleARN: target.roleArn,
    CreationTime: new Date(target.createdAtMs),
    SuspendedState: suspendedView(target.suspended),
    ScalableTargetARN: target.arn,
  };
}

/** Application Auto Scaling for ECS services. */
export function applicationAutoScalingService(region: Region): ServiceDefinition {
  const { scaling } = region;
  const wanted = (namespace: string | undefined, ids: readonly string[] | undefined) => (id: string) =>
    namespace === "ecs" && (!ids || ids.includes(id));
  return defineService<typeof Wire>({
    signingName: "application-autoscaling",
    load: () => import("@aws-sdk/client-application-auto-scaling"),
    clientName: "ApplicationAutoScalingClient",
    operations: {
      DescribeScalableTargets: (input) => {
        const fits = wanted(input.ServiceNamespace, input.ResourceIds);
        const found = [...scaling.targets.values()].filter((target) => fits(target.resourceId));
        const page = pageOf(found, input.MaxResults ?? 50, input.NextToken, invalidToken);
        return { ScalableTargets: page.items.map(targetView), NextToken: page.next };
      },
      RegisterScalableTarget: (input) => {
        const { MinCapacity: min, MaxCapacity: max, SuspendedState: suspended } = input;
        const target = scaling.targets.get(input.ResourceId ?? "") ?? newTarget(region, input);
        if (input.ScalableDimension !== DIMENSION) throw noService(input.ResourceId);
        if ((min ?? target.min) > (max ?? target.max))
          throw invalid("Maximum capacity cannot be less than minimum capacity");
        scaling.register(target, {
          ...(min === undefined ? {} : { min }),
          ...(max === undefined ? {} : { max }),
          suspended: {
            ...(suspended?.DynamicScalingInSuspended === undefined
              ? {}
              : { dynamicScalingIn: suspended.DynamicScalingInSuspended }),
            ...(suspended?.DynamicScalingOutSuspended === undefined
              ? {}
              : { dynamicScalingOut: suspended.DynamicScalingOutSuspended }),
            ...(suspended?.ScheduledScalingSuspended === undefined
              ? {}
              : { scheduledScaling: suspended.ScheduledScalingSuspended }),
          },
        });
        return { ScalableTargetARN: target.arn };
      },
      DeregisterScalableTarget: (input) => {
        const target = scaling.targets.get(input.ResourceId ?? "");
        if (!target || input.ScalableDimension !== DIMENSION) throw noTarget(input.ResourceId);
        for (const alarm of scaling.deregister(target)) region.alarms.byName.delete(alarm.name);
        return {};
      },
      DescribeScalingPolicies: (input) => {
        const fits = wanted(input.ServiceNamespace, input.ResourceId === undefined ? undefined : [input.ResourceId]);
        const found = scaling.policies.filter(
          (policy) => fits(policy.target.resourceId) && (!input.PolicyNames || input.PolicyNames.includes(policy.name)),
        );
        const page = pageOf(found, input.MaxResults ?? 50, input.NextToken, invalidToken);
        return {
          ScalingPolicies: page.items.map((policy) => ({
            PolicyARN: policy.arn,
            PolicyName: policy.name,
            ServiceNamespace: "ecs" as const,
            ResourceId: policy.target.resourceId,
            ScalableDimension: DIMENSION as Wire.ScalableDimension,
            PolicyType: "TargetTrackingScaling" as const,
            TargetTrackingScalingPolicyConfiguration: {
              TargetValue: policy.targetValue,
              PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" as const },
              ScaleInCooldown: policy.cooldownMs / 1000,
              ScaleOutCooldown: policy.cooldownMs / 1000,
            },
            Alarms: [policy.high, policy.low].map((alarm) => ({ AlarmName: alarm.name, AlarmARN: alarm.arn })),
            CreationTime: new Date(policy.createdAtMs),
          })),
          NextToken: page.next,
        };
      },
      DescribeScalingActivities: (input) => {
        const fits = wanted(input.ServiceNamespace, input.ResourceId === undefined ? undefined : [input.ResourceId]);
        const found = scaling.activities.filter((activity) => fits(activity.resourceId));
        const page = pageOf(found, input.MaxResults ?? 50, input.NextToken, invalidToken);
        return {
          ScalingActivities: page.items.map((activity) => {
            const done = activity.endMs <= region.account.kernel.nowMs;
            return {
              ActivityId: activity.id,
              ServiceNamespace: "ecs" as const,
              ResourceId: activity.resourceId,
              ScalableDimension: DIMENSION as Wire.ScalableDimension,
              Description: activity.description,
              Cause: activity.cause,
              StartTime: new Date(activity.startMs),
              EndTime: done ? new Date(activity.endMs) : undefined,
              StatusCode: done ? ("Successful" as const) : ("InProgress" as const),
              StatusMessage: done
                ? activity.statusMessage
                : "Successfully set desired count. Waiting for change to be fulfilled by ecs.",
            };
          }),
          NextToken: page.next,
        };
      },
      ...scheduledOperations(region),
      PutScalingPolicy: (input) => {
        const target = scaling.targets.get(input.ResourceId ?? "");
        if (!target) throw noTarget(input.ResourceId);
        const { TargetTrackingScalingPolicyConfiguration: tracking, PolicyName: name = "" } = input;
        const metric = tracking?.PredefinedMetricSpecification?.PredefinedMetricType;
        if (!tracking || metric !== "ECSServiceAverageCPUUtilization")
          throw invalid("Only target tracking on ECSServiceAverageCPUUtilization is simulated.");
        const { TargetValue: targetValue = 0, ScaleOutCooldown: cooldown = 300 } = tracking;
        if (targetValue <= 0 || targetValue > 100) throw invalid("TargetValue must be above 0 and at most 100");
        const draft = { name, targetValue, cooldownMs: cooldown * 1000, createdAtMs: region.account.kernel.nowMs };
        const policy = putTrackingPolicy(region, target, draft, false);
        const alarms = [policy.high, policy.low].map((alarm) => ({ AlarmName: alarm.name, AlarmARN: alarm.arn }));
        return { PolicyARN: policy.arn, Alarms: alarms };
      },
    },
  });
}
