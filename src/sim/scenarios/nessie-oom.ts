import type { Scenario } from "../scenario.ts";
import { type Leak, leakingBehaviour, steadyBehaviour, type TaskBehaviour } from "../world/ecs/behaviour.ts";
import type { Task } from "../world/ecs/model.ts";
import type { RandomStream } from "../world/random.ts";
import type { World } from "../world/world.ts";
import { nessieContained, nessieHealthyFor } from "./conditions.ts";

const HOUR_MS = 3_600_000;
/** With this much memory the growth levels off below the limit: the fix of the runbook ("increase nessie_memory"). */
const SUFFICIENT_MEMORY_MB = 4096;
/** Tasks started this soon after the service was raised from 0 meet no backlog of retries, and last longer. */
const CALM_START_MS = 120_000;

/** When memory climbs, fills and kills, in ms relative to the start of the scenario. */
type Plan = (random: RandomStream) => Leak;

/**
 * The first three deaths are set so that there is something to see at once, and so that targets stay unhealthy long enough
 * for the alarm's two minutes: one task was killed before the start, the second goes after some 85 s, the first
 * replacement after some 210 s. Pressure to death is longer than three failed health checks of 30 s.
 */
const FIRST_DEATHS: readonly Plan[] = [
  (random) => leakFrom(-25 * 60_000, -255_000, -225_000 + random.between(-8_000, 8_000)),
  (random) => leakFrom(-22 * 60_000, -70_000 + random.between(-5_000, 5_000), 85_000 + random.between(-8_000, 8_000)),
  (random) => leakFrom(-160_000, 45_000 + random.between(-8_000, 8_000), 210_000 + random.between(-10_000, 10_000)),
];

function leakFrom(climbMs: number, pressureMs: number, killedMs: number): Leak {
  return { climbAfterMs: climbMs, pressureAfterMs: pressureMs, killedAfterMs: killedMs };
}

/** Every later task meets the retries of all clients and lasts a few minutes. */
function crashLoop(random: RandomStream): Leak {
  const pressureAfterMs = random.between(48_000, 64_000);
  return leakFrom(20_000, pressureAfterMs, pressureAfterMs + random.between(152_000, 172_000));
}

/** After a full stop the backlog is gone: memory still grows, but over a quarter of an hour. */
function calmGrowth(random: RandomStream): Leak {
  const pressureAfterMs = random.between(13, 16) * 60_000;
  return leakFrom(90_000, pressureAfterMs, pressureAfterMs + random.between(138_000, 158_000));
}

function shifted(leak: Leak, byMs: number): Leak {
  return leakFrom(leak.climbAfterMs + byMs, leak.pressureAfterMs + byMs, leak.killedAfterMs + byMs);
}

function arrange(world: World): void {
  const { service } = world.lakehouse;
  let started = 0;
  world.behaviourOf = (task: Task, random: RandomStream): TaskBehaviour => {
    const plan = FIRST_DEATHS[started];
    started += 1;
    if (task.definition.memoryMb >= SUFFICIENT_MEMORY_MB) return steadyBehaviour(random);
    const startedAtMs = task.startedAtMs ?? world.kernel.nowMs;
    if (plan) return leakingBehaviour(random, shifted(plan(random), world.epochMs - startedAtMs));
    const raisedMs = service.raisedFromZeroAtMs;
    const calm = raisedMs !== undefined && startedAtMs - raisedMs < CALM_START_MS;
    return leakingBehaviour(random, calm ? calmGrowth(random) : crashLoop(random));
  };
  const random = world.random("scenario/nessie-oom");
  for (let index = 0; index < service.desiredCount; index++) {
    world.ecs.addRunningTask(service, world.kernel.nowMs - Math.round(random.between(50, 220) * HOUR_MS));
  }
}

/** Nessie's container is killed at its memory limit, again and again. */
export const nessieOom: Scenario = {
  id: "nessie-oom",
  title: "Nessie unreachable",
  description:
    "Nessie's memory climbs to the container limit: tasks are killed (exit 137, OutOfMemoryError), targets turn unhealthy, the load balancer answers 5xx, replacements die again.",
  catalogs: ["nessie"],
  diagnosis: {
    verdict: "container-memory-limit",
    text: "The kernel kills the nessie container at its memory limit (exit code 137 and a reason that names memory; the log ends without a Java error).",
  },
  contained: nessieContained,
  resolved: {
    text: "Tasks run with 4 GB or more, and all targets have been healthy for ten minutes.",
    holds: (world) =>
      world.lakehouse.service.tasks
        .filter((task) => task.desiredStatus === "RUNNING")
        .every((task) => task.definition.memoryMb >= SUFFICIENT_MEMORY_MB) && nessieHealthyFor(world, 10 * 60_000),
  },
  arrange,
};
