import { formatAge, formatCountdown, formatHoursMinutes } from "../base/duration.ts";
import { type Row, type Segment, seg } from "../panes/line.ts";
import { ageMs, freshness } from "../state/source.ts";
import type { CockpitState, SourceName } from "../state/store.ts";
import type { HeaderItem } from "./header.ts";

/** The on-call engineer acknowledges within 15 minutes (operations runbook, Escalation Path, L1). */
export const ACKNOWLEDGE_WITHIN_MS = 15 * 60_000;

/** Data of this age or less is as recent as polling makes it: a number would only flicker. */
const LIVE_WITHIN_MS = 5_000;

const SOURCES: readonly SourceName[] = ["services", "targets", "alarms", "metrics", "logs"];

function acknowledgement(state: CockpitState, nowMs: number): Row {
  const { incident } = state;
  // Escalation runs from the first accepted alarm, where one is known.
  const startedAtMs = incident.detectedAtMs ?? incident.declaredAtMs;
  if (incident.acknowledgedAtMs !== undefined) {
    return [seg(`L1 acked ${formatHoursMinutes(incident.acknowledgedAtMs - startedAtMs)}`, "muted")];
  }
  const leftMs = startedAtMs + ACKNOWLEDGE_WITHIN_MS - nowMs;
  if (leftMs < 0) return [seg(`L1 ack OVERDUE ${formatCountdown(-leftMs)}`, "bad")];
  return [seg(`L1 ack in ${formatCountdown(leftMs)}`, leftMs < 5 * 60_000 ? "warn" : "text")];
}

function progress(state: CockpitState): Row {
  const { incident } = state;
  const startedAtMs = incident.detectedAtMs ?? incident.declaredAtMs;
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

/** What is in place and not undone, with what its watch says. */
function heldOpen(state: CockpitState): Row {
  if (state.heldOpen.length === 0) return [];
  const named = state.heldOpen.filter(({ badge }) => badge !== "");
  const others = state.heldOpen.length - named.length;
  const badges = named.flatMap((held, index): Segment[] => {
    const words = { holding: "", none: "", unknown: " ?", broken: " BROKEN" }[held.guard];
    const token = held.guard === "broken" ? "bad" : held.guard === "unknown" ? "warn" : "action";
    return [...(index > 0 ? [seg(", ")] : []), seg(`${held.badge}${words}`, token)];
  });
  // What nothing watches over has no badge; it can be undone all the same.
  const rest = others > 0 ? [seg(`${named.length > 0 ? ", " : ""}${others} to undo`, "action")] : [];
  return [seg("held open: "), ...badges, ...rest, seg(" (z)", "muted")];
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

/** The second header line: how far along, the clocks that run, what is held open, and whether to trust the screen. */
export function clockItems(state: CockpitState, nowMs: number, monotonicMs: number): HeaderItem[] {
  return [
    { keep: 2, side: "left", row: progress(state) },
    { keep: 3.2, side: "left", row: markContainedHint(state) },
    { keep: 1, side: "left", row: acknowledgement(state, nowMs) },
    { keep: 0, side: "left", row: heldOpen(state) },
    { keep: 4, side: "right", row: state.incident.onCall ? [seg(`on call ${state.incident.onCall}`, "muted")] : [] },
    { keep: state.recorder.status === "ok" ? 3 : 1, side: "right", row: recorder(state) },
    { keep: 2.5, side: "right", row: dataAge(state, monotonicMs) },
  ];
}
