import type { Readable } from "node:stream";
import { sanitizeLine } from "../../base/text.ts";
import type { ContainerEvent, ContainerLog, InspectedContainer } from "../../transports/docker/contract.ts";
import type { FactReader, FactSource } from "../fact.ts";
import type { LogEnd } from "../sources/logs.ts";

function composeOf(reader: FactReader): NonNullable<FactReader["deployment"]["compose"]> {
  return reader.deployment.compose ?? reader.absent("Dagster does not run in docker compose here");
}

/** Dagster's containers of the compose project, inspected. */
export const composeContainers: FactSource<InspectedContainer[]> = {
  id: "compose-containers",
  title: "Dagster's containers (docker)",
  operations: ["docker:ComposePs", "docker:Inspect"],
  async fetch(reader) {
    const { project, services } = composeOf(reader);
    const { containers } = await reader.docker("ComposePs", { project, services });
    const own = containers.filter(({ OneOff }) => !OneOff).map(({ ID }) => ID);
    if (own.length === 0) return [];
    return (await reader.docker("Inspect", { containers: own })).containers;
  },
};

/** How a container ended, as the daemon's events tell it: docker forgets it when the container starts again. */
export interface ContainerDeath {
  container: string;
  service: string;
  atMs: number;
  exitCode?: number;
  /** The kernel killed it at its memory limit. */
  outOfMemory: boolean;
}

/** How far back deaths are looked for, domain ms; the daemon remembers some hundred events only. */
const DEATHS_MS = 40 * 60_000;
/** `oom` and `die` of one death come within this time, ms. */
const ONE_DEATH_MS = 5_000;

/** Containers of Dagster's services that ended lately, newest first; stops that somebody asked for are left out. */
export const composeDeaths: FactSource<ContainerDeath[]> = {
  id: "compose-deaths",
  title: "docker's events of Dagster's containers",
  operations: ["docker:Events"],
  async fetch(reader) {
    const { project, services } = composeOf(reader);
    const { toMs } = reader.window;
    const since = new Date(toMs - DEATHS_MS).toISOString();
    const { events } = await reader.docker("Events", { project, since, until: new Date(toMs).toISOString() });
    return deathsOf(events, services);
  },
};

/** The deaths among the events. Before the end of a container that somebody stopped there is `kill`: it was told to go. */
export function deathsOf(events: readonly ContainerEvent[], services: readonly string[]): ContainerDeath[] {
  return events
    .filter(({ Action, Service }) => Action === "die" && services.includes(Service))
    .flatMap(({ ContainerId, Service, ExitCode, atMs }) => {
      const around = (action: string, withinMs: number) =>
        events.some(
          (event) =>
            event.Action === action &&
            event.ContainerId === ContainerId &&
            event.atMs <= atMs + ONE_DEATH_MS &&
            event.atMs >= atMs - withinMs,
        );
      const outOfMemory = around("oom", ONE_DEATH_MS);
      // Stopping takes up to ten seconds until it kills, or as long as the service was given.
      if (!outOfMemory && around("kill", 60_000)) return [];
      return [
        {
          container: ContainerId,
          service: Service,
          atMs,
          ...(ExitCode === null ? {} : { exitCode: ExitCode }),
          outOfMemory,
        },
      ];
    })
    .sort((a, b) => b.atMs - a.atMs);
}

/** Deaths whose last lines are read, of each service. */
const ENDS = 1;
/** How far before a death lines are read, and how many are kept. */
const BEFORE_DEATH_MS = 10 * 60_000;
const END_LINES = 60;

/** The last lines before the newest death of each service. */
export const composeLogEnds: FactSource<LogEnd[]> = {
  id: "compose-log-ends",
  title: "the last lines of Dagster's containers",
  operations: ["docker:Logs"],
  async fetch(reader) {
    const deaths = await reader.need(composeDeaths);
    const newest = composeOf(reader).services.flatMap((name) =>
      deaths.filter(({ service }) => service === name).slice(0, ENDS),
    );
    return Promise.all(
      newest.map(async ({ container, service, atMs }) => {
        const since = new Date(atMs - BEFORE_DEATH_MS).toISOString();
        const log = await reader.docker("Logs", { container, since, until: new Date(atMs + 1000).toISOString() });
        return { task: container, container: service, lines: (await linesOf(log)).slice(-END_LINES) };
      }),
    );
  },
};

/** Characters of a container's log that are held: the newest say how it ended. */
const LOG_CHARACTERS = 256 * 1024;

/** The newest lines of both streams in the order of their times. Rejects with a Failure when the log could not be read to its end. */
async function linesOf({ stdout, stderr, ended }: ContainerLog): Promise<LogEnd["lines"]> {
  const [texts] = await Promise.all([Promise.all([tailOf(stdout), tailOf(stderr)]), ended]);
  return texts
    .flatMap((text) => text.split("\n"))
    .flatMap((line) => {
      const [, stamp = "", rest = ""] = /^(\d{4}-\d\d-\d\dT\S+) ?(.*)$/.exec(line) ?? [];
      const atMs = Date.parse(stamp);
      return Number.isNaN(atMs) ? [] : [{ atMs, text: sanitizeLine(rest) }];
    })
    .sort((a, b) => a.atMs - b.atMs);
}

async function tailOf(stream: Readable): Promise<string> {
  let text = "";
  stream.setEncoding("utf8");
  for await (const chunk of stream) text = (text + String(chunk)).slice(-LOG_CHARACTERS);
  return text;
}
