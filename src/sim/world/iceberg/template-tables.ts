import type { RandomStream } from "../random.ts";
import type { Bucket } from "../s3/bucket.ts";
import type { IcebergSnapshot } from "./metadata.ts";
import type { IcebergColumn, IcebergType } from "./schema.ts";
import { IcebergTable, type NewDataFile } from "./table.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** A table of the lakehouse: what the template's YAML of the same name says of it. */
export interface TemplateTable {
  name: string;
  columns: readonly IcebergColumn[];
  partitionBy?: string;
  /** Hours between commits. */
  everyHours: number;
  /** How many such commits there have been before the last hours, in which there are more. */
  commits: number;
  filesPerCommit: number;
}

type ColumnText = [name: string, type: IcebergType, required?: "required"];

function columns(...texts: ColumnText[]): IcebergColumn[] {
  return texts.map(([name, type, required], index) => ({
    id: index + 1,
    name,
    type,
    required: required !== undefined,
  }));
}

/** The namespace of every template table (docs/lakehouse-deployment.md). */
export const NAMESPACE = "lakehouse";

export const TEMPLATE_TABLES: readonly TemplateTable[] = [
  {
    name: "event_stream",
    columns: columns(
      ["event_id", "string", "required"],
      ["event_type", "string", "required"],
      ["event_timestamp", "timestamptz", "required"],
      ["user_id", "long"],
      ["session_id", "string"],
      ["payload", "string"],
    ),
    partitionBy: "event_timestamp",
    everyHours: 6,
    commits: 24,
    filesPerCommit: 4,
  },
  {
    name: "orders",
    columns: columns(
      ["order_id", "long", "required"],
      ["customer_id", "long", "required"],
      ["ordered_at", "timestamptz", "required"],
      ["status", "string", "required"],
      ["total", "decimal(12, 2)"],
    ),
    partitionBy: "ordered_at",
    everyHours: 24,
    commits: 12,
    filesPerCommit: 2,
  },
  {
    name: "customers",
    columns: columns(
      ["customer_id", "long", "required"],
      ["name", "string"],
      ["email", "string"],
      ["country", "string"],
      ["created_at", "timestamptz", "required"],
    ),
    everyHours: 72,
    commits: 5,
    filesPerCommit: 1,
  },
  {
    name: "inventory",
    columns: columns(
      ["sku", "string", "required"],
      ["warehouse", "string", "required"],
      ["quantity", "int", "required"],
      ["counted_on", "date"],
    ),
    everyHours: 24,
    commits: 8,
    filesPerCommit: 1,
  },
];

/** Rows of a data file: of a load every few hours, or of an append every few minutes. */
const ROWS = { load: { from: 20_000, to: 240_000 }, append: { from: 400, to: 6_000 } } as const;

/** Files of a commit: of a load one to twelve megabytes each, of an append up to a third of one. */
export function newDataFiles(kind: keyof typeof ROWS, count: number, random: RandomStream): NewDataFile[] {
  const { from, to } = ROWS[kind];
  return Array.from({ length: count }, () => {
    const records = random.whole(from, to);
    return { records, bytes: records * random.whole(44, 58) };
  });
}

/** The tables' last hours before the world begins, with an append every few minutes as Dagster makes them. */
const DENSE_MS = 1.5 * HOUR_MS;
const EVERY_MS = { from: 3 * 60_000, to: 9 * 60_000 };

/** Pause to Dagster's next run, virtual ms. */
export function pauseMs(random: RandomStream): number {
  return Math.round(random.between(EVERY_MS.from, EVERY_MS.to));
}

/** Which table the next run appends to: every second time the event stream. */
export function nextTable(random: RandomStream): TemplateTable {
  return random.next() < 0.5 ? TEMPLATE_TABLES[0]! : random.pick(TEMPLATE_TABLES);
}

/** When which table got an append, in order of time; none is earlier than a day after `createdAtMs` or later than `untilMs`. */
function pastAppends(times: { createdAtMs: number; untilMs: number }, random: RandomStream) {
  const denseMs = times.untilMs - DENSE_MS;
  const sparse = TEMPLATE_TABLES.flatMap((template) => {
    const lastMs = denseMs - random.whole(1, template.everyHours - 1) * (HOUR_MS / 4);
    return Array.from({ length: template.commits }, (_, index) => {
      const atMs = lastMs - (template.commits - 1 - index) * template.everyHours * HOUR_MS;
      return { template, atMs: Math.max(atMs, times.createdAtMs + DAY_MS), kind: "load" as const };
    });
  });
  const dense = [];
  for (let atMs = denseMs + pauseMs(random); atMs < times.untilMs; atMs += pauseMs(random)) {
    dense.push({ template: nextTable(random), atMs, kind: "append" as const });
  }
  return [...sparse, ...dense].sort((a, b) => a.atMs - b.atMs);
}

/** A commit of the past: a table's creation has no snapshot. */
export interface PastCommit {
  table: IcebergTable;
  atMs: number;
  metadataLocation: string;
  snapshot: IcebergSnapshot | undefined;
}

/**
 * Builds the template's tables with their commits.
 * @param randomOf the stream of an entity. @returns the tables by name, and all commits in order of time.
 */
export function buildTables(
  bucket: Bucket,
  times: { createdAtMs: number; untilMs: number },
  randomOf: (entity: string) => RandomStream,
): { tables: ReadonlyMap<string, IcebergTable>; history: PastCommit[] } {
  const { createdAtMs } = times;
  const tables = new Map<string, IcebergTable>();
  const history: PastCommit[] = [];
  const keep = (table: IcebergTable, atMs: number, snapshot?: IcebergSnapshot) =>
    history.push({ table, atMs, metadataLocation: table.metadataLocation, snapshot });
  for (const { name, columns: own, partitionBy } of TEMPLATE_TABLES) {
    const options = { bucket, namespace: NAMESPACE, name, columns: own, createdAtMs };
    const random = randomOf(`iceberg/${name}`);
    const table = new IcebergTable({ ...options, random, ...(partitionBy !== undefined && { partitionBy }) });
    tables.set(name, table);
    keep(table, createdAtMs);
  }
  const sizes = randomOf("iceberg/past-appends");
  for (const { template, atMs, kind } of pastAppends(times, sizes)) {
    const table = tables.get(template.name)!;
    keep(table, atMs, table.append(newDataFiles(kind, template.filesPerCommit, sizes), atMs));
  }
  return { tables, history };
}
