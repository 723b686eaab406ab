import * as z from "zod";
import type { OutputOf } from "../aws/contract.ts";
import type { JsonObject } from "../base/json.ts";
import type { ActionDefinition, CallStep, Check, PrepareContext, Prepared, Reading, WaitStep } from "./contract.ts";
import { namedService } from "./named-service.ts";
import { readServiceRevision, type ServiceRevision } from "./service-revision.ts";

type Target = NonNullable<OutputOf<"application-autoscaling", "DescribeScalableTargets">["ScalableTargets"]>[number];

const parameters = z.object({
  service: z.string().default("nessie").describe("nessie, or the name of one of Dagster's services"),
  max: z.string().default("").describe("Tasks at most (empty: twice as many as now)"),
  cpu: z.coerce.number().min(10).max(95).default(70).describe("CPU that a new policy aims at, percent"),
});

const DIMENSION = "ecs:service:DesiredCount";
/** Seconds between two scalings of a new policy, as in the template. */
const COOLDOWN_S = 300;

/** Gives autoscaling more tasks to start, or makes it where the service has none: a target and a policy that follows CPU. */
export const raiseAutoscaling: ActionDefinition<z.infer<typeof parameters>> = {
  id: "raise-autoscaling",
  title: "Let autoscaling run more tasks, or create it",
  description:
    "Raises the maximum of the scalable target; creates target and CPU policy where there are none. Can be undone.",
  runbook: "Monitoring Escalation > CloudWatch Alarms",
  tier: "yes",
  parameters,
  operations: [
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "application-autoscaling:DescribeScalableTargets",
    "application-autoscaling:DescribeScalingPolicies",
    "application-autoscaling:RegisterScalableTarget",
    "application-autoscaling:DeregisterScalableTarget",
    "application-autoscaling:PutScalingPolicy",
    "sts:GetCallerIdentity",
  ],
  async prepare(context, { service, max: asked, cpu }) {
    const named = namedService(context.deployment, service);
    const found = await readServiceRevision(context, named);
    const target = await readTarget(context, found);
    const now = target?.MaxCapacity ?? found.desired;
    const max = asked.trim() === "" ? Math.max(2, now * 2) : Number(asked.trim());
    const whole = Number.isInteger(max) && max > 0;
    const suspended = target?.SuspendedState?.DynamicScalingOutSuspended === true;
    const checks: Check[] = [
      {
        label: "maximum",
        status: !whole || max <= now ? "fail" : "pass",
        detail: !whole
          ? `"${asked}" is no number of tasks`
          : max <= now
            ? `it is ${now} already`
            : `${now} becomes ${max}`,
      },
      {
        label: "scaling out",
        status: suspended ? "warn" : "pass",
        detail: suspended
          ? "is suspended (a containment does that): a higher maximum has no effect until it is undone"
          : target
            ? "is not suspended"
            : "the service has no scalable target: it is created, with a policy",
      },
    ];
    const steps = target ? [raiseStep(found, target, max)] : createSteps(found, max, cpu);
    return planOf({ service, found, now, max, cpu, exists: target !== undefined, checks, steps });
  },
};

const resourceOf = ({ cluster, service }: ServiceRevision) => `service/${cluster}/${service}`;

async function readTarget({ aws, signal }: PrepareContext, found: ServiceRevision): Promise<Target | undefined> {
  const { output } = await aws.call(
    "application-autoscaling",
    "DescribeScalableTargets",
    { ServiceNamespace: "ecs", ResourceIds: [resourceOf(found)], ScalableDimension: DIMENSION },
    { purpose: "action", ...(signal ? { signal } : {}) },
  );
  return output.ScalableTargets?.[0];
}

function targetReading(found: ServiceRevision): Reading {
  return {
    service: "application-autoscaling",
    operation: "DescribeScalableTargets",
    input: { ServiceNamespace: "ecs", ResourceIds: [resourceOf(found)], ScalableDimension: DIMENSION },
    pick: { targets: "ScalableTargets.length", max: "ScalableTargets[0].MaxCapacity" },
  };
}

function registerStep(
  found: ServiceRevision,
  id: string,
  title: string,
  change: { input: JsonObject; before: JsonObject; after: JsonObject },
): CallStep {
  return {
    kind: "call",
    id,
    title,
    transport: "aws",
    service: "application-autoscaling",
    operation: "RegisterScalableTarget",
    input: { ServiceNamespace: "ecs", ResourceId: resourceOf(found), ScalableDimension: DIMENSION, ...change.input },
    resource: `scalable target ${resourceOf(found)}`,
    state: { reading: targetReading(found), before: change.before, after: change.after },
  };
}

function raiseStep(found: ServiceRevision, target: Target, max: number): CallStep {
  const now = target.MaxCapacity ?? 0;
  const step = (id: string, from: number, to: number) =>
    registerStep(found, id, `Set the maximum to ${to} tasks`, {
      input: { MaxCapacity: to },
      before: { max: from },
      after: { max: to },
    });
  return { ...step("raise-maximum", now, max), undo: [step("restore-maximum", max, now)] };
}

function createSteps(found: ServiceRevision, max: number, cpu: number): CallStep[] {
  const min = Math.max(1, found.desired);
  const resource = { ServiceNamespace: "ecs", ResourceId: resourceOf(found), ScalableDimension: DIMENSION };
  const name = `${found.cluster}-cpu`;
  const register = registerStep(found, "create-target", `Create the scalable target: ${min} to ${max} tasks`, {
    input: { MinCapacity: min, MaxCapacity: max },
    before: { targets: 0 },
    after: { targets: 1 },
  });
  return [
    {
      ...register,
      undo: [
        {
          ...register,
          id: "remove-target",
          title: "Remove the scalable target, and its policies with it",
          operation: "DeregisterScalableTarget",
          input: resource,
          state: { reading: targetReading(found), before: { targets: 1 }, after: { targets: 0 } },
        },
      ],
    },
    {
      kind: "call",
      id: "create-policy",
      title: `Create the policy ${name}: ${cpu} % CPU`,
      transport: "aws",
      service: "application-autoscaling",
      operation: "PutScalingPolicy",
      input: {
        ...resource,
        PolicyName: name,
        PolicyType: "TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: cpu,
          PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
          ScaleOutCooldown: COOLDOWN_S,
          ScaleInCooldown: COOLDOWN_S,
        },
      },
      resource: `scaling policy ${name}`,
      state: {
        reading: {
          service: "application-autoscaling",
          operation: "DescribeScalingPolicies",
          input: { ServiceNamespace: "ecs", ResourceId: resourceOf(found), ScalableDimension: DIMENSION },
          pick: { policies: `ScalingPolicies[PolicyName=${name}].length` },
        },
        before: { policies: 0 },
        after: { policies: 1 },
      },
    },
  ];
}

interface AutoscalingPlan {
  service: string;
  found: ServiceRevision;
  now: number;
  max: number;
  cpu: number;
  exists: boolean;
  checks: Check[];
  steps: CallStep[];
}

function planOf({ service, found, now, max, cpu, exists, checks, steps }: AutoscalingPlan): Prepared {
  const verify: WaitStep = {
    kind: "wait",
    id: "verify-maximum",
    title: `The maximum is ${max} tasks`,
    reading: targetReading(found),
    until: [{ label: "max", op: "equals", value: max }],
    deadlineMs: 60_000,
  };
  return {
    facts: {
      service: `${found.cluster}/${found.service}`,
      tasks: `${found.running} running of ${found.desired} desired`,
      autoscaling: exists ? `at most ${now} -> ${max}` : `none -> at most ${max}, at ${cpu} % CPU`,
    },
    checks,
    plan: {
      actionId: raiseAutoscaling.id,
      title: exists
        ? `Let ${found.service} scale to ${max} tasks`
        : `Create autoscaling of ${found.service}: up to ${max} tasks`,
      parameters: { service, max, cpu },
      tier: "yes",
      resourceName: found.service,
      effects: [`Up to ${max} tasks run, and are paid for, while CPU is high; more tasks ask more of DynamoDB.`],
      caveats: [
        "It takes a few minutes: the policy's alarm looks at three minutes, and tasks need a minute to serve.",
        "A terraform apply brings back the template's range.",
      ],
      steps,
      verify,
      undoing: {
        effects: [
          exists
            ? "Tasks beyond the former maximum are stopped: if the load is still there, the others have to carry it."
            : "The tasks that run now stay, and nothing adds or takes any.",
        ],
      },
      guard: null,
    },
  };
}
