import * as z from "zod";
import { Failure } from "../base/failure.ts";
import type { Deployment } from "../config/deployment.ts";
import type { ActionDefinition, Check, PrepareContext, Prepared, Step } from "./contract.ts";
import {
  CONTAINMENT_OPERATIONS,
  containmentChecks,
  containmentWatches,
  evidenceStep,
  scaleToZeroSteps,
  waitUntilStopped,
} from "./ecs-containment.ts";
import { type EcsServiceFacts, readEcsService } from "./ecs-service-facts.ts";

type Dagster = NonNullable<Deployment["dagster"]>;

const parameters = z.object({});

/**
 * Scale Dagster's ECS services to 0 so that they stay there. The daemon goes first: its schedules and sensors would start new runs
 * while the webserver is stopped. The undo goes the other way round.
 */
export const containDagster: ActionDefinition<z.infer<typeof parameters>> = {
  id: "contain-dagster",
  title: "Contain Dagster: scale its ECS services to 0",
  description:
    "The daemon first, so that no schedule starts a run, then the webserver. Evidence of tasks and logs is collected first. Can be undone.",
  runbook: "Incident Response > Containment",
  tier: "name",
  parameters,
  operations: CONTAINMENT_OPERATIONS,
  collectsFirst: true,
  async prepare(context) {
    const { dagster, project, environment } = context.deployment;
    if (!dagster || dagster.services.length === 0) {
      throw new Failure({
        kind: "not-found",
        what: "contain Dagster",
        why: "this deployment names no Dagster services on ECS",
        next: `Set dagster.cluster and dagster.services in mayday.yaml. Where Dagster runs in docker compose, stop it on its host: docker compose -p ${project}-${environment} stop dagster-daemon dagster-webserver (stop keeps containers and logs, down removes them).`,
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
        `${running === 1 ? "The 1 running task is" : `All ${running} running tasks are`} stopped (TERM, then KILL after 30 s); the containers are gone after that.`,
      ],
      caveats: [
        "A run that is ended in the middle may leave files that no snapshot names; Iceberg's own maintenance removes them. Its commit is whole or not there.",
        "Runs that Dagster starts as tasks of their own are not in these services: look for them in the cluster.",
        "AWS has no conditional write for these calls: each value is read again right before and read back right after; between the two somebody else's change would be overwritten.",
      ],
      steps: [
        ...found.map((service) => evidenceStep(service, logGroupOf(dagster, service.service), `-${service.service}`)),
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
