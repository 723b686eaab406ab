import type { Json, JsonObject } from "../base/json.ts";
import type { RecordEntry } from "../record/entries.ts";
import { inline } from "./markdown.ts";
import { hourMinute } from "./times.ts";

/** Counts in the order of first appearance. */
class Tally {
  readonly #counts = new Map<string, { count: number; firstMs: number; lastMs: number }>();

  add(key: string, atMs: number): void {
    const known = this.#counts.get(key);
    if (!known) this.#counts.set(key, { count: 1, firstMs: atMs, lastMs: atMs });
    else {
      known.count += 1;
      known.firstMs = Math.min(known.firstMs, atMs);
      known.lastMs = Math.max(known.lastMs, atMs);
    }
  }

  lines(): string[] {
    return [...this.#counts].map(([key, { count, firstMs, lastMs }]) => {
      const [first, last] = [hourMinute(firstMs), hourMinute(lastMs)];
      return `${inline(key)} (${count === 1 ? "" : `${count} times, `}${first === last ? `at ${first}` : `${first} to ${last}`})`;
    });
  }
}

/** What was observed that may point to the cause, an item each. Facts, no conclusion. */
export function causeFacts(entries: readonly RecordEntry[]): string[] {
  const stops = new Tally();
  const targets = new Tally();
  const logs = new Tally();
  for (const entry of entries) {
    const atMs = Date.parse(entry.at);
    if (entry.kind === "observation.task-stopped") {
      const { service, exitCode, stopCode, reason, containerReason, stoppedAtMs } = entry.payload;
      const why = [containerReason, reason].filter(Boolean).join("; ") || stopCode;
      const code = exitCode === null ? "without an exit code" : `with exit code ${exitCode}`;
      stops.add(`Tasks of ${service} stopped ${code}: ${why}`, stoppedAtMs);
    } else if (entry.kind === "observation.container" && entry.payload.exit) {
      const { service, exit } = entry.payload;
      const code =
        exit.exitCode === null ? "with an exit code that docker had forgotten" : `with exit code ${exit.exitCode}`;
      stops.add(
        `Containers of ${service} ended ${code}${exit.oomKilled ? ": killed at the memory limit" : ""}`,
        exit.atMs,
      );
    } else if (entry.kind === "observation.target" && isBad(entry.payload.to)) {
      const { targetGroup, to, reason } = entry.payload;
      targets.add(`Targets of ${targetGroup} ${to}${reason ? `: ${reason}` : ""}`, atMs);
    } else if (entry.kind === "observation.logs") {
      // The stream differs from task to task; the finding before it does not.
      logs.add(`${entry.payload.logGroup}: ${entry.payload.change.replace(/ in \S+$/, "")}`, atMs);
    }
  }
  return [...stops.lines(), ...targets.lines(), ...logs.lines()];
}

/** What was affected, as far as the record saw it, an item each. */
export function impactFacts(entries: readonly RecordEntry[]): string[] {
  const lowest = new Map<string, { running: number; desired: number; atMs: number }>();
  const targets = new Map<string, Set<string>>();
  const alarms = new Set<string>();
  for (const entry of entries) {
    if (entry.kind === "observation.service") {
      const { service, after } = entry.payload;
      if (typeof after.running !== "number" || typeof after.desired !== "number") continue;
      const known = lowest.get(service);
      if (after.running < after.desired && (!known || after.running < known.running)) {
        lowest.set(service, { running: after.running, desired: after.desired, atMs: Date.parse(entry.at) });
      }
    } else if (entry.kind === "observation.target" && isBad(entry.payload.to)) {
      const known = targets.get(entry.payload.targetGroup) ?? new Set();
      targets.set(entry.payload.targetGroup, known.add(entry.payload.target));
    } else if (entry.kind === "observation.alarm" && entry.payload.to === "ALARM") alarms.add(entry.payload.alarm);
  }
  return [
    ...[...lowest].map(
      ([service, { running, desired, atMs }]) =>
        `Service ${inline(service)} had ${running} of ${desired} tasks running at its lowest (${hourMinute(atMs)})`,
    ),
    ...[...targets].map(
      ([group, ids]) => `${ids.size} different targets of ${inline(group)} were unhealthy at some time`,
    ),
    ...(alarms.size > 0 ? [`Alarms that fired: ${[...alarms].map(inline).join(", ")}`] : []),
    ...serverErrors(entries),
  ];
}

function isBad(targetState: string): boolean {
  return targetState.startsWith("unhealthy") || targetState === "unavailable";
}

/** The sums of the series of server errors (5xx) in the recorded slices; each point counts once, with its last value. */
function serverErrors(entries: readonly RecordEntry[]): string[] {
  const points = new Map<string, Map<number, number>>();
  for (const entry of entries) {
    if (entry.kind !== "state.snapshot" && entry.kind !== "state.difference") continue;
    const source = entry.payload.slices.metrics;
    if (!isObject(source) || !Array.isArray(source.value)) continue;
    for (const series of source.value.filter(isObject)) {
      if (typeof series.label !== "string" || !/5xx/i.test(series.label) || !Array.isArray(series.points)) continue;
      const known = points.get(series.label) ?? new Map<number, number>();
      points.set(series.label, known);
      for (const point of series.points.filter(isObject)) {
        if (typeof point.atMs === "number" && typeof point.value === "number") known.set(point.atMs, point.value);
      }
    }
  }
  return [...points].flatMap(([label, values]) => {
    const total = [...values.values()].reduce((sum, value) => sum + value, 0);
    const times = [...values.keys()];
    if (total === 0 || times.length === 0) return [];
    const range = `${hourMinute(Math.min(...times))} to ${hourMinute(Math.max(...times))}`;
    return [`${inline(label)}: ${Math.round(total)} in the metrics recorded from ${range}`];
  });
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
