/** One way to bring a component back. */
export interface RecoveryPath {
  id: string;
  title: string;
  /** It takes at least so long, whatever is done; domain ms. */
  minimumMs: number;
  /** Where the minimum comes from. */
  basis: string;
  /** Actions that carry it out, the preferred one first; empty where it is done by hand. */
  actionIds: string[];
  /** What the action is given where its defaults are for another component. */
  parameters?: Record<string, string>;
  /** It only reads: that somebody looked does not say that the component is affected, but what was found may. */
  looksOnly?: true;
  /** How it is done where no action does it. */
  byHand: string;
  /** What the record says of it: tried and not done counts no more as a way that remains. */
  status: "open" | "running" | "done" | "failed";
}

/** A row of the runbook's table of targets, and how this incident stands to it. Times are domain ms. */
export interface RecoveryObjective {
  /** nessie, dagster, s3, terraform-state or audit-logs. */
  component: string;
  /** As the runbook's table has it, word for word. */
  label: string;
  rpo: string;
  rto: string;
  strategy: string;
  rtoMs: number;
  /** Where what can be had differs from the table's RPO: what it really is. */
  realRpo: string;
  paths: RecoveryPath[];
  /** Set: it is affected. The clock runs from the detection, else from the declaration. */
  affected?: { startMs: number; basis: "detected" | "declared"; why: string };
  /** When and how it came back. */
  recovered?: { atMs: number; how: string };
  /** Parts of it that are back while it is not: their names in the order in which they came back, the last one's time, and what is not. */
  partly?: { back: string[]; atMs: number; still: string };
}

/** running: there is time; urgent: the slowest way that remains no longer fits; overdue: the RTO has passed; met, missed: it came back. */
export type ObjectiveStatus = "unaffected" | "running" | "urgent" | "overdue" | "met" | "missed";

export interface ObjectiveTimes {
  status: ObjectiveStatus;
  /** The end of the RTO. */
  deadlineMs: number;
  /** Until then; negative once it has passed. */
  leftMs: number;
  /** The slowest way that remains, and when it has to be begun at the latest: then is the time to escalate. */
  slowest?: RecoveryPath;
  escalateByMs: number;
}

/** Ways that take longer than this are suggested as soon as a component is affected, domain ms. */
export const SLOW_MS = 10 * 60_000;

/** How an objective stands at a moment, domain ms. A pure function. */
export function objectiveTimes(objective: RecoveryObjective, nowMs: number): ObjectiveTimes {
  const { affected, recovered, rtoMs } = objective;
  const slowest = remainingPaths(objective).sort((a, b) => b.minimumMs - a.minimumMs)[0];
  const deadlineMs = (affected?.startMs ?? nowMs) + rtoMs;
  const escalateByMs = deadlineMs - (slowest?.minimumMs ?? 0);
  const leftMs = deadlineMs - nowMs;
  return {
    status: statusOf(),
    deadlineMs,
    leftMs,
    escalateByMs,
    ...(slowest ? { slowest } : {}),
  };

  function statusOf(): ObjectiveStatus {
    if (!affected) return "unaffected";
    if (recovered) return recovered.atMs <= deadlineMs ? "met" : "missed";
    if (leftMs <= 0) return "overdue";
    return nowMs >= escalateByMs ? "urgent" : "running";
  }
}

/** The ways that may still lead there: not tried in vain. */
export function remainingPaths({ paths }: RecoveryObjective): RecoveryPath[] {
  return paths.filter(({ status }) => status === "open" || status === "running");
}

/** Affected components that are not back, the one with the least time first. */
export function openObjectives(objectives: readonly RecoveryObjective[], nowMs: number): RecoveryObjective[] {
  return objectives
    .filter(({ affected, recovered }) => affected && !recovered)
    .sort((a, b) => objectiveTimes(a, nowMs).leftMs - objectiveTimes(b, nowMs).leftMs);
}

/** The slow way that should be begun now, because it takes so long: not while it runs, and not once it no longer fits. */
export function slowPathToBegin(objective: RecoveryObjective, nowMs: number): RecoveryPath | undefined {
  const { status, slowest, escalateByMs } = objectiveTimes(objective, nowMs);
  if (status !== "running" || !slowest || slowest.status !== "open" || slowest.minimumMs < SLOW_MS) return undefined;
  return nowMs < escalateByMs ? slowest : undefined;
}
