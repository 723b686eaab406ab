import * as z from "zod";
import { Failure } from "../base/failure.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { sanitizeLine } from "../base/text.ts";
import type { ComposeDeployment } from "../config/deployment.ts";
import { COMPOSE_REDEPLOY_OPERATIONS, prepareComposeRedeploy } from "./compose/redeploy.ts";
import type {
  ActionDefinition,
  CallStep,
  Check,
  PrepareContext,
  Prepared,
  Reading,
  Step,
  WaitStep,
} from "./contract.ts";
import { evidenceStep } from "./ecs-containment.ts";
import { type EcsServiceFacts, readEcsService } from "./ecs-service-facts.ts";

/** How long a rolling deployment may take, domain ms: the RTO of the runbook's table. */
const STEADY_WITHIN_MS = 15 * 60_000;
const PREVIOUS = "previous";

const parameters = z.object({
  service: z.string().trim().default("").describe("One service; empty: all of Dagster's"),
  revision: z
    .string()
    .trim()
    .default("")
    .describe(
      "On ECS, empty: the present one, started anew; previous: the one before it; or a number, with one service named",
    ),
  reference: z
    .string()
    .trim()
    .regex(/^([A-Za-z0-9][A-Za-z0-9._/-]*)?$/, "a commit, tag or branch")
    .default("")
    .describe("In docker compose: commit, tag or branch that you check out first; empty: the files stay as they are"),
});

/**
 * Starts Dagster anew from what was built from Git: on ECS the present revision by a forced deployment or another one, in docker compose
 * what the compose file says, pulled anew.
 */
export const redeployDagster: ActionDefinition<z.infer<typeof parameters>> = {
  id: "redeploy-dagster",
  title: "Redeploy Dagster",
  description:
    "On ECS by a deployment of the present or another revision, in docker compose by pull and up. Waits until it is well. Can be undone.",
  runbook: "Disaster Recovery > RTO/RPO Targets",
  tier: "name",
  parameters,
  operations: [
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:UpdateService",
    "ecs:ListTasks",
    "ecs:DescribeTasks",
    "application-autoscaling:DescribeScalableTargets",
    "application-autoscaling:DescribeScheduledActions",
    "application-autoscaling:DescribeScalingActivities",
    "elbv2:DescribeTargetHealth",
    "logs:FilterLogEvents",
    ...COMPOSE_REDEPLOY_OPERATIONS,
  ],
  collectsFirst: true,
  unasked: ({ compose }) => (compose ? ["revision"] : ["reference"]),
  async prepare(context, given) {
    const { compose, project, environment } = context.deployment;
    if (compose) return prepareInCompose(context, compose, given);
    const { service, revision, reference } = given;
    if (reference !== "")
      throw wrong("reference is for docker compose, and this Dagster runs on ECS or nowhere", "Give revision.");
    const { dagster } = context.deployment;
    if (!dagster || dagster.services.length === 0) {
      throw new Failure({
        kind: "not-found",
        what: "redeploy-dagster",
        why: "this deployment names no Dagster, neither on ECS nor in docker compose",
        next: `Set dagster.cluster and dagster.services in mayday.yaml, or dagster.composeProject (such as ${project}-${environment}). By hand: docker compose pull, then docker compose up -d.`,
      });
    }
    const named = chosen(service, dagster.services);
    if (/^\d+$/.test(revision) && named.length > 1)
      throw wrong("a revision's number belongs to one service", `Name one of ${dagster.services.join(", ")}.`);
    const found = await Promise.all(
      named.map(async (one): Promise<Redeployed> => {
        const facts = await readEcsService(context, { cluster: dagster.cluster, service: one, setting: "dagster" });
        const logGroup = dagster.logGroups[dagster.services.indexOf(one)];
        return { facts, logGroup, ...(await revisionsOf(context, facts, revision)) };
      }),
    );
    return planOf(found, { service, revision });
  },
};

async function prepareInCompose(
  context: PrepareContext,
  compose: ComposeDeployment,
  { service, revision, reference }: z.infer<typeof parameters>,
): Promise<Prepared> {
  if (revision !== "")
    throw wrong("revision is for ECS, and this Dagster runs in docker compose", "Give reference: what you check out.");
  const services = chosen(service, compose.services);
  const parameters = { service, reference };
  return prepareComposeRedeploy(
    context,
    { ...compose, services },
    { actionId: redeployDagster.id, reference, parameters },
  );
}

function chosen(service: string, services: readonly string[]): string[] {
  const found = services.filter((one) => service === "" || one === service);
  if (found.length > 0) return found;
  throw wrong(`${service} is none of Dagster's services`, `Name one of ${services.join(", ")}.`);
}

const wrong = (why: string, next: string) => new Failure({ kind: "invalid", what: "redeploy-dagster", why, next });

interface Revision {
  /** family:revision */
  name: string;
  arn: string;
  image: string;
  isActive: boolean;
}

interface Redeployed {
  facts: EcsServiceFacts;
  logGroup: string | undefined;
  now: Revision;
  /** Undefined: there is no such revision. */
  wanted: Revision | undefined;
}

async function revisionsOf(
  context: PrepareContext,
  { taskDefinition }: EcsServiceFacts,
  asked: string,
): Promise<Pick<Redeployed, "now" | "wanted">> {
  const name = taskDefinition.split("/").at(-1) ?? "";
  const [family = "", number = "0"] = name.split(":");
  const now = (await describe(context, name)) ?? { name, arn: taskDefinition, image: "unknown", isActive: false };
  if (asked === "") return { now, wanted: now };
  const wanted = asked === PREVIOUS ? Number(number) - 1 : Number(asked.split(":").at(-1));
  if (!Number.isInteger(wanted) || wanted < 1) return { now, wanted: undefined };
  return { now, wanted: await describe(context, `${family}:${wanted}`) };
}

async function describe({ aws, signal }: PrepareContext, taskDefinition: string): Promise<Revision | undefined> {
  try {
    const options = { purpose: "action" as const, ...(signal ? { signal } : {}) };
    const { output } = await aws.call("ecs", "DescribeTaskDefinition", { taskDefinition }, options);
    const images = (output.taskDefinition?.containerDefinitions ?? []).map(({ image }) => image ?? "");
    const isActive = output.taskDefinition?.status === "ACTIVE";
    const arn = output.taskDefinition?.taskDefinitionArn ?? taskDefinition;
    return { name: taskDefinition, arn, image: sanitizeLine(images.join(", ")), isActive };
  } catch (error) {
    // ECS answers an unknown revision with ClientException, "Unable to describe task definition".
    if (error instanceof Failure && (error.kind === "invalid" || error.kind === "not-found")) return undefined;
    throw error;
  }
}

function planOf(found: readonly Redeployed[], given: { service: string; revision: string }): Prepared {
  const { cluster = "" } = found[0]?.facts ?? {};
  const names = found.map(({ facts }) => facts.service).join(" and ");
  const moves = found.some(({ now, wanted }) => wanted && wanted.name !== now.name);
  return {
    facts: Object.fromEntries(
      found.map(({ facts, now, wanted }) => [
        facts.service,
        `${facts.running} of ${facts.desired} running, ${now.name} (${now.image})${wanted && wanted.name !== now.name ? ` -> ${wanted.name} (${wanted.image})` : ", started anew"}`,
      ]),
    ),
    checks: found.flatMap(checksOf),
    plan: {
      actionId: redeployDagster.id,
      title: moves
        ? `Redeploy Dagster: ${found.map(({ wanted }) => wanted?.name ?? "unknown").join(" and ")}`
        : `Redeploy Dagster: ${names} started anew`,
      parameters: { ...given },
      tier: "name",
      resourceName: cluster,
      effects: [
        `The tasks of ${names} are replaced, new ones first: runs that are under way in the old ones end in the middle.`,
      ],
      caveats: [
        "A tag such as latest is resolved anew when a task starts: the same revision may then be other code. Only a revision with a digest says what runs.",
        "Which revision belongs to which commit ECS does not know: look at the image's tag.",
        ...(moves
          ? []
          : ["A forced deployment of the present revision has no undo: there is no other state to go back to."]),
      ],
      undoing: {
        effects: [
          `The tasks of ${names} are replaced again, from the former revision: runs that are under way end in the middle.`,
        ],
        tier: "name",
      },
      steps: [
        evidenceStep(found.map(({ facts, logGroup }) => ({ found: facts, logGroup }))),
        ...found.flatMap(stepsOf),
      ],
      verify: null,
      guard: null,
    },
  };
}

function checksOf({ facts, now, wanted }: Redeployed): Check[] {
  const { service, desired, deployments } = facts;
  const rolling = deployments.filter(({ rolloutState }) => rolloutState === "IN_PROGRESS");
  const revision: Check = !wanted
    ? { label: `${service}: revision`, status: "fail", detail: `there is no such revision beside ${now.name}` }
    : wanted.isActive
      ? { label: `${service}: revision`, status: "pass", detail: `${wanted.name}: ${wanted.image}` }
      : {
          label: `${service}: revision`,
          status: "fail",
          detail: `${wanted.name} is not active: no task can be started from it`,
        };
  return [
    revision,
    desired > 0
      ? { label: `${service}: desired count`, status: "pass", detail: String(desired) }
      : {
          label: `${service}: desired count`,
          status: "fail",
          detail: "0, it may be contained: undo that first (z), or nothing is started",
        },
    {
      label: `${service}: deployment in flight`,
      status: rolling.length === 0 ? "pass" : "warn",
      detail:
        rolling.length === 0
          ? "none"
          : `${rolling.map(({ taskDefinition }) => taskDefinition).join(", ")}: this one takes its place`,
    },
  ];
}

function stepsOf({ facts, now, wanted }: Redeployed): Step[] {
  if (!wanted) return [];
  const { cluster, service, desired } = facts;
  const isForced = wanted.name === now.name;
  const deploy = isForced ? forceStep(facts) : revisionStep(facts, now, wanted);
  const steady: Record<string, Json> = { deployments: 1, rollout: "COMPLETED", running: desired };
  return [
    deploy,
    steadyStep(cluster, service, steady, isForced ? { $ref: `deploy-${service}.output.deployment` } : undefined),
  ];
}

function forceStep({ cluster, service }: EcsServiceFacts): CallStep {
  return {
    ...updateCall(cluster, service, { forceNewDeployment: true }),
    id: `deploy-${service}`,
    title: `Start ${service} anew on its present revision`,
    keep: { deployment: "service.deployments[status=PRIMARY][0].id" },
  };
}

function revisionStep({ cluster, service }: EcsServiceFacts, from: Revision, to: Revision): CallStep {
  const reading: Reading = {
    service: "ecs",
    operation: "DescribeServices",
    input: { cluster, services: [service] },
    pick: { revision: "services[0].taskDefinition" },
  };
  const call = (id: string, before: Revision, after: Revision): CallStep => ({
    ...updateCall(cluster, service, { taskDefinition: after.name }),
    id,
    title: `Deploy ${after.name} to ${service}`,
    state: { reading, before: { revision: before.arn }, after: { revision: after.arn } },
  });
  return { ...call(`deploy-${service}`, from, to), undo: [call(`undeploy-${service}`, to, from)] };
}

const updateCall = (cluster: string, service: string, change: JsonObject) => ({
  kind: "call" as const,
  transport: "aws" as const,
  service: "ecs",
  operation: "UpdateService",
  input: { cluster, service, ...change },
  resource: `service ${service} in cluster ${cluster}`,
});

function steadyStep(
  cluster: string,
  service: string,
  steady: Record<string, Json>,
  deployment: JsonObject | undefined,
): WaitStep {
  const wanted = { ...steady, ...(deployment ? { deployment } : {}) };
  return {
    kind: "wait",
    id: `steady-${service}`,
    title: `${service} is steady: one deployment, all its tasks running`,
    reading: {
      service: "ecs",
      operation: "DescribeServices",
      input: { cluster, services: [service] },
      pick: {
        deployments: "services[0].deployments.length",
        rollout: "services[0].deployments[0].rolloutState",
        running: "services[0].runningCount",
        deployment: "services[0].deployments[0].id",
      },
    },
    until: Object.entries(wanted).map(([label, value]) => ({ label, op: "equals" as const, value })),
    deadlineMs: STEADY_WITHIN_MS,
  };
}
