import * as z from "zod";
import { Failure } from "../base/failure.ts";
import type { Deployment } from "../config/deployment.ts";
import { COMPOSE_CONTAINMENT_OPERATIONS, prepareComposeContainment } from "./compose/containment.ts";
import type { ActionDefinition, Check, PrepareContext, Prepared, Step } from "./contract.ts";
import {
  CONTAINMENT_OPERATIONS,
  containmentChecks,
  containmentWatches,
  evidenceStep,
  scaleToZeroSteps,
  stoppedWords,
  waitUntilStopped,
} from "./ecs-containment.ts";
import { type EcsServiceFacts, readEcsService } from "./ecs-service-facts.ts";

type Dagster = NonNullable<Deployment["dagster"]>;

const parameters = z.object({
  how: z
    .enum(["stop", "pause", "down"])
    .default("stop")
    .describe(
      "In docker compose: stop keeps containers and logs, pause freezes them where they stand, down removes them for good",
    ),
});

/**
 * Hold Dagster down: its ECS services at 0, or its compose services stopped, paused or, last of all, removed. The daemon goes first: its
 * schedules and sensors would start new runs while the webserver is stopped. The undo goes the other way round.
 */
export const containDagster: ActionDefinition<z.infer<typeof parameters>> = {
  id: "contain-dagster",
  title: "Contain Dagster: stop its daemon and webserver",
  description:
    "On ECS scaled to 0, in docker compose stopped or paused. The daemon first, so that no schedule starts a run. Evidence is collected first. Can be undone.",
  runbook: "Incident Response > Containment",
  tier: "name",
  parameters,
  operations: [...CONTAINMENT_OPERATIONS, ...COMPOSE_CONTAINMENT_OPERATIONS],
  collectsFirst: true,
  unasked: ({ compose }) => (compose ? [] : ["how"]),
  async prepare(context, { how }) {
    const { dagster, compose, project, environment } = context.deployment;
    if (compose) {
      const ordered = { ...compose, services: inOrder(compose.services) };
      return prepareComposeContainment(context, ordered, containDagster.id, how);
    }
    if (how !== "stop") throw onlyInCompose(how);
    if (!dagster || dagster.services.length === 0) {
      throw new Failure({
        kind: "not-found",
        what: "contain Dagster",
        why: "this deployment names no Dagster, neither on ECS nor in docker compose",
        next: `Set dagster.cluster and dagster.services in mayday.yaml, or dagster.composeProject (such as ${project}-${environment}) on the host that runs it. By hand: docker compose -p ${project}-${environment} stop dagster-daemon dagster-webserver (stop keeps containers and logs, down removes them).`,
      });
    }
    const found = await Promise.all(
      inOrder(dagster.services).map((service) =>
        readEcsService(context, { cluster: dagster.cluster, service, setting: "dagster" }),
      ),
    );
    return planOf(context, dagster, found);
  },
};

function onlyInCompose(how: string): Failure {
  return new Failure({
    kind: "invalid",
    what: "contain Dagster",
    why: `how=${how} is for docker compose, and this Dagster runs on ECS or nowhere`,
    next: "Leave out how: on ECS the services are scaled to 0.",
  });
}

/** Daemons first, webservers last; what else there is in between, as it was named. */
function inOrder(services: readonly string[]): string[] {
  const rank = (service: string) => (/daemon/.test(service) ? 0 : /web|ui|dagit/.test(service) ? 2 : 1);
  return [...services].sort((a, b) => rank(a) - rank(b));
}

function logGroupOf({ logGroups }: Dagster, service: string): string | undefined {
  return logGroups.find((group) => group.endsWith(service)) ?? (logGroups.length === 1 ? logGroups[0] : undefined);
}

function planOf(context: PrepareContext, dagster: Dagster, found: readonly EcsServiceFacts[]): Prepared {
  const names = found.map(({ service }) => service).join(" and ");
  const running = found.reduce((sum, service) => sum + service.running, 0);
  const last = found.at(-1);
  return {
    facts: {
      cluster: dagster.cluster,
      ...Object.fromEntries(
        found.map((service) => [service.service, `${service.running} running of ${service.desired} desired`]),
      ),
    },
    checks: found.flatMap((service) => checksOf(context, service)),
    plan: {
      actionId: containDagster.id,
      title: `Contain Dagster: scale ${names} to 0`,
      parameters: {},
      tier: "name",
      resourceName: dagster.cluster,
      effects: [
        "No schedule, sensor or run goes on until it is undone: tables are not written, and runs that are under way end in the middle.",
        stoppedWords(running),
      ],
      caveats: [
        "A run that is ended in the middle may leave files that no snapshot names; Iceberg's own maintenance removes them. Its commit is whole or not there.",
        "Runs that Dagster starts as tasks of their own are not in these services: look for them in the cluster.",
        "AWS has no conditional write for these calls: each value is read again right before and read back right after; between the two somebody else's change would be overwritten.",
      ],
      steps: [
        evidenceStep(found.map((service) => ({ found: service, logGroup: logGroupOf(dagster, service.service) }))),
        ...found.flatMap((service): Step[] => [
          ...scaleToZeroSteps(service, `-${service.service}`),
          // The next one is stopped only when this one starts nothing any more.
          ...(service === last ? [] : [stoppedOf(service)]),
        ]),
      ],
      verify: last ? stoppedOf(last) : null,
      guard: {
        badge: `dagster ${found.map(({ desired }) => desired).join("+")}->0`,
        brokenMessage: "Dagster is being scaled back up while it should be contained",
        watches: found.flatMap(containmentWatches),
      },
    },
  };
}

function stoppedOf(service: EcsServiceFacts) {
  const { service: name } = service;
  return waitUntilStopped(service, `stopped-${name}`, `No task of ${name} is running or pending`);
}

function checksOf(context: PrepareContext, service: EcsServiceFacts): Check[] {
  return containmentChecks(context, service).map((check) => ({
    ...check,
    label: `${service.service}: ${check.label}`,
  }));
}
