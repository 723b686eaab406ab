import type { RandomStream } from "../random.ts";
import type { Bucket } from "../s3/bucket.ts";
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
  /** How many commits there have been; the last one in the hours before the world begins. */
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

/** Files of a commit: some hundred thousand rows each, one to twelve megabytes. */
export function newDataFiles(count: number, random: RandomStream): NewDataFile[] {
  return Array.from({ length: count }, () => {
    const records = random.whole(20_000, 240_000);
    return { records, bytes: records * random.whole(44, 58) };
  });
}

/** Builds a table with its commits; none is earlier than the table or later than `untilMs` (ms since the Unix epoch). */
export function buildTable(
  bucket: Bucket,
  template: TemplateTable,
  times: { createdAtMs: number; untilMs: number },
  random: RandomStream,
): IcebergTable {
  const { name, columns: own, partitionBy, everyHours, commits, filesPerCommit } = template;
  const { createdAtMs, untilMs } = times;
  const options = { bucket, namespace: NAMESPACE, name, columns: own, createdAtMs, random };
  const table = new IcebergTable({ ...options, ...(partitionBy !== undefined && { partitionBy }) });
  const lastMs = untilMs - random.whole(1, everyHours - 1) * (HOUR_MS / 4);
  for (let index = 0; index < commits; index++) {
    const atMs = lastMs - (commits - 1 - index) * everyHours * HOUR_MS;
    table.append(newDataFiles(filesPerCommit, random), Math.max(atMs, createdAtMs + DAY_MS));
  }
  return table;
}
