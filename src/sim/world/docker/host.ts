import type { ProgramProcess } from "../dagster/process.ts";
import type { TaskBehaviour } from "../ecs/behaviour.ts";
import type { Journal } from "../journal.ts";
import type { Kernel } from "../kernel.ts";
import { LogStream } from "../logs/log-store.ts";
import type { Voice } from "../logs/voice.ts";
import type { RandomStream } from "../random.ts";
import { Images } from "./images.ts";
import { type ComposeOrigin, type ComposeService, type Container, isAlive } from "./model.ts";

/** What the host asks of the world around it. */
export interface DockerPort {
  /** The process of a container that starts now, without what the host itself knows of it. */
  processOf(container: Container, random: RandomStream): ProgramProcess;
  behaviourOf(process: ProgramProcess, random: RandomStream): TaskBehaviour;
  voice: Voice<ProgramProcess>;
  random(entity: string): RandomStream;
}

/** Restarts wait 100 ms, twice as long after each quick death, at most a minute; a life of ten seconds counts as a success (Docker documentation, restart policies). */
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 60_000;
const SUCCESS_AFTER_MS = 10_000;
const MINUTE_MS = 60_000;

/** What the daemon remembers, as moby does: the last 256 events. */
export interface HostEvent {
  action: string;
  container: Pick<Container, "id" | "name" | "project" | "service">;
  /** Of `die`. */
  exitCode?: number;
  atMs: number;
}
const EVENTS_KEPT = 256;

/** A docker daemon with its containers: lives, deaths, restart policies, pauses, logs. */
export class DockerHost {
  readonly images = new Images();
  /** In the order in which they were created; removed ones are not there. */
  readonly containers: Container[] = [];
  readonly events: HostEvent[] = [];
  readonly #kernel: Kernel;
  readonly #journal: Journal;
  readonly #port: DockerPort;
  readonly #epochMs: number;
  #created = 0;

  constructor(kernel: Kernel, journal: Journal, epochMs: number, port: DockerPort) {
    this.#kernel = kernel;
    this.#journal = journal;
    this.#epochMs = epochMs;
    this.#port = port;
  }

  /** A container that has not been started yet. @param oneOff made by `docker compose run`. */
  create(project: string, service: ComposeService, origin: ComposeOrigin, number: number, oneOff = false): Container {
    this.#created += 1;
    const name = `${project}-${service.name}-${oneOff ? "run-" : ""}${number}`;
    const random = this.#port.random(`container/${name}/${this.#created}`);
    const container: Container = {
      id: random.hex(64),
      name,
      project,
      service,
      imageId: this.images.idOf(service.image),
      origin,
      number,
      oneOff,
      state: "created",
      exitCode: 0,
      oomKilled: false,
      restartCount: 0,
      createdAtMs: this.#kernel.nowMs,
      stoppedByHand: false,
      backoffMs: FIRST_BACKOFF_MS,
      exitDueMs: Number.POSITIVE_INFINITY,
      logs: [],
      pauses: [],
      random,
    };
    this.containers.push(container);
    this.#happened(container, "create");
    return container;
  }

  /** By name, id, or the beginning of an id that fits one alone. */
  find(reference: string): Container | undefined {
    const exact = this.containers.find(({ id, name }) => id === reference || name === reference);
    if (exact) return exact;
    const found = this.containers.filter(({ id }) => id.startsWith(reference));
    return found.length === 1 ? found[0] : undefined;
  }

  /** Starts a container that is not running, also one that waits for its restart. @param startedAtMs may lie before now. */
  start(container: Container, startedAtMs = this.#kernel.nowMs): void {
    if (isAlive(container)) return;
    const random = this.#port.random(`container/${container.id}/${container.logs.length + 1}`);
    const process = this.#port.processOf(container, random);
    process.startedAtMs = startedAtMs;
    process.behaviour = this.#port.behaviourOf(process, random);
    container.process = process;
    container.stoppedByHand = false;
    container.startedAtMs = startedAtMs;
    container.exitCode = 0;
    container.oomKilled = false;
    container.state = "running";
    container.exitDueMs = startedAtMs + (process.behaviour.exit?.afterMs ?? Number.POSITIVE_INFINITY);
    this.#beginLog(container, process);
    this.#happened(container, "start");
    this.#awaitDeath(container, process);
  }

  /**
   * Stops it as `docker stop` does: TERM, and KILL when it has not ended within its grace period. Returns at once; it has exited when
   * its state says so. Nothing starts it again but a person.
   */
  stop(container: Container): void {
    container.stoppedByHand = true;
    if (container.state === "restarting") {
      container.state = "exited";
      this.#happened(container, "stop");
      return;
    }
    if (!isAlive(container)) return;
    // The signal waits for the end of the pause, which docker brings about.
    if (container.state === "paused") this.unpause(container);
    const { process } = container;
    const { behaviour, startedAtMs = 0 } = process ?? {};
    const { nowMs } = this.#kernel;
    const pressed = nowMs - startedAtMs >= (behaviour?.pressureAfterMs ?? Number.POSITIVE_INFINITY);
    const wantedMs = pressed ? Number.POSITIVE_INFINITY : (behaviour?.terminationMs ?? 0);
    const graceMs = container.service.stopGraceMs;
    this.#kernel.after(Math.min(wantedMs, graceMs), () => {
      if (isAlive(container) && container.process === process)
        this.#die(container, wantedMs > graceMs ? 137 : 143, false);
    });
  }

  /** Freezes its processes; false unless it runs. */
  pause(container: Container): boolean {
    if (container.state !== "running") return false;
    container.state = "paused";
    container.pauses.push({ fromMs: this.#kernel.nowMs, toMs: Number.POSITIVE_INFINITY });
    this.#happened(container, "pause");
    return true;
  }

  /** Lets its processes go on where they stood; false unless it is paused. */
  unpause(container: Container): boolean {
    const pause = container.pauses.at(-1);
    if (container.state !== "paused" || !pause) return false;
    pause.toMs = this.#kernel.nowMs;
    container.state = "running";
    // What it would have died of has not grown meanwhile.
    container.exitDueMs += pause.toMs - pause.fromMs;
    this.#happened(container, "unpause");
    if (container.process) this.#awaitDeath(container, container.process);
    return true;
  }

  /** Removes a container with everything in it, its log included; a living one is killed. */
  remove(container: Container): void {
    container.stoppedByHand = true;
    if (isAlive(container)) this.#die(container, 137, false);
    const index = this.containers.indexOf(container);
    if (index >= 0) this.containers.splice(index, 1);
    this.#happened(container, "destroy");
  }

  /** A line that a process writes at `atMs`; nothing when its life is over. */
  say(process: ProgramProcess, atMs: number, message: string): void {
    const container = this.containers.find((candidate) => candidate.process === process);
    if (container && process.executionStoppedAtMs === undefined)
      container.logs.at(-1)?.write({ atMs, ingestedAtMs: atMs, message });
  }

  /** Whether the process stands still. */
  isFrozen(process: ProgramProcess): boolean {
    return this.containers.some((container) => container.process === process && container.state === "paused");
  }

  #awaitDeath(container: Container, process: ProgramProcess): void {
    const { exit } = process.behaviour ?? {};
    const dueMs = container.exitDueMs;
    if (!exit) return;
    this.#kernel.at(dueMs, () => {
      if (container.process !== process || container.state !== "running" || container.exitDueMs !== dueMs) return;
      this.#die(container, exit.exitCode, exit.exitCode === 137 && exit.reason !== undefined);
    });
  }

  #die(container: Container, exitCode: number, oomKilled: boolean): void {
    const { process, startedAtMs = 0 } = container;
    const { nowMs } = this.#kernel;
    const pause = container.pauses.at(-1);
    if (container.state === "paused" && pause) pause.toMs = nowMs;
    container.exitCode = exitCode;
    container.oomKilled = oomKilled;
    container.finishedAtMs = nowMs;
    if (process) {
      process.exitCode = exitCode;
      this.#endLog(container, process, nowMs);
      process.executionStoppedAtMs = nowMs;
    }
    container.state = this.#isRestarted(container) ? "restarting" : "exited";
    if (oomKilled) this.#happened(container, "oom");
    this.#happened(container, "die", exitCode);
    if (container.state !== "restarting") return;
    const succeeded = nowMs - startedAtMs >= SUCCESS_AFTER_MS;
    const pauseMs = succeeded ? FIRST_BACKOFF_MS : container.backoffMs;
    container.backoffMs = Math.min(LONGEST_BACKOFF_MS, pauseMs * 2);
    this.#kernel.after(pauseMs, () => {
      if (container.state !== "restarting") return;
      container.restartCount += 1;
      this.start(container);
    });
  }

  #isRestarted({ service, stoppedByHand, exitCode, oneOff }: Container): boolean {
    if (stoppedByHand || oneOff) return false;
    return service.restart === "on-failure" ? exitCode !== 0 : service.restart !== "no";
  }

  #beginLog(container: Container, process: ProgramProcess): void {
    const { behaviour, startedAtMs = 0 } = process;
    if (!behaviour) return;
    const firstMinuteMs = Math.floor(this.#epochMs / MINUTE_MS) * MINUTE_MS;
    const ordinal = container.logs.length + 1;
    const writer = this.#port.voice.writer(process, behaviour, (minuteMs) =>
      this.#port.random(`docker-log/${container.id}/${ordinal}/${(minuteMs - firstMinuteMs) / MINUTE_MS}`),
    );
    const stream = new LogStream(container.name, ordinal, startedAtMs, writer);
    container.logs.push(stream);
    for (const { atMs, message } of this.#port.voice.started(process, behaviour))
      if (atMs < container.exitDueMs) stream.write({ atMs, ingestedAtMs: atMs, message });
  }

  #endLog(container: Container, process: ProgramProcess, endedMs: number): void {
    const stream = container.logs.at(-1);
    if (!stream) return;
    stream.endedAtMs = endedMs;
    const own = process.exitCode === process.behaviour?.exit?.exitCode ? process.behaviour?.lastWords?.(endedMs) : [];
    const lines = this.#port.voice.ended(process, endedMs);
    for (const { atMs, message } of lines) stream.write({ atMs, ingestedAtMs: atMs, message });
    for (const message of own ?? []) stream.write({ atMs: endedMs - 1, ingestedAtMs: endedMs - 1, message });
  }

  #happened(container: Container, action: string, exitCode?: number): void {
    const atMs = this.#kernel.nowMs;
    const code = exitCode === undefined ? {} : { exitCode };
    this.events.push({ action, container, atMs, ...code });
    if (this.events.length > EVENTS_KEPT) this.events.shift();
    this.#journal.note(atMs, `container ${container.name} ${action}${exitCode === undefined ? "" : ` ${exitCode}`}`);
  }
}
