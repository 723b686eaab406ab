import { Compose } from "../docker/compose.ts";
import { composeFileText, parseComposeFile } from "../docker/compose-file.ts";
import { DockerHost } from "../docker/host.ts";
import type { Container } from "../docker/model.ts";
import type { TaskBehaviour } from "../ecs/behaviour.ts";
import { ADDRESSES, SUBNETS } from "../lakehouse-network.ts";
import type { Voice } from "../logs/voice.ts";
import type { Principal } from "../principals.ts";
import type { RandomStream } from "../random.ts";
import type { World } from "../world.ts";
import type { DagsterHome } from "./home.ts";
import type { Program, ProgramProcess } from "./process.ts";
import { DAGSTER_PROGRAMS, dagsterProgram } from "./program.ts";

const HOUR_MS = 3_600_000;
const MEGABYTE = 1024 * 1024;
const DAEMON = "dagster-daemon";
/** The instance that is the docker host: sessions of its role are called so (EC2 user guide, instance profiles). */
const INSTANCE_ID = "i-0da9c0de0c0ffee00";
/** A secret that the containers have in their environment, as real ones do: it must never be shown or recorded. */
export const COMPOSE_SECRET = "simulated-postgres-password";
/** Where the project lies on its host, unless somebody writes its file elsewhere. */
const DIRECTORY = "/srv/dagster";

interface DagsterProcesses {
  behaviourOf(process: ProgramProcess, random: RandomStream): TaskBehaviour;
  voice: Voice<ProgramProcess>;
}

/** Dagster as in the template: a compose project `P-E` on a docker host in the VPC. */
export class DagsterInCompose implements DagsterHome {
  readonly host: DockerHost;
  readonly compose: Compose;
  readonly project: string;
  /** The compose file as it is deployed; a release changes it. */
  composeFile: string;
  readonly #folder: string;
  readonly #world: World;
  readonly #createdAtMs: number;

  /** @param createdAtMs of its containers, ms since the Unix epoch. @param folder of the compose file, absolute. */
  constructor(world: World, processes: DagsterProcesses, createdAtMs: number, folder = DIRECTORY) {
    this.#world = world;
    this.#folder = folder;
    this.#createdAtMs = createdAtMs;
    this.project = world.names.prefix;
    this.host = new DockerHost(world.kernel, world.journal, world.epochMs, {
      processOf: (container, random) => this.#processOf(container, random),
      behaviourOf: (process, random) => processes.behaviourOf(process, random),
      voice: processes.voice,
      random: (entity) => world.random(entity),
    });
    this.compose = new Compose(this.host);
    this.composeFile = composeFileText(
      this.project,
      DAGSTER_PROGRAMS.map(({ name, port }) => this.#draftOf(name, port)),
    );
  }

  begin(): void {
    const { kernel } = this.#world;
    const random = this.#world.random("dagster/containers");
    for (const service of parseComposeFile(this.composeFile)) {
      const container = this.host.create(this.project, service, this.#origin(), 1);
      container.createdAtMs = this.#createdAtMs;
      this.host.start(container, kernel.nowMs - Math.round(random.between(30, 90) * HOUR_MS));
    }
  }

  runningDaemon(): ProgramProcess | undefined {
    const { nowMs } = this.#world.kernel;
    return this.#daemons().findLast(
      ({ state, startedAtMs = nowMs, process }) =>
        state === "running" && nowMs - startedAtMs >= (process?.behaviour?.readyAfterMs ?? 0),
    )?.process;
  }

  isDaemon(process: ProgramProcess): boolean {
    return process.definition.container.name === DAEMON;
  }

  isFrozen(process: ProgramProcess): boolean {
    return this.host.isFrozen(process);
  }

  say(process: ProgramProcess, atMs: number, message: string): void {
    this.host.say(process, atMs, message);
  }

  daemonProgram(): Program {
    const service = parseComposeFile(this.composeFile).find(({ name }) => name === DAEMON);
    if (!service) throw new Error(`the compose file has no ${DAEMON}`);
    return this.#programOf(service);
  }

  daemonStopped(): boolean {
    return this.#daemons().every(({ state }) => state === "exited" || state === "paused" || state === "created");
  }

  daemonHasRun(durationMs: number, fits: (program: Program) => boolean): boolean {
    const daemons = this.#daemons();
    const sinceMs = this.#world.kernel.nowMs - durationMs;
    return (
      daemons.length > 0 &&
      daemons.every(({ state, startedAtMs, process }) => {
        const oldEnough = startedAtMs !== undefined && startedAtMs <= sinceMs;
        return state === "running" && oldEnough && process !== undefined && fits(process.definition);
      })
    );
  }

  /** Somebody on the host changes the compose file and says `docker compose up -d`: AWS sees nothing of it. */
  release(by: Principal, container: Partial<Program["container"]>): void {
    const [webserver, daemon] = DAGSTER_PROGRAMS;
    const draft = this.#draftOf(daemon.name, daemon.port);
    const environment = container.environment?.map(({ name, value }): [string, string] => [name, value]);
    const changed = {
      ...draft,
      ...(container.image ? { image: container.image } : {}),
      ...(environment ? { environment: { ...Object.fromEntries(environment), ...secrets() } } : {}),
    };
    this.composeFile = composeFileText(this.project, [this.#draftOf(webserver.name, webserver.port), changed]);
    this.#world.journal.note(this.#world.kernel.nowMs, `${by.userName} docker compose up -d`);
    this.#up();
  }

  #up(): void {
    const stopping = this.compose.up(this.project, parseComposeFile(this.composeFile), this.#origin(), []);
    if (stopping.length > 0) this.#world.kernel.after(1000, () => this.#up());
  }

  #daemons(): Container[] {
    return this.compose.containersOf(this.project, [DAEMON]).filter(({ oneOff }) => !oneOff);
  }

  #origin() {
    return { workingDirectory: this.#folder, configFiles: [`${this.#folder}/docker-compose.yaml`] };
  }

  #draftOf(name: string, port: number) {
    const { container, memoryMb } = dagsterProgram(this.#world, name, port);
    const environment = container.environment.map(({ name: variable, value }): [string, string] => [variable, value]);
    const webserver = ["dagster-webserver", "-h", "0.0.0.0", "-p", "3000"];
    return {
      name,
      image: container.image,
      command: name === DAEMON ? ["dagster-daemon", "run"] : webserver,
      environment: { ...Object.fromEntries(environment), ...secrets() },
      restart: "unless-stopped" as const,
      port,
      dependsOn: name === DAEMON ? ["dagster-webserver"] : [],
      memoryMb,
      healthCommand: container.healthCommand ?? "",
    };
  }

  #processOf(container: Container, random: RandomStream): ProgramProcess {
    const subnet = SUBNETS.find(({ prefix }) => ADDRESSES.dagster.startsWith(`${prefix}.`)) ?? SUBNETS[0]!;
    return {
      id: INSTANCE_ID,
      definition: this.#programOf(container.service),
      network: { privateIp: ADDRESSES.dagster, subnetId: subnet.id },
      random,
    };
  }

  #programOf(service: Container["service"]): Program {
    const { name, image, port, environment, healthCommand, memoryBytes } = service;
    return {
      memoryMb: memoryBytes / MEGABYTE,
      container: {
        name,
        image,
        port,
        environment: Object.entries(environment).map(([variable, value]) => ({ name: variable, value })),
        ...(healthCommand ? { healthCommand } : {}),
      },
      taskRoleArn: `arn:aws:iam::${this.#world.names.accountId}:role/${this.project}-dagster-task`,
    };
  }
}

const secrets = () => ({ DAGSTER_POSTGRES_PASSWORD: COMPOSE_SECRET });
