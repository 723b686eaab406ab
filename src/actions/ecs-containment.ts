import type { Json, JsonObject } from "../base/json.ts";
import { sanitizeLine } from "../base/text.ts";
import type { CallStep, Check, Guard, JobStep, PrepareContext, Reading, Step, WaitStep } from "./contract.ts";
import type { EcsServiceFacts } from "./ecs-service-facts.ts";

const MINUTE_MS = 60_000;

/** Every operation that containing an ECS service may use, undo and guard included. */
export const CONTAINMENT_OPERATIONS = [
  "ecs:DescribeServices",
  "ecs:ListTasks",
  "ecs:DescribeTasks",
  "ecs:DescribeTaskDefinition",
  "ecs:UpdateService",
  "application-autoscaling:DescribeScalableTargets",
  "application-autoscaling:DescribeScalingPolicies",
  "application-autoscaling:DescribeScalingActivities",
  "application-autoscaling:DescribeScheduledActions",
  "application-autoscaling:RegisterScalableTarget",
  "elbv2:DescribeTargetGroups",
  "elbv2:DescribeTargetHealth",
  "logs:FilterLogEvents",
  "cloudwatch:GetMetricData",
  "sts:GetCallerIdentity",
];

/** What has to be looked at before a service is scaled to 0. */
export function containmentChecks(context: PrepareContext, found: EcsServiceFacts): Check[] {
  const inFlight = found.deployments.filter((deployment) => deployment.rolloutState === "IN_PROGRESS");
  const environmentTag = found.tags.Environment;
  return [
    {
      label: "environment",
      status:
        environmentTag === undefined ? "unknown" : environmentTag === context.deployment.environment ? "pass" : "fail",
      detail:
        environmentTag === undefined
          ? "the service has no Environment tag"
          : `tagged ${sanitizeLine(environmentTag)}, incident is in ${context.deployment.environment}`,
    },
    {
      label: "deployment in flight",
      status: inFlight.length === 0 ? "pass" : "warn",
      detail:
        inFlight.length === 0
          ? "none"
          : `${inFlight.map((deployment) => deployment.taskDefinition).join(", ")}: it may still start tasks until it sees the new count`,
    },
    {
      label: "autoscaling",
      status: found.scaling === undefined ? "unknown" : "pass",
      detail:
        found.scaling === undefined
          ? `could not be read (${found.scalingProblem}); if there is a scalable target it may scale the service back up`
          : found.scaling
            ? "will be suspended first, with its minimum at 0"
            : "the service has no scalable target; that step is left out",
    },
    {
      label: "scheduled scaling",
      status: found.scheduledActions === undefined ? "unknown" : found.scheduledActions === 0 ? "pass" : "warn",
      detail: found.scheduledActions
        ? `${found.scheduledActions} scheduled actions: suspended with the rest`
        : found.scheduledActions === 0
          ? "none"
          : "could not be read",
    },
    {
      label: "already at 0",
      status: found.desired > 0 || found.running > 0 ? "pass" : "warn",
      detail:
        found.desired > 0 || found.running > 0 ? "no" : "the service is at 0 already; only autoscaling would change",
    },
  ];
}

/** What goes with the tasks; log lines stay in CloudWatch. ECS shows a stopped task for about an hour (ECS developer guide, stopped tasks errors). */
function lostByStopping(found: EcsServiceFacts): string[] {
  const tasks = `${found.running} running ${found.running === 1 ? "task" : "tasks"} of ${found.service}`;
  return [
    `state, containers and network interfaces of ${tasks}`,
    `exit codes and stopped reasons of ${found.service}'s earlier tasks, which ECS shows for about an hour`,
    ...(found.targetGroupArn ? [`health of ${found.service}'s targets, which are deregistered with the tasks`] : []),
  ];
}

/** Collects what stopping the tasks of all these services destroys, in one box of 15 s: containment is never delayed by more than that. */
export function evidenceStep(services: readonly { found: EcsServiceFacts; logGroup: string | undefined }[]): JobStep {
  const names = services.map(({ found }) => found.service);
  return {
    kind: "job",
    id: "evidence",
    title: `Collect what stopping the tasks would destroy${names.length === 1 ? "" : ` (${names.join(", ")})`}`,
    job: "volatile-evidence",
    input: {
      services: services.map(({ found, logGroup }) => ({
        cluster: found.cluster,
        service: found.service,
        resourceId: found.resourceId,
        taskDefinition: found.taskDefinition,
        targetGroupArn: found.targetGroupArn ?? null,
        logGroup: logGroup ?? null,
      })),
    },
    operations: [
      "ecs:DescribeServices",
      "ecs:ListTasks",
      "ecs:DescribeTasks",
      "ecs:DescribeTaskDefinition",
      "elbv2:DescribeTargetHealth",
      "application-autoscaling:DescribeScalingActivities",
      "logs:FilterLogEvents",
    ],
    boxMs: 15_000,
    essential: false,
    evidence: { loses: services.flatMap(({ found }) => lostByStopping(found)) },
  };
}

/**
 * Suspends autoscaling with its minimum at 0, in one call, then sets the desired count to 0; each with its undo. Suspending alone while
 * min >= 1 may move capacity into the range, and below min any scale-out lifts the count again.
 */
export function scaleToZeroSteps(found: EcsServiceFacts, suffix = ""): CallStep[] {
  return [...scalingSteps(found, suffix), desiredStep(found, suffix)];
}

function scalingSteps(found: EcsServiceFacts, suffix: string): CallStep[] {
  if (!found.scaling) return [];
  const target = {
    ServiceNamespace: "ecs",
    ResourceId: found.resourceId,
    ScalableDimension: "ecs:service:DesiredCount",
  };
  const before: Record<string, Json> = {
    min: found.scaling.min,
    "scale-in suspended": found.scaling.suspended.dynamicScalingIn,
    "scale-out suspended": found.scaling.suspended.dynamicScalingOut,
    "schedules suspended": found.scaling.suspended.scheduledScaling,
  };
  const step = (
    id: string,
    title: string,
    input: JsonObject,
    from: Record<string, Json>,
    to: Record<string, Json>,
  ): CallStep => ({
    kind: "call",
    id,
    title,
    transport: "aws",
    service: "application-autoscaling",
    operation: "RegisterScalableTarget",
    input: { ...target, ...input },
    resource: `scalable target ${found.resourceId}`,
    state: { reading: scalingReading(found), before: from, after: to },
  });
  return [
    {
      ...step(
        `suspend-autoscaling${suffix}`,
        "Suspend autoscaling and set its minimum to 0",
        { MinCapacity: 0, SuspendedState: allSuspended(true) },
        before,
        SUSPENDED,
      ),
      undo: [
        step(
          `restore-autoscaling${suffix}`,
          `Restore autoscaling to ${found.scaling.min} to ${found.scaling.max}`,
          {
            MinCapacity: found.scaling.min,
            MaxCapacity: found.scaling.max,
            SuspendedState: {
              DynamicScalingInSuspended: found.scaling.suspended.dynamicScalingIn,
              DynamicScalingOutSuspended: found.scaling.suspended.dynamicScalingOut,
              ScheduledScalingSuspended: found.scaling.suspended.scheduledScaling,
            },
          },
          SUSPENDED,
          before,
        ),
      ],
    },
  ];
}

function desiredStep(found: EcsServiceFacts, suffix: string): CallStep {
  const step = (id: string, title: string, from: number, to: number): CallStep => ({
    kind: "call",
    id,
    title,
    transport: "aws",
    service: "ecs",
    operation: "UpdateService",
    input: { cluster: found.cluster, service: found.service, desiredCount: to },
    resource: `service ${found.service} in cluster ${found.cluster}`,
    state: { reading: serviceReading(found), before: { desired: from }, after: { desired: to } },
  });
  const back: Step[] = [
    step(
      `restore-desired${suffix}`,
      `Set the desired count${suffix === "" ? "" : ` of ${found.service}`} back to ${found.desired}`,
      0,
      found.desired,
    ),
  ];
  if (found.desired > 0) {
    back.push(
      waitForTasks(
        found,
        `wait-running${suffix}`,
        found.desired,
        `${found.desired === 1 ? "1 task is" : `${found.desired} tasks are`} running again${suffix === "" ? "" : `: ${found.service}`}`,
        10 * MINUTE_MS,
      ),
    );
    if (found.targetGroupArn) back.push(waitForTargets(found, found.targetGroupArn, suffix));
  }
  return {
    ...step(
      `scale-to-zero${suffix}`,
      `Set the desired count${suffix === "" ? "" : ` of ${found.service}`} to 0`,
      found.desired,
      0,
    ),
    undo: back,
  };
}

/** What happens to the tasks of the services that are scaled to 0, of which so many run: 0 where they are only being started. */
export function stoppedWords(running: number): string {
  const which =
    running === 0
      ? "No task runs; what is being started is"
      : running === 1
        ? "The 1 running task is"
        : `All ${running} running tasks are`;
  return `${which} stopped (TERM, then KILL after 30 s); the containers are gone after that.`;
}

/** Waits until no task of the service runs or is being started. */
export function waitUntilStopped(found: EcsServiceFacts, id: string, title: string): WaitStep {
  return waitForTasks(found, id, 0, title, 5 * MINUTE_MS);
}

/** What a containment of the service keeps watching: the desired count, and that nothing may scale it; each by the service's name. */
export function containmentWatches(found: EcsServiceFacts): Guard["watches"] {
  const watch = (reading: Reading, wanted: Record<string, Json>): Guard["watches"][number] => {
    const named = (values: Record<string, Json>) =>
      Object.fromEntries(Object.entries(values).map(([label, value]) => [`${found.service} ${label}`, value]));
    const pick = Object.fromEntries(Object.keys(wanted).map((label) => [label, reading.pick[label] ?? ""]));
    return {
      reading: {
        ...reading,
        pick: named(pick) as Record<string, string>,
        ...(reading.otherwise ? { otherwise: named(reading.otherwise) } : {}),
      },
      holds: Object.entries(named(wanted)).map(([label, value]) => ({ label, op: "equals" as const, value })),
    };
  };
  return [
    watch(serviceReading(found), { desired: 0 }),
    ...(found.scaling ? [watch(scalingReading(found), SUSPENDED)] : []),
  ];
}

function waitForTasks(
  found: EcsServiceFacts,
  id: string,
  running: number,
  title: string,
  deadlineMs: number,
): WaitStep {
  const until: WaitStep["until"] =
    running === 0
      ? [
          { label: "running", op: "equals", value: 0 },
          { label: "pending", op: "equals", value: 0 },
        ]
      : [{ label: "running", op: "atLeast", value: running }];
  return { kind: "wait", id, title, reading: serviceReading(found), until, deadlineMs };
}

function waitForTargets(found: EcsServiceFacts, targetGroupArn: string, suffix: string): WaitStep {
  return {
    kind: "wait",
    id: `wait-healthy${suffix}`,
    title: `${found.desired === 1 ? "1 target is" : `${found.desired} targets are`} healthy again`,
    reading: {
      service: "elbv2",
      operation: "DescribeTargetHealth",
      input: { TargetGroupArn: targetGroupArn },
      pick: { healthy: "TargetHealthDescriptions[TargetHealth.State=healthy].length" },
    },
    until: [{ label: "healthy", op: "atLeast", value: found.desired }],
    deadlineMs: 10 * MINUTE_MS,
  };
}

function serviceReading(found: EcsServiceFacts): Reading {
  return {
    service: "ecs",
    operation: "DescribeServices",
    input: { cluster: found.cluster, services: [found.service] },
    pick: {
      desired: "services[0].desiredCount",
      running: "services[0].runningCount",
      pending: "services[0].pendingCount",
    },
  };
}

function scalingReading(found: EcsServiceFacts): Reading {
  return {
    service: "application-autoscaling",
    operation: "DescribeScalableTargets",
    input: { ServiceNamespace: "ecs", ResourceIds: [found.resourceId], ScalableDimension: "ecs:service:DesiredCount" },
    pick: {
      min: "ScalableTargets[0].MinCapacity",
      "scale-in suspended": "ScalableTargets[0].SuspendedState.DynamicScalingInSuspended",
      "scale-out suspended": "ScalableTargets[0].SuspendedState.DynamicScalingOutSuspended",
      "schedules suspended": "ScalableTargets[0].SuspendedState.ScheduledScalingSuspended",
    },
    otherwise: { "scale-in suspended": false, "scale-out suspended": false, "schedules suspended": false },
  };
}

const SUSPENDED: Record<string, Json> = {
  min: 0,
  "scale-in suspended": true,
  "scale-out suspended": true,
  "schedules suspended": true,
};

function allSuspended(value: boolean): JsonObject {
  return { DynamicScalingInSuspended: value, DynamicScalingOutSuspended: value, ScheduledScalingSuspended: value };
}
