import type { OutputOf } from "../aws/contract.ts";
import { sanitizeLine } from "../base/text.ts";
import type { ScalingView, ServiceView, TaskView } from "../state/views.ts";
import { timeMs } from "./context.ts";

export type EcsService = NonNullable<OutputOf<"ecs", "DescribeServices">["services"]>[number];
export type EcsTask = NonNullable<OutputOf<"ecs", "DescribeTasks">["tasks"]>[number];
export type ScalableTarget = NonNullable<
  OutputOf<"application-autoscaling", "DescribeScalableTargets">["ScalableTargets"]
>[number];

const text = (value: string | undefined) => sanitizeLine(value ?? "");

/** The part of an ARN after its last slash: `family:revision` of a task definition, the id of a task. */
export function arnTail(arn: string | undefined): string {
  return text(arn?.slice(arn.lastIndexOf("/") + 1));
}

/** A service as the pane shows it. `scaling` undefined: not known. */
export function serviceView(
  service: EcsService,
  tasks: TaskView[],
  scaling: ScalingView | null | undefined,
): ServiceView {
  return {
    cluster: arnTail(service.clusterArn),
    name: text(service.serviceName),
    arn: text(service.serviceArn),
    status: text(service.status),
    desired: service.desiredCount ?? 0,
    running: service.runningCount ?? 0,
    pending: service.pendingCount ?? 0,
    taskDefinition: arnTail(service.taskDefinition),
    deployments: (service.deployments ?? []).map((deployment) => ({
      id: text(deployment.id),
      status: text(deployment.status),
      rolloutState: text(deployment.rolloutState),
      rolloutReason: text(deployment.rolloutStateReason),
      desired: deployment.desiredCount ?? 0,
      running: deployment.runningCount ?? 0,
      pending: deployment.pendingCount ?? 0,
      failedTasks: deployment.failedTasks ?? 0,
      taskDefinition: arnTail(deployment.taskDefinition),
      createdAtMs: timeMs(deployment.createdAt) ?? 0,
    })),
    events: (service.events ?? []).map((event) => ({
      id: text(event.id),
      atMs: timeMs(event.createdAt) ?? 0,
      message: text(event.message),
    })),
    ...(scaling === undefined ? {} : { scaling }),
    tasks,
  };
}

/** A task as the pane shows it. */
export function taskView(task: EcsTask): TaskView {
  return {
    id: arnTail(task.taskArn),
    arn: text(task.taskArn),
    lastStatus: text(task.lastStatus),
    desiredStatus: text(task.desiredStatus),
    health: text(task.healthStatus),
    taskDefinition: arnTail(task.taskDefinitionArn),
    createdAtMs: timeMs(task.createdAt),
    startedAtMs: timeMs(task.startedAt),
    stoppedAtMs: timeMs(task.stoppedAt),
    stopCode: task.stopCode,
    ...(task.stoppedReason === undefined ? {} : { stoppedReason: text(task.stoppedReason) }),
    containers: (task.containers ?? []).map((container) => ({
      name: text(container.name),
      lastStatus: text(container.lastStatus),
      ...(container.exitCode === undefined ? {} : { exitCode: container.exitCode }),
      ...(container.reason === undefined ? {} : { reason: text(container.reason) }),
    })),
  };
}

/** The range of a scalable target, and which kinds of scaling are suspended. */
export function scalingView(target: ScalableTarget): ScalingView {
  return {
    min: target.MinCapacity ?? 0,
    max: target.MaxCapacity ?? 0,
    suspended: {
      dynamicScalingIn: target.SuspendedState?.DynamicScalingInSuspended ?? false,
      dynamicScalingOut: target.SuspendedState?.DynamicScalingOutSuspended ?? false,
      scheduledScaling: target.SuspendedState?.ScheduledScalingSuspended ?? false,
    },
  };
}
