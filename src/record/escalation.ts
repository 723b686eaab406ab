import type { EscalationLevel, IncidentFlag, Threshold } from "../state/escalation.ts";
import type { RecordEntry } from "./entries.ts";
import { beganAtMs, type IncidentView, incidentView } from "./incident-view.ts";

const MINUTE_MS = 60_000;

/**
 * The escalation path of the operations runbook (Monitoring Escalation > Escalation Path), in domain ms from the detection, else from
 * the declaration. `graceMs`: how long a due threshold may stay unanswered before it is late; an acknowledgement is late at once. `why` is
 * so only once it is due; `rule` says the same of a threshold that nothing has come of.
 */
export const ESCALATION_PATH: Readonly<
  Record<EscalationLevel, { afterMs: number; graceMs: number; role: string; why: string; rule: string }>
> = {
  L1: {
    afterMs: 15 * MINUTE_MS,
    graceMs: 0,
    role: "on-call engineer",
    why: "nobody acknowledged within 15 minutes",
    rule: "to acknowledge within 15 minutes",
  },
  L2: {
    afterMs: 60 * MINUTE_MS,
    graceMs: 5 * MINUTE_MS,
    role: "platform team lead",
    why: "not resolved within 1 hour",
    rule: "when not resolved within 1 hour",
  },
  L3: {
    afterMs: 240 * MINUTE_MS,
    graceMs: 5 * MINUTE_MS,
    role: "engineering director and security",
    why: "not resolved within 4 hours",
    rule: "when not resolved within 4 hours",
  },
};

/** Which level a flag makes due at once, whatever the clock says. */
export const FLAG_LEVEL: Readonly<Record<IncidentFlag, EscalationLevel>> = {
  "suspected-data-loss": "L2",
  "security-incident": "L3",
  "data-breach": "L3",
};

const LEVELS = Object.keys(ESCALATION_PATH) as EscalationLevel[];

interface RaisedFlag {
  flag: IncidentFlag;
  raisedAtMs: number;
  withdrawnAtMs?: number;
}

/** The flags that were ever raised, each from its last raising on. O(entries). */
export function raisedFlags(entries: readonly RecordEntry[]): RaisedFlag[] {
  const flags = new Map<IncidentFlag, RaisedFlag>();
  for (const entry of entries) {
    if (entry.kind !== "incident.flag") continue;
    const { flag, raised } = entry.payload;
    const atMs = Date.parse(entry.at);
    const known = flags.get(flag);
    if (raised && (!known || known.withdrawnAtMs !== undefined)) flags.set(flag, { flag, raisedAtMs: atMs });
    else if (!raised && known && known.withdrawnAtMs === undefined) flags.set(flag, { ...known, withdrawnAtMs: atMs });
  }
  return [...flags.values()];
}

/**
 * The thresholds of the escalation path with what the record says of each: the three by time, and one for each flag that was raised.
 * A pure function of the entries: neither a suspended host nor a clock that jumps can lose a threshold or make one fire twice,
 * because what was proposed, answered or late is looked up here. O(entries).
 */
export function escalationThresholds(entries: readonly RecordEntry[]): Threshold[] {
  const view = incidentView(entries);
  if (view.openedAt === "") return [];
  const startMs = beganAtMs(view);
  const endedAtMs = endOf(view);
  const byTime = LEVELS.map((level) => threshold(level, level, ESCALATION_PATH[level].why, startMs, endedAtMs));
  const byFlag = raisedFlags(entries).map(({ flag, raisedAtMs, withdrawnAtMs }) => {
    const level = FLAG_LEVEL[flag];
    const ended = [withdrawnAtMs, endedAtMs].filter((atMs) => atMs !== undefined);
    const fromMs = raisedAtMs - ESCALATION_PATH[level].afterMs;
    return threshold(
      flagThresholdId(flag),
      level,
      flag.replaceAll("-", " "),
      fromMs,
      ended.length > 0 ? Math.min(...ended) : undefined,
    );
  });
  const thresholds = [...byTime, ...byFlag];
  if (view.acknowledged) {
    const { atMs, by } = view.acknowledged;
    answer(thresholds, (candidate) => candidate.level === "L1", { kind: "done", atMs, by, detail: "acknowledged" });
  }
  for (const entry of entries) takeIn(thresholds, entry);
  return thresholds;
}

/** The id of the threshold that a flag makes due. */
export function flagThresholdId(flag: IncidentFlag): string {
  return `${FLAG_LEVEL[flag]}-${flag}`;
}

function threshold(
  id: string,
  level: EscalationLevel,
  why: string,
  fromMs: number,
  endedAtMs: number | undefined,
): Threshold {
  const { afterMs, graceMs, role } = ESCALATION_PATH[level];
  const dueAtMs = fromMs + afterMs;
  return {
    id,
    level,
    role,
    why,
    dueAtMs,
    lateAtMs: dueAtMs + graceMs,
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
  };
}

function endOf(view: IncidentView): number | undefined {
  if (view.resolved) return view.resolved.atMs;
  return view.closed?.mode === "resolved" ? view.closed.atMs : undefined;
}

function takeIn(thresholds: Threshold[], entry: RecordEntry): void {
  const atMs = Date.parse(entry.at);
  switch (entry.kind) {
    case "escalation.proposed": {
      const { threshold: id, text } = entry.payload;
      const found = thresholds.find((candidate) => candidate.id === id);
      if (found && !found.proposed) found.proposed = { atMs, text };
      return;
    }
    case "escalation.late": {
      const found = thresholds.find((candidate) => candidate.id === entry.payload.threshold);
      if (found) found.lateRecordedAtMs ??= atMs;
      return;
    }
    // Raised again after it was taken back: what was said about the earlier one does not count.
    case "incident.flag": {
      const found = thresholds.find((candidate) => candidate.id === flagThresholdId(entry.payload.flag));
      if (!entry.payload.raised && found?.answer?.kind !== "done") {
        for (const key of ["proposed", "lateRecordedAtMs", "answer"] as const) delete found?.[key];
      }
      return;
    }
    // Who has been told knows: a level that was escalated to is not proposed again for another reason.
    case "escalation.done": {
      const { level, by, how } = entry.payload;
      answer(thresholds, (candidate) => candidate.level === level, { kind: "done", atMs, by, detail: how });
      return;
    }
    case "escalation.declined": {
      const { threshold: id, by, reason } = entry.payload;
      answer(thresholds, (candidate) => candidate.id === id, { kind: "declined", atMs, by, detail: reason });
      return;
    }
    default:
  }
}

/** The first answer counts, but a refusal gives way to the deed. */
function answer(
  thresholds: Threshold[],
  fits: (threshold: Threshold) => boolean,
  given: NonNullable<Threshold["answer"]>,
): void {
  for (const candidate of thresholds) {
    if (!fits(candidate)) continue;
    if (!candidate.answer || (candidate.answer.kind === "declined" && given.kind === "done")) candidate.answer = given;
  }
}
