import type { AwsCaller, OutputOf } from "../aws/contract.ts";
import { Failure } from "../base/failure.ts";
import type { Json } from "../base/json.ts";
import { sanitizeLine } from "../base/text.ts";
import type { CallStep, Check, Plan, PrepareContext, Reading, WaitStep } from "./contract.ts";
import type { NamedService } from "./named-service.ts";

const MINUTE_MS = 60_000;
/** A rolling deployment with a load balancer's health checks is over by then, or does not get on; domain ms. */
const ROLLOUT_DEADLINE_MS = 20 * MINUTE_MS;

/** Everything that changing a service's revision reads and calls. */
export const REVISION_OPERATIONS = [
  "ecs:DescribeServices",
  "ecs:DescribeTaskDefinition",
  "ecs:UpdateService",
  "sts:GetCallerIdentity",
];

type Service = NonNullable<OutputOf<"ecs", "DescribeServices">["services"]>[number];
type Definition = NonNullable<OutputOf<"ecs", "DescribeTaskDefinition">["taskDefinition"]>;

export interface ServiceRevision {
  cluster: string;
  service: string;
  desired: number;
  running: number;
  /** ARN of the revision that the service runs. */
  taskDefinition: string;
  /** ARNs of the deployments' revisions, newest first. */
  deployed: string[];
  inFlight: boolean;
  environment?: string;
  definition: Definition;
}

const calling = ({ signal }: PrepareContext) => ({ purpose: "action" as const, ...(signal ? { signal } : {}) });

/** The service with the task definition that it runs. Rejects with a Failure. */
export async function readServiceRevision(context: PrepareContext, named: NamedService): Promise<ServiceRevision> {
  const { cluster, service } = named;
  const { output } = await context.aws.call(
    "ecs",
    "DescribeServices",
    { cluster, services: [service], include: ["TAGS"] },
    calling(context),
  );
  const found = output.services?.find(({ status }) => status !== "INACTIVE");
  if (!found?.taskDefinition) {
    throw new Failure({
      kind: "not-found",
      what: `service ${service}`,
      why: `there is no active service ${service} in cluster ${cluster}`,
      next: `Check ${named.setting} in mayday.yaml, the region and the account.`,
    });
  }
  const definition = await readDefinition(context.aws, found.taskDefinition, context);
  const environment = found.tags?.find(({ key }) => key === "Environment")?.value;
  return {
    cluster,
    service,
    desired: found.desiredCount ?? 0,
    running: found.runningCount ?? 0,
    taskDefinition: found.taskDefinition,
    deployed: deployments(found).flatMap(({ taskDefinition }) => taskDefinition ?? []),
    inFlight: deployments(found).some(({ rolloutState }) => rolloutState === "IN_PROGRESS"),
    ...(environment === undefined ? {} : { environment }),
    definition,
  };
}

function deployments({ deployments: all = [] }: Service) {
  return [...all].sort((a, b) => (b.createdAt?.getTime() ?? 0) - (a.createdAt?.getTime() ?? 0));
}

/** A revision by ARN or `family:revision`. Rejects with a Failure. */
export async function readDefinition(
  aws: AwsCaller,
  taskDefinition: string,
  context: PrepareContext,
): Promise<Definition> {
  const { output } = await aws.call("ecs", "DescribeTaskDefinition", { taskDefinition }, calling(context));
  return output.taskDefinition ?? {};
}

/** `family:revision` of an ARN. */
export const revisionOf = (arn: string): string => sanitizeLine(arn.split("/").at(-1) ?? arn);

/** What has to be looked at before a service gets another revision. */
export function revisionChecks(context: PrepareContext, found: ServiceRevision): Check[] {
  const { environment } = context.deployment;
  const tagged = found.environment;
  return [
    {
      label: "environment",
      status: tagged === undefined ? "unknown" : tagged === environment ? "pass" : "fail",
      detail:
        tagged === undefined
          ? "the service has no Environment tag"
          : `tagged ${sanitizeLine(tagged)}, incident is in ${environment}`,
    },
    {
      label: "deployment in flight",
      status: found.inFlight ? "warn" : "pass",
      detail: found.inFlight ? "a rollout is under way: this one replaces it" : "none",
    },
    {
      label: "tasks",
      status: found.desired > 0 ? "pass" : "warn",
      detail:
        found.desired > 0
          ? `${found.running} running of ${found.desired} desired`
          : "the service is at 0: the revision counts when it is started again",
    },
  ];
}

/** UpdateService to another revision, with its way back. `to` may be a reference to the step that registers it. */
export function deployStep(found: ServiceRevision, to: Json, title: string): CallStep {
  const step = (id: string, words: string, from: Json, target: Json): CallStep => ({
    kind: "call",
    id,
    title: words,
    transport: "aws",
    service: "ecs",
    operation: "UpdateService",
    input: { cluster: found.cluster, service: found.service, taskDefinition: target },
    resource: `service ${found.service} in cluster ${found.cluster}`,
    state: { reading: revisionReading(found), before: { revision: from }, after: { revision: target } },
  });
  // Not waited for: what comes back may be what did not run.
  const back = `Deploy ${revisionOf(found.taskDefinition)} again; its rollout is not waited for`;
  return {
    ...step("deploy", title, found.taskDefinition, to),
    undo: [step("deploy-previous", back, to, found.taskDefinition)],
  };
}

function revisionReading({ cluster, service }: ServiceRevision): Reading {
  return {
    service: "ecs",
    operation: "DescribeServices",
    input: { cluster, services: [service] },
    pick: { revision: "services[0].taskDefinition" },
  };
}

/** Waits until one deployment is left, and it is completed: with a load balancer that takes healthy targets. */
export function rolloutWait(found: ServiceRevision, id: string, title: string): WaitStep {
  const { cluster, service, desired } = found;
  return {
    kind: "wait",
    id,
    title,
    reading: {
      service: "ecs",
      operation: "DescribeServices",
      input: { cluster, services: [service] },
      pick: {
        deployments: "services[0].deployments.length",
        rollout: "services[0].deployments[0].rolloutState",
        running: "services[0].runningCount",
      },
    },
    until: [
      { label: "deployments", op: "equals", value: 1 },
      { label: "rollout", op: "equals", value: "COMPLETED" },
      { label: "running", op: "atLeast", value: desired },
    ],
    deadlineMs: ROLLOUT_DEADLINE_MS,
  };
}

/** What no plan of a new revision can promise. */
export const REVISION_CAVEAT =
  "AWS has no conditional write for UpdateService: the revision is read again right before and read back right after; between the two somebody else's deployment would be overwritten.";

const RUNS_END = "runs that are under way in the old ones end in the middle";

/**
 * What replacing a service's tasks does to others, and what confirms it, there and back. Nessie's tasks keep nothing; in Dagster's, runs
 * may be under way. `effect` and `back`: the beginnings of the sentences.
 */
export function replacing(
  { deployment: { dagster } }: PrepareContext,
  { cluster, service }: ServiceRevision,
  { effect, back }: { effect: string; back: string },
): Pick<Plan, "tier" | "effects" | "undoing"> {
  if (dagster?.cluster === cluster && dagster.services.includes(service)) {
    const effects = [`${effect}: ${RUNS_END}.`];
    return { tier: "name", effects, undoing: { effects: [`${back}: ${RUNS_END}.`], tier: "name" } };
  }
  const rolling = "a rolling deployment, no outage by itself";
  return { tier: "yes", effects: [`${effect}: ${rolling}.`], undoing: { effects: [`${back}.`] } };
}
