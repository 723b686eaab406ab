import type { Principal } from "../principals.ts";
import type { Program, ProgramProcess } from "./process.ts";

/** Where Dagster runs: what differs between ECS and docker compose. */
export interface DagsterHome {
  /** Puts its processes in place, running for days. Called once, when the scenario has been arranged. */
  begin(): void;
  /** The daemon's process that is up and working, the newest of several. */
  runningDaemon(): ProgramProcess | undefined;
  isDaemon(process: ProgramProcess): boolean;
  /** Whether the process stands still: it neither works nor ends until it goes on. */
  isFrozen(process: ProgramProcess): boolean;
  /** Adds a line to the process's log. */
  say(process: ProgramProcess, atMs: number, message: string): void;
  /** What the daemon is made from now. */
  daemonProgram(): Program;
  /** Whether the daemon is held down: it neither works nor is about to. */
  daemonStopped(): boolean;
  /** Whether as many daemons as wanted have worked for `durationMs`, each of a program that fits. */
  daemonHasRun(durationMs: number, fits: (program: Program) => boolean): boolean;
  /** The data team's release of a new version of the daemon, at the present virtual time. */
  release(by: Principal, container: Partial<Program["container"]>): void;
}
