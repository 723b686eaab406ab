import type { TaskBehaviour } from "../ecs/behaviour.ts";
import { steadyBehaviour } from "../ecs/behaviour.ts";
import type { RandomStream } from "../random.ts";
import type { World } from "../world.ts";
import { DriftSensor } from "./drift-sensor.ts";
import type { DagsterHome } from "./home.ts";
import { DagsterInCompose } from "./in-compose.ts";
import { DagsterOnEcs } from "./on-ecs.ts";
import type { ProgramProcess } from "./process.ts";
import { DagsterRuns } from "./runs.ts";
import { dagsterVoice, type LastWords } from "./voice.ts";

/** Where Dagster runs: on ECS as many do, or in docker compose as in the template. */
export type DagsterPlace = "ecs" | "compose";

/** Dagster: a webserver and a daemon, in which the runs are carried out. */
export class Dagster {
  readonly home: DagsterHome;
  readonly runs: DagsterRuns;
  /** How processes that start from now on behave; scenarios replace it. */
  behaviourOf: (process: ProgramProcess, random: RandomStream) => TaskBehaviour = (_process, random) =>
    dagsterBehaviour(random);
  /** What a process says when it dies by itself; scenarios replace it. */
  lastWords: LastWords = () => [];
  readonly #onEcs: DagsterOnEcs | undefined;
  readonly #inCompose: DagsterInCompose | undefined;

  /** @param createdAtMs of its home, ms since the Unix epoch. Its processes have run for days when time begins to move. */
  constructor(world: World, place: DagsterPlace, createdAtMs: number, composeFolder?: string) {
    const { kernel } = world;
    const program = {
      behaviourOf: (process: ProgramProcess, random: RandomStream) => this.behaviourOf(process, random),
      voice: dagsterVoice((process, endedMs) => this.lastWords(process, endedMs)),
    };
    if (place === "ecs") {
      this.#onEcs = new DagsterOnEcs(world, createdAtMs);
      world.programs.set(this.#onEcs.cluster.name, program);
      this.home = this.#onEcs;
    } else {
      this.#inCompose = new DagsterInCompose(world, program, createdAtMs, composeFolder);
      this.home = this.#inCompose;
    }
    this.runs = new DagsterRuns(world, this.home);
    const sensor = new DriftSensor(world, this.home);
    // After the scenario has been arranged, which may change how processes behave.
    kernel.at(kernel.nowMs, () => this.home.begin());
    this.runs.start();
    sensor.start();
    if (world.nessie === undefined) world.scheduleServiceSampling();
  }

  /** Cluster and services. @throws where Dagster runs in docker compose. */
  get onEcs(): DagsterOnEcs {
    if (!this.#onEcs) throw new Error("Dagster runs in docker compose here");
    return this.#onEcs;
  }

  /** The compose project and its docker host. @throws where Dagster runs on ECS. */
  get inCompose(): DagsterInCompose {
    if (!this.#inCompose) throw new Error("Dagster runs on ECS here");
    return this.#inCompose;
  }

  get place(): DagsterPlace {
    return this.#onEcs ? "ecs" : "compose";
  }
}

/** A healthy process of Dagster: half of its memory, little CPU. */
export function dagsterBehaviour(random: RandomStream): TaskBehaviour {
  const steady = steadyBehaviour(random);
  return { ...steady, cpuAt: (ageMs) => steady.cpuAt(ageMs) / 2 };
}
