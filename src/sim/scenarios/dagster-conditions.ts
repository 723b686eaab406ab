import type { Condition } from "../scenario.ts";
import type { World } from "../world/world.ts";

const MINUTE_MS = 60_000;
/** Longer than the longest pause between two runs, so that there is a run to judge by. */
const JUDGED_MS = 15 * MINUTE_MS;

/** Whether every run of the last quarter of an hour succeeded, and there was one. */
export function runsSucceed({ dagster, kernel }: World): boolean {
  return dagster.runs.succeededSince(kernel.nowMs - JUDGED_MS);
}

/** Whether as many daemons as wanted have run for ten minutes, each of a program that fits. */
export function daemonRuns({ dagster }: World, fits: (memoryMb: number, image: string) => boolean): boolean {
  return dagster.home.daemonHasRun(10 * MINUTE_MS, ({ memoryMb, container }) => fits(memoryMb, container.image));
}

/** Nothing fails any more: because nothing is started, or because it works again. */
export function stoppedOr(text: string, works: (world: World) => boolean): Condition {
  return {
    text: `Dagster's daemon is at 0 with no task left (in compose: stopped, paused or removed), or ${text}`,
    holds: (world) => world.dagster.home.daemonStopped() || works(world),
  };
}

/** The last quarter of an hour's runs succeeded. */
export const runsSucceedAgain: Condition = {
  text: "All runs of the last fifteen minutes succeeded, and there was at least one.",
  holds: runsSucceed,
};
