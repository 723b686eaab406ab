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
  /** Tasks by service: whether none runs. */
  readonly down: ReadonlyMap<string, boolean>;
  /** State by target group and target. */
  readonly targets: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

export const NO_OUTAGES: OutageFold = { outages: new Map(), down: new Map(), targets: new Map() };

/** The component that a service belongs to. The watchers follow Nessie's service and Dagster's, and no other. */
const componentOf = (service: string): Component => (/dagster/i.test(service) ? "dagster" : "nessie");

/**
 * Takes in one more entry. A component is down while none of its tasks runs, or none of its targets is healthy; one task of several
 * that is replaced is no outage. O(services and targets).
 */
export function foldOutages(fold: OutageFold, entry: RecordEntry): OutageFold {
  const atMs = Date.parse(entry.at);
  if (entry.kind === "observation.service") {
    const { service, after } = entry.payload;
    const { running } = after;
    if (typeof running !== "number") return fold;
    const down = new Map(fold.down).set(service, running === 0);
    return settled({ ...fold, down }, componentOf(service), atMs, `no task of ${service} runs`);
  }
  if (entry.kind === "observation.target") {
    const { targetGroup, target, to } = entry.payload;
    const group = new Map(fold.targets.get(targetGroup));
    if (to === "gone") group.delete(target);
    else group.set(target, to);
    const targets = new Map(fold.targets).set(targetGroup, group);
    return settled({ ...fold, targets }, "nessie", atMs, `no target of ${targetGroup} is healthy`);
  }
  return fold;
}

function settled(fold: OutageFold, component: Component, atMs: number, why: string): OutageFold {
  const known = fold.outages.get(component);
  const isDown = isDownNow(fold, component);
  const isOpen = known !== undefined && known.endedAtMs === undefined;
  if (isDown === isOpen) return fold;
  const outage = isDown ? { fromMs: atMs, why } : known && { ...known, endedAtMs: atMs };
  return outage ? { ...fold, outages: new Map(fold.outages).set(component, outage) } : fold;
}

function isDownNow({ down, targets }: OutageFold, component: Component): boolean {
  const services = [...down].filter(([service]) => componentOf(service) === component);
  if (services.some(([, isDown]) => isDown)) return true;
  if (component !== "nessie") return false;
  return [...targets.values()].some((group) => {
    const states = [...group.values()].filter((state) => state !== "draining" && state !== "unused");
    return states.length > 0 && !states.includes("healthy");
  });
}
