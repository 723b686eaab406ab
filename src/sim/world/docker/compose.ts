import type { DockerHost } from "./host.ts";
import { type ComposeOrigin, type ComposeService, type Container, isAlive } from "./model.ts";

/** What docker or compose says when it does not do something; its text goes to standard error. */
export class DockerError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Docker compose's commands on the projects of a host, as compose finds them by the containers' labels. */
export class Compose {
  readonly #host: DockerHost;

  constructor(host: DockerHost) {
    this.#host = host;
  }

  /** The project's containers by name, those of `docker compose run` included. */
  containersOf(project: string, services: readonly string[] = []): Container[] {
    return this.#host.containers
      .filter((container) => container.project === project)
      .filter(({ service }) => services.length === 0 || services.includes(service.name))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Projects with how many containers are in which state: `running(2)`. */
  projects(): { name: string; status: string; origin: ComposeOrigin }[] {
    return [...Map.groupBy(this.#host.containers, ({ project }) => project)].sort().map(([name, containers]) => {
      const states = [...Map.groupBy(containers, ({ state }) => state)].sort();
      return {
        name,
        status: states.map(([state, all]) => `${state}(${all.length})`).join(", "),
        origin: containers[0]!.origin,
      };
    });
  }

  /** Begins to stop the services' containers. @returns those to wait for. */
  stop(project: string, services: readonly string[]): Container[] {
    const containers = this.containersOf(project, services);
    for (const container of containers) this.#host.stop(container);
    return containers.filter(isAlive);
  }

  /** @throws DockerError when a service has no container. */
  start(project: string, services: readonly string[]): void {
    for (const name of services) {
      const own = this.containersOf(project, [name]).filter(({ oneOff }) => !oneOff);
      if (own.length === 0) throw new DockerError(`no such service: ${JSON.stringify(name)}: not found`);
      for (const container of own) this.#host.start(container);
    }
  }

  /** @throws DockerError for a container that cannot be paused; the others are. */
  pause(project: string, services: readonly string[]): void {
    const listed = this.#listed(project, services);
    const refused = listed.find((container) => !this.#host.pause(container));
    if (refused?.state === "paused") throw daemonSays(`Container ${refused.id} is already paused`);
    if (refused) throw daemonSays(`Container ${refused.id} is restarting, wait until the container is running`);
  }

  /** @throws DockerError for a container that is not paused. */
  unpause(project: string, services: readonly string[]): void {
    const refused = this.#listed(project, services).find((container) => !this.#host.unpause(container));
    if (refused) throw daemonSays(`Container ${refused.id} is not paused`);
  }

  /** Begins to stop the services' containers and those that depend on them, to be removed with `remove` when they have ended. */
  takeDown(project: string, services: readonly string[]): Container[] {
    const all = this.containersOf(project).filter(({ oneOff }) => !oneOff);
    const wanted = new Set(services.length === 0 ? all.map(({ service }) => service.name) : services);
    for (let size = 0; size !== wanted.size; ) {
      size = wanted.size;
      for (const { service } of all) if (service.dependsOn.some((name) => wanted.has(name))) wanted.add(service.name);
    }
    const containers = all.filter(({ service }) => wanted.has(service.name));
    for (const container of containers) this.#host.stop(container);
    return containers;
  }

  remove(containers: readonly Container[]): void {
    for (const container of containers) this.#host.remove(container);
  }

  /**
   * Makes and starts what the file says: a container of another configuration or image is made anew. @param scale how many of a service
   * instead of what the file says. @param forced containers that are made anew whatever they are. @returns containers of the old configuration, which begin to stop: call `up` again when they have ended.
   * @throws DockerError for a service that is not in the file.
   */
  up(
    project: string,
    file: readonly ComposeService[],
    origin: ComposeOrigin,
    services: readonly string[],
    scale: Readonly<Record<string, number>> = {},
    forced: ReadonlySet<Container> = new Set(),
  ): Container[] {
    const unknown = services.find((name) => !file.some((service) => service.name === name));
    if (unknown !== undefined) throw new DockerError(`no such service: ${unknown}`);
    const wanted = file.filter(({ name }) => services.length === 0 || services.includes(name));
    const stopping: Container[] = [];
    for (const service of wanted) {
      const own = this.containersOf(project, [service.name]).filter(({ oneOff }) => !oneOff);
      const count = scale[service.name] ?? service.scale;
      const imageId = this.#host.images.idOf(service.image);
      const isCurrent = (container: Container) =>
        container.service.configHash === service.configHash &&
        container.imageId === imageId &&
        container.number <= count &&
        !forced.has(container);
      for (const old of own.filter((container) => !isCurrent(container))) {
        this.#host.stop(old);
        if (isAlive(old)) stopping.push(old);
        else this.#host.remove(old);
      }
      if (stopping.length > 0) continue;
      for (let number = 1; number <= count; number++) {
        const present = own.find((container) => container.number === number && isCurrent(container));
        const container = present ?? this.#host.create(project, service, origin, number);
        if (container.state === "paused") this.#host.unpause(container);
        else this.#host.start(container);
      }
    }
    return stopping;
  }

  /** What the API lists without `all`: what has not ended. */
  #listed(project: string, services: readonly string[]): Container[] {
    return this.containersOf(project, services).filter(
      ({ state, oneOff }) => !oneOff && ["running", "paused", "restarting"].includes(state),
    );
  }
}

/** An error of the daemon, as its clients print it. */
export function daemonSays(text: string): DockerError {
  return new DockerError(`Error response from daemon: ${text}`);
}
