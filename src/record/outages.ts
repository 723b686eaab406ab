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
  /** By target group: whether none of its targets is healthy. */
  readonly groups: ReadonlyMap<string, boolean>;
}

export const NO_OUTAGES: OutageFold = { outages: new Map(), services: new Map(), groups: new Map() };

/** The component that a service belongs to. The watchers follow Nessie's service and Dagster's, and no other. */
const componentOf = (service: string): Component => (/dagster/i.test(service) ? "dagster" : "nessie");

/**
 * Takes in one more entry. A component is down while none of a service's tasks runs, or none of its targets is healthy; one task or
 * target of several is no outage. O(services and targets).
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
    for (const { name, isDown } of groupsOf(entry.payload.slices.targets)) {
      const groups = new Map(folded.groups).set(name, isDown);
      folded = settled({ ...folded, groups }, "nessie", entry, `no target of ${name} is healthy`);
    }
    return folded;
  }
  return fold;
}

/** The target groups of a slice, as far as it has any: a record is data from outside. */
function groupsOf(slice: Json | undefined): { name: string; isDown: boolean }[] {
  if (!isObject(slice) || slice.status !== "ok" || !Array.isArray(slice.value)) return [];
  return slice.value.filter(isObject).flatMap(({ name, targets }) => {
    if (typeof name !== "string" || !Array.isArray(targets)) return [];
    const states = targets.filter(isObject).map(({ state }) => state);
    return [{ name, isDown: states.length > 0 && !states.includes("healthy") }];
  });
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function settled(fold: OutageFold, component: Component, { at }: RecordEntry, why: string): OutageFold {
  const atMs = Date.parse(at);
  const known = fold.outages.get(component);
  const isOpen = known !== undefined && known.endedAtMs === undefined;
  const isDown =
    [...fold.services].some(([service, down]) => down && componentOf(service) === component) ||
    (component === "nessie" && [...fold.groups.values()].includes(true));
  if (isDown === isOpen) return fold;
  const outage = isDown ? { fromMs: atMs, why } : known && { ...known, endedAtMs: atMs };
  return outage ? { ...fold, outages: new Map(fold.outages).set(component, outage) } : fold;
}
