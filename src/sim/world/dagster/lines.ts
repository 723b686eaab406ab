/** A level as Python's logging spells it. */
export type Level = "DEBUG" | "INFO" | "WARNING" | "ERROR";

/** Dagster's time: whole seconds with the offset of UTC. */
const stamp = (atMs: number) => `${new Date(atMs).toISOString().slice(0, 19).replace("T", " ")} +0000`;

/** A line of one of the daemon's parts: `SensorDaemon`, `SchedulerDaemon` ... */
export function daemonLine(atMs: number, part: string, level: Level, text: string): string {
  return `${stamp(atMs)} - dagster.daemon.${part} - ${level} - ${text}`;
}

/** A line of Dagster's own logger outside of runs. */
export function systemLine(atMs: number, logger: string, level: Level, text: string): string {
  return `${stamp(atMs)} - ${logger} - ${level} - ${text}`;
}

/** A run as its log lines name it. */
export interface RunName {
  id: string;
  job: string;
  /** Process id of the run's worker in its container. */
  pid: number;
}

/** A line of a run; `step` where it is about one. */
export function runLine(
  atMs: number,
  run: RunName,
  level: Level,
  text: string,
  about: { step?: string; event?: string } = {},
): string {
  const parts = [stamp(atMs), "dagster", level, run.job, run.id];
  if (about.step !== undefined) parts.push(String(run.pid + 2), about.step);
  else if (about.event !== undefined) parts.push(String(run.pid));
  if (about.event !== undefined) parts.push(about.event);
  return [...parts, text].join(" - ");
}

/** What a run says when it starts. */
export function runStarted(run: RunName, step: string, table: string): (atMs: number) => string[] {
  return (atMs) => [
    daemonLine(atMs, "QueuedRunCoordinatorDaemon", "INFO", "Retrieved 1 queued runs, checking limits."),
    daemonLine(atMs, "QueuedRunCoordinatorDaemon", "INFO", "Launched 1 runs."),
    runLine(atMs, run, "DEBUG", `Started execution of run for "${run.job}".`, { event: "RUN_START" }),
    runLine(atMs, run, "DEBUG", `Executing steps using multiprocess executor: parent process (pid: ${run.pid})`, {
      event: "ENGINE_EVENT",
    }),
    runLine(atMs, run, "DEBUG", `Started execution of step "${step}".`, { step, event: "STEP_START" }),
    runLine(atMs, run, "INFO", `Writing to Iceberg table: ${table}`, { step }),
  ];
}

/** What it says when it has succeeded. @param tookMs since the step's start. */
export function runSucceeded(run: RunName, step: string, tookMs: number): (atMs: number) => string[] {
  const seconds = (tookMs / 1000).toFixed(1);
  return (atMs) => [
    runLine(atMs, run, "DEBUG", `Materialized value ${step}.`, { step, event: "ASSET_MATERIALIZATION" }),
    runLine(atMs, run, "DEBUG", 'Handled output "result" using IO manager "io_manager"', {
      step,
      event: "HANDLED_OUTPUT",
    }),
    runLine(atMs, run, "DEBUG", `Finished execution of step "${step}" in ${seconds}s.`, {
      step,
      event: "STEP_SUCCESS",
    }),
    runLine(atMs, run, "DEBUG", `Finished execution of run for "${run.job}".`, { event: "RUN_SUCCESS" }),
  ];
}

/** What it says when it has failed. @param traceback lines of the error. */
export function runFailed(run: RunName, step: string, traceback: readonly string[]): (atMs: number) => string[] {
  return (atMs) => [
    runLine(atMs, run, "ERROR", `Execution of step "${step}" failed.`, { step, event: "STEP_FAILURE" }),
    ...traceback,
    runLine(atMs, run, "ERROR", `Execution of run for "${run.job}" failed. Steps failed: ['${step}'].`, {
      event: "RUN_FAILURE",
    }),
  ];
}
