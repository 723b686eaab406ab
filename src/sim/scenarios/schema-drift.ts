import type { Scenario } from "../scenario.ts";
import { liveSchema } from "../world/catalog/catalog.ts";
import { Workload } from "../world/catalog/workload.ts";
import { type RunName, runLine } from "../world/dagster/lines.ts";
import { PYTHON_AGENT, TableWriter, writerOf } from "../world/dagster/table-writer.ts";
import { driftOf, originalTemplates } from "../world/iceberg/schema-drift.ts";
import type { NewColumns } from "../world/iceberg/table.ts";
import { TEMPLATE_TABLES } from "../world/iceberg/template-tables.ts";
import { randomUuid } from "../world/random.ts";
import { liveDrift } from "../world/table-templates.ts";
import type { World } from "../world/world.ts";
import { stoppedOr } from "./dagster-conditions.ts";
import { quiet } from "./quiet.ts";

const MINUTE_MS = 60_000;

/** Columns of a table after a change, by name; undefined drops one. */
function changed(table: string, changes: Record<string, Partial<NewColumns[number]> | undefined>): NewColumns {
  const { columns } = TEMPLATE_TABLES.find(({ name }) => name === table)!;
  return columns.flatMap((column) => {
    if (!(column.name in changes)) return [column];
    const change = changes[column.name];
    return change === undefined ? [] : [{ ...column, ...change }];
  });
}

/** The data team's second version of orders: a renamed, a widened and a new column. Template and table differ in all three ways. */
function migrateOrders(world: World): void {
  const principal = world.principals.roleSession("data-engineer", "DATA-412-orders-v2");
  const caller = new Workload(world, { principal, ip: "10.8.0.31", userAgent: PYTHON_AGENT });
  const columns: NewColumns = [
    ...changed("orders", { status: { name: "order_status" }, total: { type: "decimal(18, 2)" } }),
    { name: "currency", type: "string", required: false },
  ];
  new TableWriter(world, caller, { ServerSideEncryption: "aws:kms" }).changeSchema("orders", columns, {
    message:
      "DATA-412: orders v2, rename status to order_status, widen total, add currency (migration by the data team)",
    author: "data-team/ines.moreau",
  });
}

/** A backfill wrote what pandas inferred: a column lost, one of another type, and pandas' own index as a column. */
function overwriteEventSchema(world: World): void {
  const task = world.dagster.home.runningDaemon();
  if (!task) return;
  const { nowMs } = world.kernel;
  const random = world.random("scenario/schema-drift");
  const run: RunName = { id: randomUuid(random), job: "events_backfill", pid: 612 };
  const columns: NewColumns = [
    ...changed("event_stream", { session_id: undefined }).map((column) =>
      column.name === "user_id" ? { name: "user_id", type: "string" as const, required: false } : column,
    ),
    { name: "__index_level_0__", type: "long", required: false },
  ];
  const by = { message: "Iceberg schema change against lakehouse.event_stream", author: "dagster" };
  writerOf(world, task).changeSchema("event_stream", columns, by);
  const step = "event_stream_backfill";
  const lines = [
    runLine(nowMs, run, "DEBUG", `Started execution of run for "${run.job}".`, { event: "RUN_START" }),
    runLine(nowMs, run, "WARNING", "Schema of lakehouse.event_stream is replaced by that of the data frame", { step }),
    runLine(nowMs, run, "DEBUG", `Finished execution of run for "${run.job}".`, { event: "RUN_SUCCESS" }),
  ];
  for (const [index, line] of lines.entries()) world.dagster.home.say(task, nowMs + index, line);
}

const agrees = (world: World) => TEMPLATE_TABLES.every(({ name }) => liveDrift(world, name) === undefined);

/** Whether the live schema is the one of the templates as they were: a template that was bent to it does not count. */
function asItWas(world: World): boolean {
  return [...originalTemplates()].every(([name, { template }]) => {
    const schema = liveSchema(world, name);
    return schema !== undefined && driftOf(template, schema) === undefined;
  });
}

function arrange(world: World, change: (world: World) => void): void {
  quiet.arrange(world);
  const random = world.random("scenario/schema-drift/time");
  // Before the sensor's tick that comes minutes before the start, and after the one of an hour earlier.
  world.kernel.at(world.epochMs - random.between(18, 34) * MINUTE_MS, () => change(world));
}

const catalogs: Scenario["catalogs"] = ["nessie", "glue"];

/** A migration by the data team, without its template. */
const intentional: Scenario = {
  id: "schema-drift:intentional",
  title: "Schema drift: orders",
  description:
    "The hourly sensor reports that the table orders differs from its template: missing, extra and changed columns. The data team migrated it.",
  catalogs,
  diagnosis: {
    verdict: "schema-drift-intentional",
    text: "The data team's migration DATA-412 changed orders on purpose (commit message and principal say so); the template orders.yaml has not followed.",
  },
  contained: stoppedOr("templates and live schemas agree.", agrees),
  resolved: {
    text: "Every template says what its live table is: the template followed, or the schema was put back.",
    holds: agrees,
  },
  arrange: (world) => arrange(world, migrateOrders),
};

/** A job's accident. */
const unintentional: Scenario = {
  id: "schema-drift:unintentional",
  title: "Schema drift: event_stream",
  description:
    "The hourly sensor reports that the table event_stream differs from its template: missing, extra and changed columns. A job did it by accident.",
  catalogs,
  diagnosis: {
    verdict: "schema-drift-unintentional",
    text: "Dagster's job events_backfill replaced the schema of event_stream by what it inferred from a data frame (__index_level_0__ is pandas' index); nobody announced it.",
  },
  contained: stoppedOr("the live schema is as before.", asItWas),
  resolved: { text: "The live schemas are those of the templates as they were before.", holds: asItWas },
  arrange: (world) => arrange(world, overwriteEventSchema),
};

/** Live tables differ from their templates, on purpose or not. */
export const schemaDrift: readonly Scenario[] = [intentional, unintentional];
