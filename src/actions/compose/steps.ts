import type { Json, JsonObject } from "../../base/json.ts";
import type { ComposeFiles } from "../../transports/docker/contract.ts";
import type { CallStep, Expectation, Reading, Step, WaitStep } from "../contract.ts";
import type { How } from "./checks.ts";
import type { ComposeServiceFacts } from "./facts.ts";

/** A container that was told to start shows within this time whether it lives, domain ms. */
const UP_WITHIN_MS = 120_000;
/** Stopping and pausing are over when docker comes back: this is for what happens right after, domain ms. */
const DOWN_WITHIN_MS = 60_000;

type Counts = Record<"up" | "paused" | "stopped", number>;

/**
 * The steps that hold a service's containers down, each with its undo; none where nothing of it runs. A container that docker restarts
 * again and again counts as up, whether it is just alive or not.
 */
export function holdDownSteps(
  project: string,
  service: ComposeServiceFacts,
  how: How,
  files: ComposeFiles,
): CallStep[] {
  if (how === "down") return service.containers === 0 ? [] : [downStep(project, service, files)];
  if (service.up === 0) return [];
  return [how === "stop" ? stopStep(project, service) : pauseStep(project, service)];
}

/** Waits until nothing of the services runs. */
export function waitUntilDown(project: string, services: readonly string[]): WaitStep {
  return {
    kind: "wait",
    id: "verify-held-down",
    title: `No container of ${services.join(" and ")} runs`,
    reading: upReading(project, services),
    until: nothingUp(services),
    deadlineMs: DOWN_WITHIN_MS,
  };
}

/** What a containment keeps watching. */
export const upReading = (project: string, services: readonly string[]): Reading => ({
  service: "docker",
  operation: "ComposePs",
  input: { project, services: [...services] },
  pick: Object.fromEntries(services.map((name) => [`${name} up`, `services[Service=${name}][0].up`])),
});

export const nothingUp = (services: readonly string[]): Expectation[] =>
  services.map((name) => ({ label: `${name} up`, op: "equals", value: 0 }));

function countsReading(project: string, service: string): Reading {
  const of = (member: string) => `services[Service=${service}][0].${member}`;
  return {
    service: "docker",
    operation: "ComposePs",
    input: { project, services: [service] },
    pick: { up: of("up"), paused: of("paused"), stopped: of("stopped") },
  };
}

interface Change {
  id: string;
  title: string;
  operation: string;
  input: JsonObject;
  before: Record<string, Json>;
  after: Record<string, Json>;
  reading?: Reading;
}

function callStep(project: string, service: string, change: Change): CallStep {
  const { id, title, operation, input, before, after } = change;
  return {
    kind: "call",
    id: `${id}-${service}`,
    title,
    transport: "docker",
    service: "docker",
    operation,
    input,
    resource: `compose service ${service} of project ${project}`,
    state: { reading: change.reading ?? countsReading(project, service), before, after },
  };
}

const countsOf = ({ up, paused, stopped }: ComposeServiceFacts): Counts => ({ up, paused, stopped });

const nameList = (containers: ComposeServiceFacts["own"], states: readonly string[]): string[] =>
  containers.filter(({ State }) => states.includes(State.Status)).map(({ Name }) => Name);

function stopStep(project: string, service: ComposeServiceFacts): CallStep {
  const { Service: name, own, containers } = service;
  const before = countsOf(service);
  const after: Counts = { up: 0, paused: 0, stopped: containers };
  const whole = before.up === containers;
  const started = nameList(own, ["running", "restarting", "paused"]);
  const paused = nameList(own, ["paused"]);
  const running: Counts = { up: before.up + before.paused, paused: 0, stopped: before.stopped };
  const undo: Step[] = [
    callStep(project, name, {
      id: "start",
      title: `Start ${name} again`,
      // Of several containers only those that ran: compose would start all of the service.
      operation: whole ? "ComposeStart" : "Start",
      input: whole ? { project, services: [name] } : { containers: started },
      before: after,
      after: running,
    }),
    ...(paused.length === 0
      ? []
      : [
          callStep(project, name, {
            id: "pause-again",
            title: `Pause ${paused.join(", ")} again`,
            operation: "Pause",
            input: { containers: paused },
            before: running,
            after: before,
          }),
        ]),
    waitUntilUp(project, name, before.up),
  ];
  const stop = callStep(project, name, {
    id: "stop",
    title: `Stop ${name}`,
    operation: "ComposeStop",
    input: { project, services: [name] },
    before,
    after,
  });
  return { ...stop, undo };
}

function pauseStep(project: string, service: ComposeServiceFacts): CallStep {
  const { Service: name, own } = service;
  const before = countsOf(service);
  const after: Counts = { up: 0, paused: before.paused + before.up, stopped: before.stopped };
  // compose pauses all of a service, and fails when one of them is paused already.
  const whole = before.paused === 0;
  const input: JsonObject = whole ? { project, services: [name] } : { containers: nameList(own, ["running"]) };
  const resume = callStep(project, name, {
    id: "unpause",
    title: `Let ${name} go on`,
    operation: whole ? "ComposeUnpause" : "Unpause",
    input,
    before: after,
    after: before,
  });
  const pause = callStep(project, name, {
    id: "pause",
    title: `Pause ${name}`,
    operation: whole ? "ComposePause" : "Pause",
    input,
    before,
    after,
  });
  return { ...pause, undo: [resume, waitUntilUp(project, name, before.up)] };
}

function downStep(project: string, service: ComposeServiceFacts, files: ComposeFiles): CallStep {
  const { Service: name, containers, up } = service;
  const reading: Reading = {
    ...countsReading(project, name),
    pick: { containers: `services[Service=${name}][0].containers` },
  };
  const undo: Step[] = [
    callStep(project, name, {
      id: "up",
      title: `Make ${name} anew from its compose file`,
      operation: "ComposeUp",
      input: { project, services: [name], ...files, scale: { [name]: containers } },
      before: { containers: 0 },
      after: { containers },
      reading,
    }),
    // One that did not run before must not run after the undo.
    up > 0
      ? waitUntilUp(project, name, containers)
      : callStep(project, name, {
          id: "stop-again",
          title: `Stop ${name}, as it was before`,
          operation: "ComposeStop",
          input: { project, services: [name] },
          before: { up: containers, paused: 0, stopped: 0 },
          after: { up: 0, paused: 0, stopped: containers },
        }),
  ];
  const down = callStep(project, name, {
    id: "down",
    title: `Stop ${name} and remove its ${containers === 1 ? "container" : `${containers} containers`}`,
    operation: "ComposeDown",
    input: { project, services: [name] },
    before: { containers },
    after: { containers: 0 },
    reading,
  });
  return { ...down, undo };
}

function waitUntilUp(project: string, service: string, count: number): WaitStep {
  return {
    kind: "wait",
    id: `wait-up-${service}`,
    title: `${count === 1 ? `${service} runs` : `${count} containers of ${service} run`} again`,
    reading: countsReading(project, service),
    until: [{ label: "up", op: "atLeast", value: count }],
    deadlineMs: UP_WITHIN_MS,
  };
}
