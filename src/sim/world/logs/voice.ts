import type { TaskBehaviour } from "../ecs/behaviour.ts";
import type { Task } from "../ecs/model.ts";
import type { RandomStream } from "../random.ts";
import type { MinuteWriter } from "./log-store.ts";
import { nessieWriter, shutdownLine, startupLines } from "./nessie-lines.ts";

export interface VoiceLine {
  atMs: number;
  message: string;
}

/** What a program writes to its log by itself; what it runs in is a task, or more general. */
export interface Voice<Process = Task> {
  /** Lines of a process that has just started. */
  started(task: Process, behaviour: TaskBehaviour): VoiceLine[];
  /** Lines of each minute. @param randomOf the stream of a minute; it must be the same on every call. */
  writer(task: Process, behaviour: TaskBehaviour, randomOf: (minuteMs: number) => RandomStream): MinuteWriter;
  /** Last lines of a process that ended at `endedMs`; one that was killed has none. */
  ended(task: Process, endedMs: number): VoiceLine[];
}

/** Nessie's. */
export const nessieVoice: Voice = {
  started: (task, behaviour) => startupLines(task.startedAtMs ?? 0, behaviour),
  writer: (task, behaviour, randomOf) =>
    nessieWriter(task.startedAtMs ?? 0, behaviour, task.definition.memoryMb, randomOf),
  // Only a process that ended on SIGTERM (143) says so.
  ended: (task, endedMs) => (task.exitCode === 143 ? [{ atMs: endedMs - 1, message: shutdownLine(endedMs - 1) }] : []),
};
