import type { FactSource } from "../fact.ts";
import { LOG_OPERATIONS, readLog } from "../sources/logs.ts";

export const SENSOR = "schema_drift_sensor";
/** The template's sensor: minimum_interval_seconds=3600. */
export const SENSOR_EVERY_MS = 3_600_000;
const LOOK_BACK_MS = SENSOR_EVERY_MS + 10 * 60_000;

export interface SensorTick {
  /** When it last looked; undefined: not in the last 70 minutes. */
  lastMs: number | undefined;
  /** Its last word, sanitised. */
  said: string[];
}

/** When the drift sensor ticked last, by Dagster's log. */
export const sensorTick: FactSource<SensorTick> = {
  id: "drift-sensor",
  title: "ticks of the schema drift sensor",
  operations: LOG_OPERATIONS,
  async fetch(reader) {
    const groups = reader.deployment.dagster?.logGroups;
    if (!groups) return reader.absent("Dagster's log is not in CloudWatch here");
    const { toMs } = reader.window;
    const question = { fromMs: toMs - LOOK_BACK_MS, toMs, pattern: `?${SENSOR} ?"chema drift"`, pages: 2 };
    const parts = await Promise.all(groups.map((logGroup) => readLog(reader, { logGroup, ...question })));
    const events = parts.flatMap(({ events: own }) => own).sort((a, b) => a.atMs - b.atMs);
    const last = events.findLast(({ text }) => /Checking for new runs for sensor/.test(text) && text.includes(SENSOR));
    const said = events.filter(({ atMs, text }) => last && atMs >= last.atMs && /schema drift/i.test(text));
    return { lastMs: last?.atMs, said: said.map(({ text }) => text) };
  },
};

/** By when the sensor looks again, domain ms: an hour after its last tick. */
export function nextTickMs({ lastMs }: SensorTick, nowMs: number): number {
  if (lastMs === undefined) return nowMs + SENSOR_EVERY_MS;
  return lastMs + SENSOR_EVERY_MS * Math.max(1, Math.ceil((nowMs - lastMs) / SENSOR_EVERY_MS));
}
