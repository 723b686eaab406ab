import { readFile } from "node:fs/promises";
import { formatUtcTime } from "../../base/duration.ts";
import { Failure } from "../../base/failure.ts";
import type { JsonObject } from "../../base/json.ts";
import { compareSchemas, differenceTexts } from "../../iceberg/compare.ts";
import { parseTemplate } from "../../iceberg/template.ts";
import type { JobStep } from "../contract.ts";
import type { Job, JobContext } from "../jobs.ts";
import { type CatalogPlace, readEntry, readMetadataFile, TABLE_READS } from "./table-facts.ts";

/** The sensor ticks every hour (minimum_interval_seconds=3600) and logs each tick. */
const SENSOR = "schema_drift_sensor";
const SENSOR_EVERY_MS = 3_600_000;
/** Machine ms: a read of the catalog, of one file and of an hour of one sensor's log. */
const BOX_MS = 60_000;

export const COMPARE_OPERATIONS = [...TABLE_READS, "logs:FilterLogEvents"];

/** The comparison as the last step of a plan: whether the sensor has anything left to report. */
export function compareStep(input: {
  place: CatalogPlace;
  template: string;
  name: string;
  logGroups: string[];
}): JobStep {
  return {
    kind: "job",
    id: "compare-schema",
    title: `Compare the live schema of ${input.name} with its template again`,
    job: "compare-schema",
    input: input as unknown as JsonObject,
    operations: COMPARE_OPERATIONS,
    boxMs: BOX_MS,
    essential: true,
  };
}

/** Reads the live schema and the template again. The note names the sensor's next tick. Rejects with a Failure while they differ. */
export const compareSchema: Job = async (input, context) => {
  const { place, template, name, logGroups } = input as unknown as Parameters<typeof compareStep>[0];
  const entry = await readEntry(context, place);
  const metadata = await readMetadataFile(context, entry.metadataLocation);
  const wanted = parseTemplate(await readFile(template, "utf8"), template);
  const difference = compareSchemas(wanted.fields, metadata.schema.fields);
  const next = await nextTick(context, logGroups);
  const sensor = `${SENSOR} looks again by ${formatUtcTime(next)} UTC`;
  if (difference) {
    throw new Failure({
      kind: "invalid",
      what: `${name} and its template`,
      why: `they differ still: ${differenceTexts(difference).join("; ")}`,
      next: `Correct ${template} or the table before that: ${sensor}.`,
    });
  }
  return {
    complete: true,
    missing: [],
    requestIds: [],
    output: { metadata: entry.metadataLocation, nextTickMs: next },
    note: `they agree; ${sensor} and says nothing when all is well`,
  };
};

/** An hour after the last tick that Dagster logged; an hour from now where nobody can tell. Domain ms. */
async function nextTick({ aws, clock, signal }: JobContext, logGroups: readonly string[]): Promise<number> {
  const nowMs = clock.now();
  const ticks = await Promise.all(
    logGroups.map(async (logGroupName) => {
      try {
        const { output } = await aws.call(
          "logs",
          "FilterLogEvents",
          {
            logGroupName,
            startTime: Math.floor(nowMs - SENSOR_EVERY_MS - 600_000),
            filterPattern: `"for sensor: ${SENSOR}"`,
          },
          { purpose: "action", signal },
        );
        return (output.events ?? []).map(({ timestamp = 0 }) => timestamp);
      } catch (error) {
        // When the sensor looks again is told as well as it can be; the comparison is what counts.
        if (error instanceof Failure) return [];
        throw error;
      }
    }),
  );
  const last = Math.max(0, ...ticks.flat());
  if (last === 0) return nowMs + SENSOR_EVERY_MS;
  return last + SENSOR_EVERY_MS * Math.max(1, Math.ceil((nowMs - last) / SENSOR_EVERY_MS));
}
