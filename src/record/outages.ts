import type { Json, JsonObject } from "../base/json.ts";
import type { Component, RecordEntry } from "./entries.ts";

/** When a component was seen to be down, and whether it is back. Domain ms. */
export interface Outage {
  fromMs: number;
  why: string;
  /** Set: it was seen to be back. */
  endedAtMs?: number;
}

/** What was seen of services and targets so far, folded entry by entry: observations are too many to be kept. */
export interface OutageFold {
  outages: ReadonlyMap<Component, Outage>;
  /** By service: whether none of its tasks runs. */
  readonly services: ReadonlyMap<string, boolean>;
  readonly groups: ReadonlyMap<string, GroupCondition>;
}

/** Of a target group: no target is healthy, some are and others fail, or none fails. */
type GroupCondition = "down" | "impaired" | "well";

export const NO_OUTAGES: OutageFold = { outages: new Map(), services: new Map(), groups: new Map() };

/** The component that a service belongs to. The watchers follow Nessie's service and Dagster's, and no other. */
const componentOf = (service: string): Component => (/dagster/i.test(service) ? "dagster" : "nessie");

/**
 * Takes in one more entry. A component is down while none of a service's tasks runs, or none of its targets is healthy; one task or
 * target of several is no outage. What was down is back when no target fails any more, and is not back when one fails again: a
 * service whose tasks are killed in turn has a healthy target now and then. O(services and targets).
 */
export function foldOutages(fold: OutageFold, entry: RecordEntry): OutageFold {
  if (entry.kind === "observation.service") {
    const { service, after } = entry.payload;
    if (typeof after.running !== "number") return fold;
    const services = new Map(fold.services).set(service, after.running === 0);
    return settled({ ...fold, services }, componentOf(service), entry, `no task of ${service} runs`);
  }
  // Observations of targets tell changes alone; whether another one is healthy only the slices of state do.
  if (entry.kind === "state.snapshot" || entry.kind === "state.difference") {
    let folded = fold;
    for (const { name, condition } of groupsOf(entry.payload.slices.targets)) {
      const groups = new Map(folded.groups).set(name, condition);
      folded = settled({ ...folded, groups }, "nessie", entry, `no target of ${name} is healthy`);
    }
    return folded;
  }
  return fold;
}

/** The target groups of a slice, as far as it has any: a record is data from outside. */
function groupsOf(slice: Json | undefined): { name: string; condition: GroupCondition }[] {
  if (!isObject(slice) || slice.status !== "ok" || !Array.isArray(slice.value)) return [];
  return slice.value.filter(isObject).flatMap(({ name, targets }) => {
    if (typeof name !== "string" || !Array.isArray(targets)) return [];
    const states = targets.filter(isObject).map(({ state }) => state);
    return [{ name, condition: conditionOf(states) }];
  });
}

function conditionOf(states: readonly (Json | undefined)[]): GroupCondition {
  if (states.length > 0 && !states.includes("healthy")) return "down";
  return states.includes("unhealthy") ? "impaired" : "well";
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function settled(fold: OutageFold, component: Component, { at }: RecordEntry, why: string): OutageFold {
  const atMs = Date.parse(at);
  const known = fold.outages.get(component);
  const groups = component === "nessie" ? [...fold.groups.values()] : [];
  const isDown =
    [...fold.services].some(([service, down]) => down && componentOf(service) === component) || groups.includes("down");
  const isOut = isDown || (known !== undefined && groups.includes("impaired"));
  if (isOut === (known !== undefined && known.endedAtMs === undefined)) return fold;
  const { endedAtMs: _back, ...begun } = known ?? { fromMs: atMs, why };
  const outage = !isOut ? { ...begun, endedAtMs: atMs } : isDown ? { fromMs: atMs, why } : begun;
  return { ...fold, outages: new Map(fold.outages).set(component, outage) };
}
