export type EscalationLevel = "L1" | "L2" | "L3";

/** A judgement of the responder that makes thresholds due at once. */
export type IncidentFlag = "suspected-data-loss" | "security-incident" | "data-breach";

/** One threshold of the escalation path, as the record knows it. Times are domain ms. */
export interface Threshold {
  /** Stable: `L1`, `L2`, `L3` by time; `L2-suspected-data-loss`, `L3-security-incident`, `L3-data-breach` by a flag. */
  id: string;
  level: EscalationLevel;
  /** Who is meant by the level: "platform team lead". */
  role: string;
  /** Completing "due because ...". */
  why: string;
  dueAtMs: number;
  /** From here on it counts as late while nobody has answered it. */
  lateAtMs: number;
  /** When the step was proposed, and the message that was drafted for it. */
  proposed?: { atMs: number; text: string };
  /** When it was recorded as late. */
  lateRecordedAtMs?: number;
  answer?: { kind: "done" | "declined"; atMs: number; by: string; detail: string };
  /** When the incident was resolved, or the flag taken back: what was not due by then is not needed. */
  endedAtMs?: number;
}

/** waiting: not due yet; due: nothing was proposed yet; the rest as it says. */
export type ThresholdStatus = "waiting" | "due" | "proposed" | "late" | "done" | "declined" | "not-needed";

/** How a threshold stands at a moment, in domain ms. Pure: the clock decides only what nobody has answered before the end. */
export function thresholdStatus(threshold: Threshold, nowMs: number): ThresholdStatus {
  const { answer, endedAtMs = Number.POSITIVE_INFINITY, dueAtMs, lateAtMs, proposed } = threshold;
  if (answer) return answer.kind;
  if (endedAtMs <= dueAtMs) return "not-needed";
  const atMs = Math.min(nowMs, endedAtMs);
  if (atMs < dueAtMs) return "waiting";
  if (atMs >= lateAtMs) return "late";
  return proposed ? "proposed" : "due";
}

/** Whether somebody has to answer it now. */
export function isOpen(threshold: Threshold, nowMs: number): boolean {
  if (threshold.endedAtMs !== undefined && threshold.endedAtMs <= nowMs) return false;
  return ["due", "proposed", "late"].includes(thresholdStatus(threshold, nowMs));
}

/** What the clock shows: the threshold that has been open longest, else the next one that will be due; undefined when none is left. */
export function mostUrgent(thresholds: readonly Threshold[], nowMs: number): Threshold | undefined {
  const byDue = [...thresholds].sort((a, b) => a.dueAtMs - b.dueAtMs);
  return (
    byDue.find((threshold) => isOpen(threshold, nowMs)) ??
    byDue.find((threshold) => thresholdStatus(threshold, nowMs) === "waiting")
  );
}
