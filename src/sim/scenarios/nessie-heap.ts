import type { Scenario } from "../scenario.ts";
import { steadyBehaviour, type TaskBehaviour } from "../world/ecs/behaviour.ts";
import type { Task, TaskDefinition } from "../world/ecs/model.ts";
import { quarkusLine } from "../world/logs/nessie-lines.ts";
import type { RandomStream } from "../world/random.ts";
import type { World } from "../world/world.ts";
import { nessieContained, nessieHealthyFor } from "./conditions.ts";
import { runNessieForDays } from "./running-tasks.ts";

const MINUTE_MS = 60_000;
/** Variable of Nessie's image whose value its start script hands to the JVM. */
const OPTIONS_VARIABLE = "JAVA_OPTS_APPEND";
/** The JVM's own default, which somebody wrote down (HotSpot's options, MaxRAMPercentage). */
const TEMPLATE_OPTIONS = "-XX:MaxRAMPercentage=25";
/** Share of the container's memory that the image gives to the heap unless it is told otherwise, percent. */
const IMAGE_PERCENTAGE = 80;
/** The catalog's live objects need this much heap. */
const SUFFICIENT_HEAP_MB = 1_200;
/** What the process needs beside the heap: class data, threads, buffers. */
const BESIDE_HEAP_MB = 210;

/** The maximum heap of a Nessie with this definition, MB: `-Xmx`, else a percentage of the container's memory. */
function heapMb({ container, memoryMb }: TaskDefinition): number {
  const options = container.environment.find(({ name }) => name === OPTIONS_VARIABLE)?.value ?? "";
  const [, size, unit = ""] = /-Xmx(\d+)([mMgG])/.exec(options) ?? [];
  if (size !== undefined) return Number(size) * (unit.toLowerCase() === "g" ? 1024 : 1);
  const [, percentage = String(IMAGE_PERCENTAGE)] = /-XX:MaxRAMPercentage=([\d.]+)/.exec(options) ?? [];
  return (memoryMb * Number(percentage)) / 100;
}

/** Whether a definition's heap holds the catalog, inside its container. */
function suffices(definition: TaskDefinition): boolean {
  const heap = heapMb(definition);
  return heap >= SUFFICIENT_HEAP_MB && heap + BESIDE_HEAP_MB <= definition.memoryMb;
}

function heapLine(atMs: number, heap: number, ageMs: number, random: RandomStream): string {
  const used = Math.round(heap) - random.whole(0, 3);
  if (random.next() < 0.5) {
    const seconds = (ageMs / 1000).toFixed(3);
    return `[${seconds}s][info][gc] GC(${random.whole(900, 4000)}) Pause Full (G1 Compaction Pause) ${used}M->${used - random.whole(0, 2)}M(${Math.round(heap)}M) ${random.between(700, 1_900).toFixed(3)}ms`;
  }
  const text = `HTTP Request to /api/v2/trees/main/${random.pick(["history", "entries", "contents"])} failed, error id: ${random.hex(8)}-${random.whole(1, 99)}: java.lang.OutOfMemoryError: Java heap space`;
  return quarkusLine(
    atMs,
    "ERROR",
    "io.qua.ver.htt.run.QuarkusErrorHandler",
    `executor-thread-${random.whole(1, 24)}`,
    text,
  );
}

/** A Nessie whose heap is full at `fullAfterMs`, and that gives up at `endsAfterMs`. Its container stays far below the limit. */
function exhausted(
  random: RandomStream,
  definition: TaskDefinition,
  fullAfterMs: number,
  endsAfterMs: number,
): TaskBehaviour {
  const steady = steadyBehaviour(random);
  const heap = heapMb(definition);
  const ceiling = Math.min(0.98, (heap + BESIDE_HEAP_MB) / definition.memoryMb);
  const strain = (ageMs: number) => Math.max(0, Math.min(1, 1 - (fullAfterMs - ageMs) / (12 * MINUTE_MS)));
  const full = (ageMs: number) => ageMs >= fullAfterMs;
  return {
    ...steady,
    pressureAfterMs: fullAfterMs,
    memoryAt: (ageMs) => ceiling * (0.86 + 0.14 * strain(ageMs)) * Math.min(1, 0.5 + ageMs / (2 * MINUTE_MS)),
    cpuAt: (ageMs) => Math.min(0.78, steady.cpuAt(ageMs) + 0.3 * strain(ageMs)),
    probe: (ageMs) => (full(ageMs) ? "error" : steady.probe(ageMs)),
    latencyMsAt: (ageMs) => steady.latencyMsAt(ageMs) * (1 + 40 * strain(ageMs) ** 2),
    trouble: {
      share: (ageMs) => (full(ageMs) ? 0.8 : 0.3 * strain(ageMs)),
      line: (atMs, ageMs, stream) => heapLine(atMs, heap, ageMs, stream),
    },
    // A JVM that is told to exit on an OutOfMemoryError ends with 3 (HotSpot's options, ExitOnOutOfMemoryError).
    exit: { afterMs: endsAfterMs, exitCode: 3 },
    lastWords: (atMs) => [
      quarkusLine(
        atMs,
        "ERROR",
        "io.ver.cor.imp.ContextBase",
        "vert.x-eventloop-thread-0",
        "Unhandled exception: java.lang.OutOfMemoryError: Java heap space",
      ),
      "Terminating due to java.lang.OutOfMemoryError: Java heap space",
    ],
  };
}

/** Virtual ms from the scenario's start at which the first tasks' heaps are full, and at which they end. */
const FIRST = [
  { full: -230_000, ends: -55_000 },
  { full: -75_000, ends: 130_000 },
] as const;

function arrange(world: World): void {
  const { definition } = world.lakehouse;
  definition.container.environment.push({ name: OPTIONS_VARIABLE, value: TEMPLATE_OPTIONS });
  let started = 0;
  world.behaviourOf = (task: Task, random: RandomStream) => {
    const plan = FIRST[started];
    started += 1;
    if (suffices(task.definition)) return steadyBehaviour(random);
    const startedAtMs = task.startedAtMs ?? world.kernel.nowMs;
    if (plan) {
      const shiftMs = world.epochMs - startedAtMs + random.between(-9_000, 9_000);
      return exhausted(random, task.definition, plan.full + shiftMs, plan.ends + shiftMs);
    }
    const fullAfterMs = random.between(70_000, 110_000);
    return exhausted(random, task.definition, fullAfterMs, fullAfterMs + random.between(150_000, 190_000));
  };
  runNessieForDays(world, "nessie-heap");
}

/** Nessie's JVM runs out of heap in a container that has memory left. */
export const nessieHeap: Scenario = {
  id: "nessie-heap",
  title: "Nessie answers 500",
  description:
    "Nessie's Java heap is full while its container has memory left: java.lang.OutOfMemoryError in the log, health checks answered with 500, tasks end with exit code 3, replacements go the same way.",
  catalogs: ["nessie"],
  diagnosis: {
    verdict: "jvm-heap",
    text: "The JVM's heap is exhausted, not the container: java.lang.OutOfMemoryError in the log, exit code 3 without a reason of ECS, memory utilisation near 40 %. JAVA_OPTS_APPEND limits the heap to 25 % of the container.",
  },
  contained: nessieContained,
  resolved: {
    text: "Tasks run with a heap of 1 200 MB or more inside their container (JAVA_OPTS_APPEND, or memory with it), and all targets have been healthy for ten minutes.",
    holds: (world) =>
      world.lakehouse.service.tasks
        .filter((task) => task.desiredStatus === "RUNNING")
        .every((task) => suffices(task.definition)) && nessieHealthyFor(world, 10 * MINUTE_MS),
  },
  arrange,
};
