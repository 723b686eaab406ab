import { Failure, failureDetail } from "../base/failure.ts";
import type { PrepareContext } from "./contract.ts";

/** What the containment of an ECS service has to know. `undefined`: could not be read; `null`: there is none. */
export interface EcsServiceFacts {
  cluster: string;
  service: string;
  resourceId: string;
  desired: number;
  running: number;
  taskDefinition: string;
  tags: Record<string, string>;
  deployments: { taskDefinition: string; rolloutState: string }[];
  scaling:
    | {
        min: number;
        max: number;
        suspended: { dynamicScalingIn: boolean; dynamicScalingOut: boolean; scheduledScaling: boolean };
      }
    | null
    | undefined;
  scalingProblem?: string;
  scheduledActions?: number;
  targetGroupArn?: string;
  healthyTargets?: number;
  requestsLast5Minutes?: number;
}

/** An ECS service as the deployment names it. */
export interface ContainedService {
  cluster: string;
  service: string;
  /** By name; a service without a load balancer has none. */
  targetGroup?: string;
  logGroup?: string;
  /** The part of mayday.yaml that names it. */
  setting: "nessie" | "dagster";
}

const FIVE_MINUTES_MS = 300_000;

/**
 * Reads the service, its scaling, targets and traffic in parallel. Only the service itself must be readable; what else is
 * missing stays undefined. Rejects with a Failure of kind not-found when the cluster or the service does not exist.
 */
export async function readEcsService(context: PrepareContext, named: ContainedService): Promise<EcsServiceFacts> {
  const { aws, signal } = context;
  const options = { purpose: "action" as const, ...(signal ? { signal } : {}) };
  const resourceId = `service/${named.cluster}/${named.service}`;
  const target = { ServiceNamespace: "ecs" as const, ResourceIds: [resourceId] };
  const [described, scaling, scheduled, targets] = await Promise.all([
    aws.call(
      "ecs",
      "DescribeServices",
      { cluster: named.cluster, services: [named.service], include: ["TAGS"] },
      options,
    ),
    settle(
      aws.call(
        "application-autoscaling",
        "DescribeScalableTargets",
        { ...target, ScalableDimension: "ecs:service:DesiredCount" },
        options,
      ),
    ),
    settle(
      aws.call(
        "application-autoscaling",
        "DescribeScheduledActions",
        { ServiceNamespace: "ecs", ResourceId: resourceId },
        options,
      ),
    ),
    settle(named.targetGroup === undefined ? Promise.resolve({}) : readTargets(context, named.targetGroup)),
  ]);
  const service = described.output.services?.[0];
  if (!service || service.status === "INACTIVE") {
    throw new Failure({
      kind: "not-found",
      what: `ecs:DescribeServices ${named.service}`,
      why: `there is no active service ${named.service} in cluster ${named.cluster}`,
      next: `Check cluster and service of ${named.setting} in mayday.yaml, the region and the account.`,
      requestId: described.requestId,
    });
  }
  const scalable = scaling.value?.output.ScalableTargets?.[0];
  return {
    cluster: named.cluster,
    service: named.service,
    resourceId,
    desired: service.desiredCount ?? 0,
    running: service.runningCount ?? 0,
    taskDefinition: service.taskDefinition ?? "",
    tags: Object.fromEntries((service.tags ?? []).map((tag) => [tag.key ?? "", tag.value ?? ""])),
    deployments: (service.deployments ?? []).map((deployment) => ({
      taskDefinition: deployment.taskDefinition?.split("/").at(-1) ?? "",
      rolloutState: deployment.rolloutState ?? "",
    })),
    scaling: scaling.value
      ? scalable
        ? {
            min: scalable.MinCapacity ?? 0,
            max: scalable.MaxCapacity ?? 0,
            suspended: {
              dynamicScalingIn: scalable.SuspendedState?.DynamicScalingInSuspended ?? false,
              dynamicScalingOut: scalable.SuspendedState?.DynamicScalingOutSuspended ?? false,
              scheduledScaling: scalable.SuspendedState?.ScheduledScalingSuspended ?? false,
            },
          }
        : null
      : undefined,
    ...(scaling.problem ? { scalingProblem: scaling.problem } : {}),
    ...(scheduled.value ? { scheduledActions: scheduled.value.output.ScheduledActions?.length ?? 0 } : {}),
    ...(targets.value ?? {}),
  };
}

async function readTargets(
  context: PrepareContext,
  targetGroup: string,
): Promise<Pick<EcsServiceFacts, "targetGroupArn" | "healthyTargets" | "requestsLast5Minutes">> {
  const { aws, clock, signal } = context;
  const options = { purpose: "action" as const, ...(signal ? { signal } : {}) };
  const groups = await aws.call("elbv2", "DescribeTargetGroups", { Names: [targetGroup] }, options);
  const group = groups.output.TargetGroups?.[0];
  if (!group?.TargetGroupArn) return {};
  const loadBalancer = group.LoadBalancerArns?.[0]?.split(":loadbalancer/")[1];
  const [health, requests] = await Promise.all([
    settle(aws.call("elbv2", "DescribeTargetHealth", { TargetGroupArn: group.TargetGroupArn }, options)),
    loadBalancer
      ? settle(
          aws.call(
            "cloudwatch",
            "GetMetricData",
            {
              StartTime: new Date(clock.now() - FIVE_MINUTES_MS),
              EndTime: new Date(clock.now()),
              MetricDataQueries: [
                {
                  Id: "requests",
                  MetricStat: {
                    Metric: {
                      Namespace: "AWS/ApplicationELB",
                      MetricName: "RequestCount",
                      Dimensions: [{ Name: "LoadBalancer", Value: loadBalancer }],
                    },
                    Period: 60,
                    Stat: "Sum",
                  },
                },
              ],
            },
            options,
          ),
        )
      : undefined,
  ]);
  const values = requests?.value?.output.MetricDataResults?.[0]?.Values;
  return {
    targetGroupArn: group.TargetGroupArn,
    ...(health.value
      ? {
          healthyTargets: (health.value.output.TargetHealthDescriptions ?? []).filter(
            (target) => target.TargetHealth?.State === "healthy",
          ).length,
        }
      : {}),
    ...(values ? { requestsLast5Minutes: Math.round(values.reduce((sum, value) => sum + value, 0)) } : {}),
  };
}

/** An optional read: the value, or why there is none in words that a check can show. */
async function settle<T>(promise: Promise<T>): Promise<{ value?: T; problem?: string }> {
  try {
    return { value: await promise };
  } catch (error) {
    return { problem: failureDetail(error, "read").why };
  }
}
