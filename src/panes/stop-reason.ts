import type { TaskView } from "../state/views.ts";

// Exit codes above 128 are 128 + the signal's number (POSIX shells and the container runtimes that ECS uses).
const EXIT_WORDS: Readonly<Record<number, string>> = {
  0: "exited normally",
  1: "application error",
  126: "command cannot be executed",
  127: "command not found",
  134: "aborted (SIGABRT)",
  137: "killed (SIGKILL)",
  139: "segmentation fault (SIGSEGV)",
  143: "terminated (SIGTERM)",
};

// Codes of ECS's DescribeTasks `stopCode`, Amazon ECS API reference, Task.
const STOP_WORDS: Readonly<Record<string, string>> = {
  TaskFailedToStart: "failed to start",
  EssentialContainerExited: "essential container exited",
  UserInitiated: "stopped by a user",
  ServiceSchedulerInitiated: "stopped by the service scheduler",
  SpotInterruption: "spot capacity taken back",
  TerminationNotice: "instance terminated",
};

/**
 * Sentences of the service scheduler (Amazon ECS developer guide, "Stopped tasks error messages") and what they say, without the ids and
 * ARNs that would fill a pane.
 */
const SCHEDULER_REASONS: readonly { of: RegExp; words: string }[] = [
  { of: /^Scaling activity initiated by/, words: "stopped by scaling in or a new deployment" },
  { of: /^Task failed ELB health checks/, words: "stopped: failed the load balancer's health checks" },
  { of: /^Task failed container health checks/, words: "stopped: failed the container's health check" },
];

/** What an exit code says of how a process ended. */
export const exitWords = (exitCode: number): string => EXIT_WORDS[exitCode] ?? "exited";

const MEMORY = /OutOfMemory|out of memory|memory usage/i;

/** Why a task stopped, in human words with the exit code first: `137 OOM-killed (container memory)`. */
export function stopReason(task: TaskView): string {
  const failed =
    task.containers.find((container) => (container.exitCode ?? 0) !== 0) ??
    task.containers.find((container) => container.reason) ??
    task.containers.find((container) => container.exitCode !== undefined);
  const memory = MEMORY.test(failed?.reason ?? "") || MEMORY.test(task.stoppedReason ?? "");
  if (failed?.exitCode === 137 && memory) return "137 OOM-killed (container memory)";
  if (memory) return `${failed?.exitCode ?? ""} OOM-killed (container memory)`.trim();
  const known = SCHEDULER_REASONS.find(({ of }) => of.test(task.stoppedReason ?? ""))?.words;
  const stop = known ?? (task.stopCode ? (STOP_WORDS[task.stopCode] ?? task.stopCode) : "");
  if (failed?.exitCode !== undefined) {
    const words = exitWords(failed.exitCode);
    const detail = failed.reason ?? (failed.exitCode === 0 || failed.exitCode === 143 ? stop : "");
    return `${failed.exitCode} ${words}${detail ? `: ${detail}` : ""}`;
  }
  return known ?? ([stop, task.stoppedReason ?? failed?.reason].filter(Boolean).join(": ") || "no reason given");
}
