import { Failure } from "../../base/failure.ts";
import type { FactSource } from "../fact.ts";
import { LOG_OPERATIONS, type LogEvent, readLog } from "./logs.ts";

/** What is looked for in the logs of jobs. One question for all of it: FilterLogEvents allows few calls a second. */
const TERMS = [
  "AccessDenied",
  '"not authorized to perform"',
  '"Insufficient Lake Formation"',
  "NoSuchKey",
  "FileNotFoundError",
  "schema_drift_sensor",
  '"chema drift"',
];
/** At least so far back, domain ms: the drift sensor ticks once an hour. */
const LEAST_BACK_MS = 70 * 60_000;
const PAGES = 5;

export interface JobLog {
  logGroup: string;
  /** Lines with one of the terms, oldest first. */
  events: LogEvent[];
  /** False: there were more lines than were read. */
  whole: boolean;
  /** Set: the group could not be read. */
  failure?: Failure;
}

/** What the log groups of jobs (Dagster's, and those of the setting logGroups) say of refusals, missing files and schema drift. */
export const jobLogs: FactSource<JobLog[]> = {
  id: "job-logs",
  title: "the logs of jobs",
  operations: LOG_OPERATIONS,
  async fetch(reader) {
    const { dagster, logGroups } = reader.deployment;
    const groups = [...new Set([...(dagster?.logGroups ?? []), ...logGroups])];
    if (groups.length === 0) return reader.absent("no log groups of jobs are known");
    const { fromMs, toMs } = reader.window;
    const pattern = TERMS.map((term) => `?${term}`).join(" ");
    const question = { fromMs: Math.min(fromMs, toMs - LEAST_BACK_MS), toMs, pattern, pages: PAGES };
    return Promise.all(
      groups.map(async (logGroup): Promise<JobLog> => {
        try {
          const { events, whole } = await readLog(reader, { logGroup, ...question });
          return { logGroup, events, whole };
        } catch (error) {
          // A group that cannot be read leaves the others: what they show is worth knowing.
          if (!(error instanceof Failure)) throw error;
          return { logGroup, events: [], whole: false, failure: error };
        }
      }),
    );
  },
};

/** The lines of all groups, oldest first. @throws the Failure of a group when none could be read, or where all have to be. */
export function linesOf(logs: readonly JobLog[], need: "any" | "all"): LogEvent[] {
  const failed = logs.flatMap(({ failure }) => failure ?? []);
  const [first] = failed;
  if (first && (need === "all" || failed.length === logs.length)) throw first;
  return logs.flatMap(({ events }) => events).sort((a, b) => a.atMs - b.atMs);
}
