import { formatAge, formatCountdown, formatHoursMinutes } from "../base/duration.ts";
import { type Row, type Segment, seg } from "../panes/line.ts";
import { isOpen, mostUrgent, thresholdStatus } from "../state/escalation.ts";
import { objectiveTimes, openObjectives } from "../state/recovery-objectives.ts";
import { ageMs, freshness } from "../state/source.ts";
import type { CockpitState, HeldOpen, SourceName } from "../state/store.ts";
import type { HeaderItem } from "./header.ts";

/** Data of this age or less is as recent as polling makes it: a number would only flicker. */
const LIVE_WITHIN_MS = 5_000;

const SOURCES: readonly SourceName[] = ["services", "containers", "targets", "alarms", "metrics", "logs"];

/** From here on a countdown asks to be looked at, domain ms. */
const SOON_MS = 5 * 60_000;

/** Escalation runs from the first accepted alarm, where that came before the declaration; domain ms. */
const startOf = ({ detectedAtMs, declaredAtMs }: CockpitState["incident"]): number =>
  Math.min(declaredAtMs, detectedAtMs ?? declaredAtMs);

/** When the alert was acknowledged, from the start of the clock. */
function acknowledged({ incident, communication }: CockpitState): Row {
  const l1 = communication.thresholds.find(({ id }) => id === "L1");
  if (l1?.answer?.kind === "declined") return [seg("L1 declined", "muted")];
  if (incident.acknowledgedAtMs === undefined) return [];
  const startedAtMs = startOf(incident);
  return [seg(`L1 acked ${formatHoursMinutes(incident.acknowledgedAtMs - startedAtMs)}`, "muted")];
}

/** The threshold that waits for an answer, else the next one, with its time. */
function escalation(state: CockpitState, nowMs: number, short: boolean): { row: Row; isOpen: boolean } {
  const { thresholds } = state.communication;
  const threshold = mostUrgent(thresholds, nowMs);
  if (!threshold) return { row: [], isOpen: false };
  const { level } = threshold;
  const leftMs = threshold.dueAtMs - nowMs;
  if (!isOpen(threshold, nowMs)) {
    const words = level === "L1" ? (short ? "L1 ack" : "L1 ack in") : short ? level : `${level} in`;
    return { row: [seg(`${words} ${formatCountdown(leftMs)}`, leftMs < SOON_MS ? "warn" : "text")], isOpen: false };
  }
  const others = thresholds.filter((other) => isOpen(other, nowMs)).length - 1;
  const words =
    level === "L1" ? "L1 ack OVERDUE" : `${level} ${thresholdStatus(threshold, nowMs) === "late" ? "LATE" : "DUE"}`;
  const more = others > 0 ? ` +${others}` : "";
  return {
    row: [seg(`${words} ${formatCountdown(-leftMs)}${more}`, "bad"), seg(" ("), seg("e", "key"), seg(")")],
    isOpen: true,
  };
}

/** The countdown to the next status update; once it is due, since when. */
function nextUpdate({ communication }: CockpitState, nowMs: number, short: boolean): Row {
  const { dueAtMs } = communication.updates;
  if (dueAtMs === undefined) return [];
  const leftMs = dueAtMs - nowMs;
  if (leftMs <= 0) return [seg(`update DUE ${formatCountdown(-leftMs)}`, "bad"), seg(" ("), seg("u", "key"), seg(")")];
  return [seg(`${short ? "upd" : "next update"} ${formatCountdown(leftMs)}`, leftMs < SOON_MS ? "warn" : "text")];
}

/** A message that reached nobody; the stakeholders, while nobody has told them that it is contained. */
function untold({ communication }: CockpitState, short: boolean): Row {
  const { unsent, stakeholdersWaiting } = communication;
  if (unsent) {
    const key = unsent.about === "status-update" ? "u" : unsent.about === "escalation" ? "e" : "a";
    return [
      seg(`NOT SENT${short ? "" : `: ${unsent.about.replaceAll("-", " ")}`}`, "bad"),
      seg(" ("),
      seg(key, "key"),
      seg(")"),
    ];
  }
  return stakeholdersWaiting ? [seg("a", "key"), seg(": tell stakeholders", "muted")] : [];
}

function progress(state: CockpitState): Row {
  const { incident } = state;
  const startedAtMs = startOf(incident);
  if (incident.resolvedAtMs !== undefined)
    return [seg(`resolved ${formatHoursMinutes(incident.resolvedAtMs - startedAtMs)}`, "good")];
  if (incident.containedAtMs !== undefined)
    return [seg(`contained ${formatHoursMinutes(incident.containedAtMs - startedAtMs)}`, "accent")];
  return [seg("not contained", "warn")];
}

/** A containment that its watch confirms, while nobody has said yet that the incident is contained. */
function markContainedHint(state: CockpitState): Row {
  const { containedAtMs, resolvedAtMs } = state.incident;
  const isOpen = containedAtMs === undefined && resolvedAtMs === undefined;
  if (!isOpen || !state.heldOpen.some((held) => held.guard === "holding")) return [];
  return [seg("a", "key"), seg(": mark contained?", "muted")];
}

/** What is in place and not undone, with what its watch says. In short, of several only how many; what is broken stands on a line of its own. */
function heldOpen(state: CockpitState, short: boolean): Row {
  if (state.heldOpen.length === 0) return [];
  const named = state.heldOpen.filter(({ badge }) => badge !== "");
  const others = state.heldOpen.length - named.length;
  if (short && state.heldOpen.length > 1) {
    const count = (guard: HeldOpen["guard"]) => named.filter((held) => held.guard === guard).length;
    const parts = [
      ...(count("broken") > 0 ? [seg(`${count("broken")} BROKEN`, "bad")] : []),
      ...(count("unknown") > 0 ? [seg(`${count("unknown")} ?`, "warn")] : []),
    ];
    const states = parts.flatMap((part, index): Segment[] => [seg(index === 0 ? ": " : ", "), part]);
    return [seg(`${state.heldOpen.length} held open`, "action"), ...states, seg(" (z)", "muted")];
  }
  const badges = named.flatMap((held, index): Segment[] => {
    const words = { holding: "", none: "", unknown: " ?", broken: " BROKEN" }[held.guard];
    const token = held.guard === "broken" ? "bad" : held.guard === "unknown" ? "warn" : "action";
    return [...(index > 0 ? [seg(", ")] : []), seg(`${held.badge}${words}`, token)];
  });
  // What nothing watches over has no badge; it can be undone all the same.
  const rest = others > 0 ? [seg(`${named.length > 0 ? ", " : ""}${others} to undo`, "action")] : [];
  return [seg("held open: "), ...badges, ...rest, seg(" (z)", "muted")];
}

/** The affected component that has the least time left until its RTO, and how many more there are. */
function recoveryTime(state: CockpitState, nowMs: number, short: boolean): Row {
  const [first, ...others] = openObjectives(state.objectives, nowMs);
  if (!first || state.incident.resolvedAtMs !== undefined) return [];
  const { status, leftMs } = objectiveTimes(first, nowMs);
  const more = others.length > 0 ? ` +${others.length}` : "";
  const name = `RTO ${first.component}`;
  if (status === "overdue") return [seg(`${name} OVERDUE ${formatCountdown(-leftMs)}${more}`, "bad")];
  const left = `${formatCountdown(leftMs)}${short ? "" : " left"}${more}`;
  return [seg(`${name} ${left}`, status === "urgent" ? "warn" : "text")];
}

function recorder(state: CockpitState): Row {
  const { status, pending } = state.recorder;
  if (status === "failed") return [seg("rec FAILED", "bad")];
  if (status === "slow") return [seg(`rec slow ${pending}`, "warn")];
  return [seg("rec ok", "muted")];
}

/** The age of the data: the typical one, and the worst source when it is not fresh. */
function dataAge(state: CockpitState, monotonicMs: number): Row {
  const present = SOURCES.filter((name) => state[name].status !== "absent");
  const ages = present.map((name) => ({
    name,
    age: ageMs(state[name], monotonicMs),
    state: freshness(state[name], monotonicMs),
  }));
  const known = ages.flatMap((item) => (item.age === undefined ? [] : [item.age])).sort((a, b) => a - b);
  const typical = known[Math.floor((known.length - 1) / 2)];
  const broken = ages.filter((item) => item.state === "denied" || item.state === "failed" || item.state === "stale");
  const worst = broken.sort((a, b) => (b.age ?? Infinity) - (a.age ?? Infinity))[0];
  const first =
    typical === undefined
      ? seg("data loading", "muted")
      : seg(`data ${typical < LIVE_WITHIN_MS ? "live" : formatAge(typical)}`, worst ? "warn" : "muted");
  if (!worst) return [first];
  return [first, seg(` ${worst.name} ${worst.age === undefined ? worst.state : formatAge(worst.age)}`, "warn")];
}

/** The second header line: how far along, the clocks that run, what is held open, and whether to trust the screen. `short`: in fewer words. */
export function clockItems(state: CockpitState, nowMs: number, monotonicMs: number, short: boolean): HeaderItem[] {
  const { row, isOpen: isDue } = escalation(state, nowMs, short);
  return [
    { keep: 2, side: "left", row: progress(state) },
    { keep: 3.2, side: "left", row: markContainedHint(state) },
    { keep: 3.6, side: "left", row: acknowledged(state) },
    { keep: isDue ? 0.5 : 1, side: "left", row },
    { keep: 1.5, side: "left", row: nextUpdate(state, nowMs, short) },
    { keep: state.communication.unsent ? 1.2 : 3.3, side: "left", row: untold(state, short) },
    { keep: 1.6, side: "left", row: recoveryTime(state, nowMs, short) },
    { keep: 0, side: "left", row: heldOpen(state, short) },
    { keep: 4, side: "right", row: state.incident.onCall ? [seg(`on call ${state.incident.onCall}`, "muted")] : [] },
    { keep: state.recorder.status === "ok" ? 3.15 : 1, side: "right", row: recorder(state) },
    { keep: 2.5, side: "right", row: dataAge(state, monotonicMs) },
  ];
}
