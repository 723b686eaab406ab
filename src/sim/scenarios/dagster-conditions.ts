import type { Condition } from "../scenario.ts";
import { liveTasks, pendingCount, runningCount } from "../world/ecs/model.ts";
import type { World } from "../world/world.ts";

const MINUTE_MS = 60_000;
/** Longer than the longest pause between two runs, so that there is a run to judge by. */
const JUDGED_MS = 15 * MINUTE_MS;

/** Dagster's daemon is held at zero: no schedule, no sensor and no run. */
function daemonStopped({ dagster }: World): boolean {
  const { daemon } = dagster;
  return daemon.desiredCount === 0 && runningCount(daemon.tasks) + pendingCount(daemon.tasks) === 0;
}

/** Whether every run of the last quarter of an hour succeeded, and there was one. */
export function runsSucceed({ dagster, kernel }: World): boolean {
  return dagster.runs.succeededSince(kernel.nowMs - JUDGED_MS);
}

/** Whether as many daemon tasks as desired have run for ten minutes, each of a definition that fits. */
export function daemonRuns({ dagster, kernel }: World, fits: (memoryMb: number, image: string) => boolean): boolean {
  const { daemon } = dagster;
  const live = liveTasks(daemon);
  return (
    daemon.desiredCount > 0 &&
    live.length >= daemon.desiredCount &&
    live.every(({ lastStatus, startedAtMs, definition }) => {
      const oldEnough = startedAtMs !== undefined && startedAtMs <= kernel.nowMs - 10 * MINUTE_MS;
      return lastStatus === "RUNNING" && oldEnough && fits(definition.memoryMb, definition.container.image);
    })
  );
}

/** Nothing fails any more: because nothing is started, or because it works again. */
export function stoppedOr(text: string, works: (world: World) => boolean): Condition {
  return {
    text: `Dagster's daemon is at 0 with no task left, or ${text}`,
    holds: (world) => daemonStopped(world) || works(world),
  };
}

/** The last quarter of an hour's runs succeeded. */
export const runsSucceedAgain: Condition = {
  text: "All runs of the last fifteen minutes succeeded, and there was at least one.",
  holds: runsSucceed,
};
