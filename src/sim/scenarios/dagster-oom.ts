import type { Scenario } from "../scenario.ts";
import { dagsterBehaviour } from "../world/dagster/dagster.ts";
import { daemonLine, type RunName, runLine } from "../world/dagster/lines.ts";
import type { ProgramProcess } from "../world/dagster/process.ts";
import { type Leak, leakingBehaviour } from "../world/ecs/behaviour.ts";
import { type RandomStream, randomUuid } from "../world/random.ts";
import type { World } from "../world/world.ts";
import { daemonRuns, runsSucceed, stoppedOr } from "./dagster-conditions.ts";
import { quiet } from "./quiet.ts";

/** With this much the run finds room: the next memory of Fargate for one vCPU that is twice as large. */
const SUFFICIENT_MEMORY_MB = 4096;
const JOB = "event_stream_backfill";
const STEP = "event_stream_history";

/** When memory climbs, fills and kills: ms after the scenario's start for the first tasks, after their own start for later ones. */
type Plan = (random: RandomStream) => Leak;

const leak = (climbAfterMs: number, pressureAfterMs: number, killedAfterMs: number): Leak => ({
  climbAfterMs,
  pressureAfterMs,
  killedAfterMs,
});

/** One task was killed before the start, its replacement goes after some 85 s, and so on: there is something to see at once. */
const FIRST_DEATHS: readonly Plan[] = [
  (random) => leak(-660_000, -262_000, -225_000 + random.between(-8_000, 8_000)),
  (random) => leak(-140_000, 40_000, 85_000 + random.between(-8_000, 8_000)),
];

/** The run is tried again as soon as there is a daemon. */
function nextDeath(random: RandomStream): Leak {
  const killedAfterMs = random.between(150_000, 185_000);
  return leak(35_000, killedAfterMs - 40_000, killedAfterMs);
}

function shifted(plan: Leak, byMs: number): Leak {
  return leak(plan.climbAfterMs + byMs, plan.pressureAfterMs + byMs, plan.killedAfterMs + byMs);
}

function arrange(world: World): void {
  quiet.arrange(world);
  const run: RunName = { id: randomUuid(world.random("scenario/dagster-oom")), job: JOB, pid: 77 };
  const { dagster, kernel } = world;
  let attempts = 0;
  dagster.behaviourOf = (task, random) => {
    if (!dagster.home.isDaemon(task)) return dagsterBehaviour(random);
    const startedAtMs = task.startedAtMs ?? kernel.nowMs;
    const attempt = ++attempts;
    const first = FIRST_DEATHS[attempt - 1];
    const plan = first ? shifted(first(random), world.epochMs - startedAtMs) : nextDeath(random);
    kernel.at(startedAtMs + plan.climbAfterMs, () => startRun(world, task, run, attempt));
    if (task.definition.memoryMb >= SUFFICIENT_MEMORY_MB) return dagsterBehaviour(random);
    return { ...leakingBehaviour(random, plan), readyAfterMs: dagsterBehaviour(random).readyAfterMs };
  };
}

/** The backfill begins, for the first time or again. */
function startRun({ dagster, kernel }: World, task: ProgramProcess, run: RunName, attempt: number): void {
  const { nowMs } = kernel;
  const again =
    attempt === 1
      ? []
      : [
          daemonLine(
            nowMs,
            "MonitoringDaemon",
            "WARNING",
            `Run worker of ${run.id} is gone: trying again (${attempt})`,
          ),
        ];
  const about = { step: STEP };
  const lines = [
    ...again,
    runLine(nowMs, run, "DEBUG", `Started execution of run for "${JOB}".`, { event: "RUN_START" }),
    runLine(nowMs, run, "DEBUG", `Started execution of step "${STEP}".`, { ...about, event: "STEP_START" }),
    runLine(
      nowMs,
      run,
      "INFO",
      "Reading 412 files (3.6 GiB) of lakehouse.event_stream with pandas.read_parquet",
      about,
    ),
  ];
  for (const [index, line] of lines.entries()) dagster.home.say(task, nowMs + index, line);
}

const worksAgain = (world: World) =>
  daemonRuns(world, (memoryMb) => memoryMb >= SUFFICIENT_MEMORY_MB) && runsSucceed(world);

/** A backfill reads more than the daemon's container may hold: it is killed, and again when the run is retried. */
export const dagsterOom: Scenario = {
  id: "dagster-oom",
  title: "Dagster killed for memory",
  description:
    "A backfill loads a whole table into memory: Dagster's daemon is killed (exit 137, OutOfMemoryError), its log just ends, and so again with every retry.",
  catalogs: ["nessie", "glue"],
  diagnosis: {
    verdict: "dagster-memory-limit",
    text: `The kernel kills the dagster-daemon container at its memory limit (exit code 137 and a reason that names memory) while the run ${JOB} reads whole files with pandas.`,
  },
  contained: stoppedOr("it runs with enough memory, and runs succeed.", worksAgain),
  resolved: {
    text: "The daemon has run with 4 GB or more for ten minutes, and all runs of the last fifteen minutes succeeded.",
    holds: worksAgain,
  },
  arrange,
};
