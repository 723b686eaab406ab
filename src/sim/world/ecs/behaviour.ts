import type { RandomStream } from "../random.ts";

/** What a health check or a request finds: an answer, a closed port, silence, or an HTTP error. */
export type ProbeResult = "ok" | "refused" | "timeout" | "error";

/**
 * How one task's process behaves over its life, as functions of its age in ms since it entered RUNNING. It is drawn once
 * when the task starts, so that reading it never draws a random number.
 */
export interface TaskBehaviour {
  /** Age at which the process listens. */
  readyAfterMs: number;
  /** Age at which the heap is nearly full and collections stop everything; infinite when it never is. */
  pressureAfterMs: number;
  /** When and how the process dies by itself. */
  exit?: { afterMs: number; exitCode: number /** In ECS's words, where it has any. */; reason?: string };
  /** How long it takes to end after SIGTERM. Above 30 s ECS sends SIGKILL (StopTask's default stopTimeout). */
  terminationMs: number;
  /** Share of the container's memory limit in use, 0 to 1. */
  memoryAt(ageMs: number): number;
  /** Share of the task's CPU in use, 0 to 1. */
  cpuAt(ageMs: number): number;
  probe(ageMs: number): ProbeResult;
  /** Typical time to answer a request, ms. */
  latencyMsAt(ageMs: number): number;
  /** Share of the requests that are answered with a 5xx of its own, 0 to 1. Default: none. */
  errorShareAt?(ageMs: number): number;
  /** What the process says of a trouble of its own among its ordinary lines. */
  trouble?: {
    /** Share of the lines that are about it, 0 to 1. */
    share(ageMs: number): number;
    line(atMs: number, ageMs: number, random: RandomStream): string;
  };
  /** Lines that it writes when it dies by itself, oldest first; none when it is killed. */
  lastWords?(atMs: number): string[];
}

/** A smooth wobble around zero in [-1, 1], different for each phase: ordinary variation without drawing numbers. */
export function wobble(ageMs: number, phase: number): number {
  return (Math.sin(ageMs / 97_000 + phase) + Math.sin(ageMs / 23_000 + phase * 2.7)) / 2;
}

/** A healthy task: 50 to 60 % of its memory, CPU by the traffic it gets. */
export function steadyBehaviour(random: RandomStream): TaskBehaviour {
  const phase = random.between(0, 6.28);
  const memory = random.between(0.52, 0.58);
  const readyAfterMs = random.between(9_000, 16_000);
  return {
    readyAfterMs,
    pressureAfterMs: Number.POSITIVE_INFINITY,
    terminationMs: random.between(2_000, 9_000),
    memoryAt: (ageMs) => memory * Math.min(1, 0.45 + ageMs / 120_000) + 0.02 * wobble(ageMs, phase),
    cpuAt: (ageMs) => (ageMs < readyAfterMs ? 0.85 : 0.42 + 0.07 * wobble(ageMs, phase)),
    probe: (ageMs) => (ageMs < readyAfterMs ? "refused" : "ok"),
    latencyMsAt: (ageMs) => 24 + 9 * wobble(ageMs, phase + 1),
  };
}

export interface Leak {
  /** Age at which memory begins to climb. */
  climbAfterMs: number;
  /** Age at which it is nearly full: collections stop the process and health checks time out. */
  pressureAfterMs: number;
  /** Age at which the kernel kills the container. */
  killedAfterMs: number;
}

/** Share of the limit at which garbage collection starts to dominate. */
const PRESSURE_SHARE = 0.93;

/** A task whose memory climbs until the kernel kills its container at the limit. */
export function leakingBehaviour(random: RandomStream, leak: Leak): TaskBehaviour {
  const steady = steadyBehaviour(random);
  const { climbAfterMs, pressureAfterMs, killedAfterMs } = leak;
  const climbedAt = (ageMs: number) => {
    if (ageMs < climbAfterMs) return steady.memoryAt(ageMs);
    if (ageMs < pressureAfterMs) {
      const share = (ageMs - climbAfterMs) / Math.max(1, pressureAfterMs - climbAfterMs);
      return steady.memoryAt(climbAfterMs) + (PRESSURE_SHARE - steady.memoryAt(climbAfterMs)) * share;
    }
    const share = (ageMs - pressureAfterMs) / Math.max(1, killedAfterMs - pressureAfterMs);
    return PRESSURE_SHARE + (1 - PRESSURE_SHARE) * share;
  };
  return {
    ...steady,
    pressureAfterMs,
    exit: {
      afterMs: killedAfterMs,
      exitCode: 137,
      // The words of ECS for a container killed at its memory limit (ECS developer guide, stopped task error messages).
      reason: "OutOfMemoryError: Container killed due to memory usage",
    },
    memoryAt: (ageMs) => Math.min(1, climbedAt(ageMs)),
    // Collections cost CPU, but while they wait for memory the request threads stand still.
    cpuAt: (ageMs) => Math.min(0.66, steady.cpuAt(ageMs) + 0.5 * Math.max(0, climbedAt(ageMs) - 0.6)),
    probe: (ageMs) => (ageMs >= pressureAfterMs ? "timeout" : steady.probe(ageMs)),
    latencyMsAt: (ageMs) => {
      const strain = Math.max(0, climbedAt(ageMs) - 0.7) / 0.3;
      return steady.latencyMsAt(ageMs) * (1 + 60 * strain * strain);
    },
  };
}
