import * as z from "zod";
import { Failure } from "../base/failure.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { sanitizeLine } from "../base/text.ts";
import type {
  ActionDefinition,
  CallStep,
  Check,
  JobStep,
  PrepareContext,
  Prepared,
  Reading,
  Step,
  WaitStep,
} from "./contract.ts";
import { type NessieFacts, readNessie } from "./nessie-facts.ts";

const MINUTE_MS = 60_000;

const parameters = z.object({});

/**
 * Scale Nessie's ECS service to 0 so that it stays there: autoscaling is suspended and its minimum set to 0 in one call first
 * (suspending alone while min >= 1 may move capacity into the range, and below min any scale-out lifts the count again), then the
 * desired count goes to 0. Volatile evidence is collected before, in a box of 15 s.
 */
export const containNessie: ActionDefinition<z.infer<typeof parameters>> = {
  id: "contain-nessie",
  title: "Contain Nessie: scale its ECS service to 0",
  description:
    "Suspends autoscaling, then sets the desired count to 0. Evidence of tasks and logs is collected first. Can be undone.",
  runbook: "Incident Response > Containment",
  tier: "name",
  parameters,
  operations: [
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
  ],
  async prepare(context) {
    const { nessie } = context.deployment;
    if (!nessie) {
      throw new Failure({
        kind: "not-found",
        what: "contain Nessie",
        why: "this lakehouse has no Nessie service (catalog type glue)",
        next: "Nothing to contain here. Set nessie.cluster and nessie.service in mayday.yaml if there is one.",
      });
    }
    return planOf(context, await readNessie(context, nessie));
  },
};

function planOf(context: PrepareContext, found: NessieFacts): Prepared {
  const steps: Step[] = [evidenceStep(context, found), ...scalingSteps(found), desiredStep(found)];
  const service = `${found.cluster}/${found.service}`;
  return {
    facts: {
      service,
      "tasks now": `${found.running} running of ${found.desired} desired`,
      autoscaling: found.scaling ? `${found.scaling.min} to ${found.scaling.max}` : "none",
      "healthy targets": found.targetGroupArn ? String(found.healthyTargets ?? "unknown") : "no target group found",
      "requests, last 5 min": found.requestsLast5Minutes === undefined ? "unknown" : String(found.requestsLast5Minutes),
    },
    checks: checksOf(context, found),
    plan: {
      actionId: containNessie.id,
      title: `Contain Nessie: scale ${service} to 0`,
      parameters: {},
      tier: "name",
      resourceName: found.service,
      effects: [
        `Nessie stops answering: every Dagster job and query engine that uses this catalog fails until it is undone${
          found.requestsLast5Minutes === undefined
            ? ""
            : ` (${found.requestsLast5Minutes} requests in the last 5 minutes)`
        }.`,
        `${found.running === 1 ? "The 1 running task is" : `All ${found.running} running tasks are`} stopped (TERM, then KILL after 30 s); the containers are gone after that, which is why evidence is collected first.`,
        "With no targets the health alarm may read OK or INSUFFICIENT_DATA: it is blind while contained.",
      ],
      caveats: [
        "AWS has no conditional write for these calls: each value is read again right before and read back right after; between the two somebody else's change would be overwritten.",
        "A terraform apply sets the desired count again. The guard keeps watching while this cockpit runs, and warns.",
      ],
      steps,
      verify: waitForTasks(found, "verify-stopped", 0, "No task is running or pending", 5 * MINUTE_MS),
      guard: {
        badge: `${found.service} ${found.desired}->0`,
        brokenMessage: `${found.service} is being scaled back up while it should be contained`,
        watches: [
          { reading: serviceReading(found), holds: [{ label: "desired", op: "equals", value: 0 }] },
          ...(found.scaling
            ? [
                {
                  reading: scalingReading(found),
                  holds: Object.entries(SUSPENDED).map(([label, value]) => ({ label, op: "equals" as const, value })),
                },
              ]
            : []),
        ],
      },
    },
  };
}

function checksOf(context: PrepareContext, found: NessieFacts): Check[] {
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

function evidenceStep(context: PrepareContext, found: NessieFacts): JobStep {
  return {
    kind: "job",
    id: "evidence",
    title: "Collect what stopping the tasks would destroy",
    job: "volatile-evidence",
    input: {
      cluster: found.cluster,
      service: found.service,
      resourceId: found.resourceId,
      taskDefinition: found.taskDefinition,
      targetGroupArn: found.targetGroupArn ?? null,
      logGroup: context.deployment.nessie?.logGroup ?? null,
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
  };
}

function scalingSteps(found: NessieFacts): CallStep[] {
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
        "suspend-autoscaling",
        "Suspend autoscaling and set its minimum to 0",
        { MinCapacity: 0, SuspendedState: allSuspended(true) },
        before,
        SUSPENDED,
      ),
      undo: [
        step(
          "restore-autoscaling",
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

function desiredStep(found: NessieFacts): CallStep {
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
  const back: Step[] = [step("restore-desired", `Set the desired count back to ${found.desired}`, 0, found.desired)];
  if (found.desired > 0) {
    back.push(
      waitForTasks(found, "wait-running", found.desired, `${found.desired} tasks are running again`, 10 * MINUTE_MS),
    );
    if (found.targetGroupArn) back.push(waitForTargets(found, found.targetGroupArn));
  }
  return { ...step("scale-to-zero", "Set the desired count to 0", found.desired, 0), undo: back };
}

function waitForTasks(found: NessieFacts, id: string, running: number, title: string, deadlineMs: number): WaitStep {
  const until: WaitStep["until"] =
    running === 0
      ? [
          { label: "running", op: "equals", value: 0 },
          { label: "pending", op: "equals", value: 0 },
        ]
      : [{ label: "running", op: "atLeast", value: running }];
  return { kind: "wait", id, title, reading: serviceReading(found), until, deadlineMs };
}

function waitForTargets(found: NessieFacts, targetGroupArn: string): WaitStep {
  return {
    kind: "wait",
    id: "wait-healthy",
    title: `${found.desired} targets are healthy again`,
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

function serviceReading(found: NessieFacts): Reading {
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

function scalingReading(found: NessieFacts): Reading {
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
