import type { FactSource } from "../fact.ts";
import { endedByThemselves, failedContainer } from "../sources/ecs.ts";
import { LOG_OPERATIONS, type LogEnd, type LogExcerpt, readLog, readLogEnd } from "../sources/logs.ts";
import { namesOf, nessieDefinitions, nessieTasks } from "./service-facts.ts";

const MINUTE_MS = 60_000;
/** How far back troubles are looked for in the log, domain ms. */
const TROUBLE_MS = 20 * MINUTE_MS;
/** How much of the access log is counted by client, domain ms. */
const REQUESTS_MS = 2 * MINUTE_MS;
/** Ends of tasks that are read: the newest say what is going on. */
const ENDS = 3;

/** What Nessie's log says when something outside or inside fails it. */
const TROUBLES = [
  "OutOfMemoryError",
  "ThrottlingException",
  "ProvisionedThroughputExceeded",
  "AccessDenied",
  "ResourceNotFoundException",
];

/** Lines of the last twenty minutes that name a known trouble. */
export const nessieTroubles: FactSource<LogExcerpt> = {
  id: "nessie-troubles",
  title: "errors in Nessie's log",
  operations: LOG_OPERATIONS,
  fetch(reader) {
    const { logGroup } = namesOf(reader);
    const { toMs } = reader.window;
    const pattern = TROUBLES.map((term) => `?${term}`).join(" ");
    return readLog(reader, { logGroup, fromMs: toMs - TROUBLE_MS, toMs, pattern, pages: 4 });
  },
};

/** Everything that Nessie logged in the last two minutes. */
export const nessieRequests: FactSource<LogExcerpt> = {
  id: "nessie-requests",
  title: "Nessie's access log",
  operations: LOG_OPERATIONS,
  fetch(reader) {
    const { logGroup } = namesOf(reader);
    const { toMs } = reader.window;
    return readLog(reader, { logGroup, fromMs: toMs - REQUESTS_MS, toMs, pages: 2 });
  },
};

/** The last lines of the tasks that ended by themselves. */
export const nessieLogEnds: FactSource<LogEnd[]> = {
  id: "nessie-log-ends",
  title: "the last lines of Nessie's tasks",
  operations: LOG_OPERATIONS,
  async fetch(reader) {
    const [tasks, definitions] = await Promise.all([reader.need(nessieTasks), reader.need(nessieDefinitions)]);
    const ends = await Promise.all(
      endedByThemselves(tasks, ENDS).map((task) =>
        readLogEnd(reader, task, failedContainer(task)?.name ?? "", definitions.get(task.taskDefinition)),
      ),
    );
    return ends.filter((end) => end !== undefined);
  },
};
