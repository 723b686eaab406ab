import { formatUtc } from "../base/duration.ts";
import type { Json } from "../base/json.ts";
import { sanitizeLine } from "../base/text.ts";
import type { RecordEntry } from "../record/entries.ts";
import { freshness } from "../state/source.ts";
import type { CockpitState } from "../state/store.ts";

/** How one thing stands. `red`: it is not as it should be; `unknown`: it cannot be read, which is never green. */
export interface Condition {
  what: string;
  state: "green" | "red" | "unknown";
  detail: string;
}

const WATCHED = ["services", "targets", "alarms"] as const;
type Watched = (typeof WATCHED)[number];

/** Target tracking's own alarms drive scaling: its scale-in alarm is in ALARM on a quiet day. */
const isScalingAlarm = (name: string) => name.startsWith("TargetTracking-");

/** A target that comes or goes is neither healthy nor a finding. */
const isPassing = (state: string) => ["initial", "draining", "unused"].includes(state);

type Members = Record<string, unknown>;
const members = (value: unknown): Members => (typeof value === "object" && value !== null ? (value as Members) : {});
const items = (value: unknown): Members[] => (Array.isArray(value) ? value.map(members) : []);
const text = (value: unknown) => (typeof value === "string" ? sanitizeLine(value) : "");
const count = (value: unknown) => (typeof value === "number" ? value : 0);

/** Of the three slices as they stand in the store and, as JSON, in the record. */
const conditionsOf: Readonly<Record<Watched, (item: Members) => Condition[]>> = {
  services: ({ name, running, desired }) => {
    const isWhole = count(desired) > 0 && count(running) >= count(desired);
    const detail = `${count(running)} of ${count(desired)} tasks running`;
    return [{ what: `service ${text(name)}`, state: isWhole ? "green" : "red", detail }];
  },
  targets: ({ name, targets }) => {
    const states = items(targets).map((target) => text(target.state));
    const counted = states.filter((state) => !isPassing(state));
    const healthy = counted.filter((state) => state === "healthy").length;
    const isWhole = healthy > 0 && healthy === counted.length;
    const detail = `${healthy} of ${counted.length} healthy`;
    return [{ what: `targets of ${text(name)}`, state: isWhole ? "green" : "red", detail }];
  },
  alarms: ({ name, state, sinceMs }) => {
    if (isScalingAlarm(text(name))) return [];
    const since = typeof sinceMs === "number" ? ` since ${formatUtc(sinceMs).slice(11, 16)} UTC` : "";
    const colour = state === "ALARM" ? "red" : state === "OK" ? "green" : "unknown";
    return [{ what: `alarm ${text(name)}`, state: colour, detail: `${text(state)}${since}` }];
  },
};

function read(slice: Watched, known: string, value: unknown): Condition[] {
  if (known === "absent" || known === "loading") return [];
  if (known !== "ok" && known !== "fresh") return [{ what: `data of ${slice}`, state: "unknown", detail: known }];
  return items(value).flatMap((item) => conditionsOf[slice](item));
}

/**
 * How everything stood when the record last spoke of it, and when that was (domain ms, undefined without any observation). A record
 * may come from anybody: what does not have the expected shape is left out, names are sanitised. O(entries).
 */
export function lastObserved(entries: readonly RecordEntry[]): { conditions: Condition[]; observedAtMs?: number } {
  const slices = new Map<Watched, Json>();
  let observedAtMs: number | undefined;
  for (const entry of entries) {
    if (entry.kind !== "state.snapshot" && entry.kind !== "state.difference") continue;
    observedAtMs = Date.parse(entry.at);
    for (const name of WATCHED) {
      const slice = entry.payload.slices[name];
      if (slice !== undefined) slices.set(name, slice);
    }
  }
  const conditions = [...slices].flatMap(([name, slice]) => {
    const { status, value } = members(slice);
    return read(name, text(status), value);
  });
  return { conditions, ...(observedAtMs === undefined ? {} : { observedAtMs }) };
}

/** How everything stands on the screen at `monotonicMs` of machine time. What is not fresh is unknown, whatever it was. */
export function liveConditions(state: CockpitState, monotonicMs: number): Condition[] {
  return WATCHED.flatMap((name) => {
    const source = state[name];
    return read(name, freshness(source, monotonicMs), "value" in source ? source.value : undefined);
  });
}

/** What is red or not known, a sentence each; or that nothing is. */
export function conditionLines(conditions: readonly Condition[]): string[] {
  if (conditions.length === 0) return ["nothing has been observed"];
  const bad = conditions.filter(({ state }) => state !== "green");
  if (bad.length === 0) return ["everything that is watched is green"];
  return bad.map(({ what, state, detail }) => `${what}: ${state === "unknown" ? "not known, " : ""}${detail}`);
}
