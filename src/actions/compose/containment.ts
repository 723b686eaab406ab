import type { ComposeDeployment } from "../../config/deployment.ts";
import type { JobStep, PrepareContext, Prepared } from "../contract.ts";
import { composeChecks, composeFilesOf, downChecks, type How } from "./checks.ts";
import { type ComposeServiceFacts, readComposeProject } from "./facts.ts";
import { holdDownSteps, nothingUp, upReading, waitUntilDown } from "./steps.ts";

/** Every operation that containing a compose project may use, evidence, undo and guard included. */
export const COMPOSE_CONTAINMENT_OPERATIONS = [
  "docker:ComposeLs",
  "docker:ComposePs",
  "docker:ComposeHash",
  "docker:Inspect",
  "docker:Events",
  "docker:Logs",
  "docker:ComposeStop",
  "docker:ComposeStart",
  "docker:ComposePause",
  "docker:ComposeUnpause",
  "docker:ComposeDown",
  "docker:ComposeUp",
  "docker:Start",
  "docker:Pause",
  "docker:Unpause",
];

const EVIDENCE_BOX_MS = 15_000;
const VERBS: Record<How, string> = { stop: "stop", pause: "pause", down: "stop and remove" };
const BADGES: Record<How, string> = { stop: "stopped", pause: "paused", down: "removed" };

/** Prepares the containment of Dagster's compose project: the daemon first, the undo the other way round. */
export async function prepareComposeContainment(
  context: PrepareContext,
  compose: ComposeDeployment,
  actionId: string,
  how: How,
): Promise<Prepared> {
  const facts = await readComposeProject(context, compose);
  const files = composeFilesOf(compose, facts);
  const { project } = facts;
  const services = facts.services.filter(({ containers }) => containers > 0);
  const names = services.map(({ Service }) => Service);
  const checks = [
    ...composeChecks(context, facts, how),
    ...(how === "down" ? await downChecks(context, facts, files) : []),
  ];
  return {
    facts: { project, ...Object.fromEntries(services.map((service) => [service.Service, factOf(service)])) },
    checks,
    plan: {
      actionId,
      title: `Contain Dagster: ${VERBS[how]} ${names.join(", ")} in ${project}`,
      parameters: { how },
      // What was in removed containers is gone for good.
      tier: how === "down" ? "name-and-account" : "name",
      resourceName: project,
      effects: effectsOf(services, how),
      caveats: caveatsOf(how),
      steps: [
        evidenceStep(project, services, how),
        ...services.flatMap((service) => holdDownSteps(project, service, how, files)),
      ],
      verify: waitUntilDown(project, names),
      guard: {
        badge: `dagster ${BADGES[how]}`,
        brokenMessage: "Dagster was started again while it should be contained",
        watches: [{ reading: upReading(project, names), holds: nothingUp(names) }],
      },
    },
  };
}

function factOf({ containers, up, paused, stopped, own }: ComposeServiceFacts): string {
  const restarts = own.reduce((sum, { RestartCount }) => sum + RestartCount, 0);
  return [
    `${up} of ${containers} up`,
    ...(paused > 0 ? [`${paused} paused`] : []),
    ...(stopped > 0 ? [`${stopped} stopped`] : []),
    ...(restarts > 0 ? [`restarted ${restarts === 1 ? "once" : `${restarts} times`}`] : []),
  ].join(", ");
}

function effectsOf(services: readonly ComposeServiceFacts[], how: How): string[] {
  const up = services.reduce((sum, service) => sum + service.up, 0);
  const which = up === 1 ? "The 1 container that runs" : `The ${up} containers that run`;
  const are = up === 1 ? "is" : "are";
  const processes = {
    stop: `${which} ${up === 1 ? "gets" : "get"} TERM, then KILL after the service's stop_grace_period (10 s unless the compose file says more). Containers, their files and their logs stay.`,
    pause: `${which} ${are} frozen in place: memory, open transactions and connections stay as they are, others wait for them, and health checks fail. Nothing is lost.`,
    down: `${which} ${are} stopped, and all containers of these services are REMOVED with their logs and the files in them; that cannot be undone. stop and pause keep them.`,
  }[how];
  const runs =
    how === "pause"
      ? "No schedule, sensor or run goes on until it is undone: runs that are under way stand still, and go on after it."
      : "No schedule, sensor or run goes on until it is undone: tables are not written, and runs that are under way end in the middle.";
  return [runs, processes];
}

function caveatsOf(how: How): string[] {
  const ways = {
    stop: [
      "Whoever may use docker on this host can start them again: the guard watches while this cockpit runs, and warns.",
    ],
    pause: [
      "A paused process holds what it holds: locks and connections to the catalog and the database are not released. For longer than some minutes, stop is better.",
      "Whoever may use docker on this host can let them go on: the guard watches while this cockpit runs, and warns.",
    ],
    down: [
      "The undo makes new containers from the compose file, with other ids and empty logs: files in the old ones, data in anonymous volumes and changes made by hand do not come back. Named volumes stay.",
      "The project's network is removed with its last container and made again by the undo.",
    ],
  }[how];
  const torn =
    how === "pause"
      ? []
      : [
          "A run that is ended in the middle may leave files that no snapshot names; Iceberg's own maintenance removes them. Its commit is whole or not there.",
        ];
  return [
    ...ways,
    ...torn,
    "docker has no conditional commands: the containers are looked at again right before each one and right after it.",
  ];
}

/** Collects what goes, in a box of 15 s; what is lost for good when it is skipped is named only where something is. */
export function evidenceStep(project: string, services: readonly ComposeServiceFacts[], how: How): JobStep {
  const lost = lostBy(services, how);
  return {
    kind: "job",
    id: "evidence",
    title: `Collect the containers' state and ${how === "down" ? "logs" : "last log lines"}`,
    job: "container-evidence",
    input: {
      project,
      containers: services.flatMap(({ own }) =>
        own.map(({ Id, Name, Service }) => ({ id: Id, name: Name, service: Service })),
      ),
      logs: how === "down" ? "all" : "recent",
    },
    operations: ["docker:ComposePs", "docker:Inspect", "docker:Events", "docker:Logs"],
    boxMs: EVIDENCE_BOX_MS,
    essential: false,
    ...(lost.length > 0 ? { evidence: { loses: lost } } : {}),
  };
}

function lostBy(services: readonly ComposeServiceFacts[], how: How): string[] {
  const containers = services.flatMap(({ own }) => own);
  if (how === "pause") return [];
  const which = containers.map(({ Name }) => Name).join(", ");
  const processes = `state, health and processes of ${which} as they are now`;
  if (how === "stop") return [processes];
  return [processes, `all log lines of ${which}`, `configuration, exit codes and restart counts of ${which}`];
}
