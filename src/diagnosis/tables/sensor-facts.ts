import type { FactSource } from "../fact.ts";
import { jobLogs, linesOf } from "../sources/job-logs.ts";

export const SENSOR = "schema_drift_sensor";
/** The template's sensor: minimum_interval_seconds=3600. */
export const SENSOR_EVERY_MS = 3_600_000;

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
  operations: [],
  async fetch(reader) {
    const events = linesOf(await reader.need(jobLogs), "any");
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
