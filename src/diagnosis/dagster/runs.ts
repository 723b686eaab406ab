/** The run that a process of Dagster's was carrying out when its log ended. */
export interface LastRun {
  id: string;
  job: string;
  step?: string;
  /** What it said last. */
  doing?: string;
}

/** A line of a run's logger: `time - dagster - LEVEL - job - run id - [pid -] [step -] [event -] text` (Dagster's default log format). */
const RUN_LINE =
  /- dagster - [A-Z]+ - (\S+) - ([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}) - (?:\d+ - )?(.*)$/;
const STEP = /Started execution of step "([^"]+)"/;

/** The runs that were begun and did not end in these lines (oldest first), the one that spoke last first. */
export function openRuns(lines: readonly { text: string }[]): LastRun[] {
  const open = new Map<string, LastRun>();
  for (const { text } of lines) {
    const [, job, id, rest = ""] = RUN_LINE.exec(text) ?? [];
    if (job === undefined || id === undefined) continue;
    const run = open.get(id) ?? { id, job };
    // Last in the map is who spoke last.
    open.delete(id);
    if (/RUN_SUCCESS|RUN_FAILURE|Finished execution of run/.test(rest)) continue;
    open.set(id, run);
    const step = STEP.exec(rest)?.[1];
    if (step !== undefined) run.step = step;
    else if (!/Started execution of run|Executing steps using/.test(rest)) run.doing = rest.split(" - ").at(-1) ?? rest;
  }
  return [...open.values()].reverse();
}
