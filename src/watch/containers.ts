import { Failure, type FailureDetail, failureDetail } from "../base/failure.ts";
import { setSourceAbsent, setSourceFailure, setSourceValue } from "../state/store.ts";
import type { ContainerExit, ContainerView } from "../state/views.ts";
import { type ContainerEvent, callDocker, type InspectedContainer } from "../transports/docker/contract.ts";
import { moment, polling, type WatchContext } from "./context.ts";

/** The daemon notes a death a little after the container's own FinishedAt, ms. */
const DEATH_NOTED_WITHIN_MS = 5_000;
/** How far back the first look at deaths goes, domain ms; the daemon remembers some hundred events only. */
const FIRST_LOOK_MS = 24 * 3_600_000;

/** Docker's zero time stands for never. */
const timeMs = (text: string): number | undefined => {
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) || text.startsWith("0001-") ? undefined : atMs;
};

/** The containers of the compose project, with how each of them ended last. */
export class ContainersSource {
  readonly #context: WatchContext;
  /** The last end of each container by its id, as the daemon's events told it: docker forgets it when the container starts again. */
  readonly #exits = new Map<string, ContainerExit>();

  constructor(context: WatchContext) {
    this.#context = context;
  }

  /** Says why there is nothing to watch, and returns false, where Dagster does not run in docker compose. */
  begin(): boolean {
    if (this.#context.deployment.compose) return true;
    setSourceAbsent(this.#context.store, "containers", "Dagster does not run in docker compose here.");
    return false;
  }

  async poll(signal: AbortSignal): Promise<void> {
    const { compose } = this.#context.deployment;
    if (!compose) return;
    const { project, services } = compose;
    const containers = await this.#read(project, services, signal);
    const partial: FailureDetail[] = services
      .filter((service) => !containers.some((container) => container.Service === service))
      .map((service) => missing(project, service));
    await this.#learnExits(project, containers, signal).catch((error: unknown) => {
      partial.push(failureDetail(error, "read docker's events"));
    });
    if (signal.aborted) return;
    const order = (service: string) => services.indexOf(service);
    const views = containers
      .map((container) => this.#view(container))
      .sort((a, b) => order(a.service) - order(b.service) || (a.name < b.name ? -1 : 1));
    setSourceValue(this.#context.store, "containers", views, moment(this.#context.clock), partial);
  }

  failed(error: unknown): void {
    setSourceFailure(this.#context.store, "containers", failureDetail(error, "read the containers"));
  }

  /** The services' own containers, inspected; none where the project has none. */
  async #read(project: string, services: string[], signal: AbortSignal): Promise<InspectedContainer[]> {
    const { aws } = this.#context;
    const listed = async () => {
      const { output } = await callDocker(aws, "ComposePs", { project, services }, polling(signal));
      return output.containers.filter(({ OneOff }) => !OneOff).map(({ ID }) => ID);
    };
    const inspect = async (containers: string[]) => {
      if (containers.length === 0) return [];
      return (await callDocker(aws, "Inspect", { containers }, polling(signal))).output.containers;
    };
    try {
      return await inspect(await listed());
    } catch (error) {
      // One of them was removed or recreated between the two calls.
      if (error instanceof Failure && error.kind === "not-found") return inspect(await listed());
      throw error;
    }
  }

  /** Asks the daemon's events about ends that are new; containers that are stopped tell theirs by themselves. */
  async #learnExits(project: string, containers: readonly InspectedContainer[], signal: AbortSignal): Promise<void> {
    const unknown = containers.flatMap(({ Id, State }) => {
      const finishedMs = timeMs(State.FinishedAt);
      if (finishedMs === undefined) return [];
      if (State.Status === "exited" || State.Status === "restarting" || State.Status === "dead") {
        this.#exits.set(Id, { atMs: finishedMs, exitCode: State.ExitCode, oomKilled: State.OOMKilled });
        return [];
      }
      const known = this.#exits.get(Id);
      return known && Math.abs(known.atMs - finishedMs) <= DEATH_NOTED_WITHIN_MS ? [] : [{ Id, finishedMs }];
    });
    if (unknown.length === 0) return;
    const { aws, clock } = this.#context;
    const earliestMs = Math.min(...unknown.map(({ finishedMs }) => finishedMs)) - DEATH_NOTED_WITHIN_MS;
    const since = new Date(Math.max(earliestMs, clock.now() - FIRST_LOOK_MS)).toISOString();
    // Where the docker host's clock is ahead of ours, its present counts.
    const latestMs = Math.max(...unknown.map(({ finishedMs }) => finishedMs)) + 1000;
    const until = new Date(Math.max(clock.now(), latestMs)).toISOString();
    // Whatever comes of it, the time of the end is known: it is not asked for again.
    for (const { Id, finishedMs } of unknown) this.#exits.set(Id, { atMs: finishedMs });
    const { output } = await callDocker(aws, "Events", { project, since, until }, polling(signal));
    for (const { Id, finishedMs } of unknown) {
      const exit = exitOf(output.events, Id, finishedMs);
      if (exit) this.#exits.set(Id, exit);
    }
  }

  #view(container: InspectedContainer): ContainerView {
    const { Id, Name, Service, Project, Image, State, RestartCount, RestartPolicy, MemoryLimit } = container;
    const startedAtMs = timeMs(State.StartedAt);
    const lastExit = this.#exits.get(Id);
    return {
      id: Id.slice(0, 12),
      name: Name,
      service: Service,
      project: Project,
      state: State.Status,
      health: State.Health,
      image: Image,
      restartCount: RestartCount,
      restartPolicy: RestartPolicy,
      memoryLimitBytes: MemoryLimit,
      ...(startedAtMs === undefined ? {} : { startedAtMs }),
      ...(lastExit ? { lastExit } : {}),
    };
  }
}

/** How a container ended at about this time, by the events `die` and `oom`. */
function exitOf(events: readonly ContainerEvent[], id: string, finishedMs: number): ContainerExit | undefined {
  const own = events.filter(
    ({ ContainerId, atMs }) => ContainerId === id && Math.abs(atMs - finishedMs) <= DEATH_NOTED_WITHIN_MS,
  );
  const death = own.findLast(({ Action }) => Action === "die");
  if (!death) return undefined;
  const oomKilled = own.some(({ Action }) => Action === "oom");
  return { atMs: finishedMs, oomKilled, ...(death.ExitCode === null ? {} : { exitCode: death.ExitCode }) };
}

function missing(project: string, service: string): FailureDetail {
  return {
    kind: "not-found",
    what: `compose service ${service} of project ${project}`,
    why: "it has no container on this docker host",
    next: "Check dagster.composeProject, dagster.composeServices and the docker host; docker compose ls --all shows the projects.",
  };
}
