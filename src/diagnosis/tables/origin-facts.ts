import { Failure } from "../../base/failure.ts";
import { compareSchemas } from "../../iceberg/compare.ts";
import { s3Place, type TableMetadata } from "../../iceberg/metadata.ts";
import type { IcebergField } from "../../iceberg/type.ts";
import type { FactReader, FactSource } from "../fact.ts";
import { type DataEvent, dataEvents } from "../sources/data-events.ts";
import { LOG_OPERATIONS, type LogEvent, readLog } from "../sources/logs.ts";
import { lookupEvents, TRAIL_OPERATIONS, type TrailEvent, textAt } from "../sources/trail.ts";
import { nessieHistory } from "./catalog-facts.ts";
import { compareTables, drifted } from "./drift.ts";
import { liveTables, readMetadata } from "./metadata-facts.ts";
import { tableTemplates } from "./template-facts.ts";

/** Where a drifted table's schema comes from. Times in domain ms. */
export interface SchemaOrigin {
  /** `lakehouse.orders` */
  name: string;
  /** The first metadata file with the live schema, and when it was written. */
  file: string;
  atMs: number;
  /** Metadata files written since, this one included. */
  commitsSince: number;
  /** Rows that were appended since, as far as snapshots tell. */
  rowsSince: number;
  /** The newest file before it whose schema is the template's. */
  former?: { file: string; atMs: number };
  /** Nessie's commit of that file. */
  commit?: { hash: string; author: string; message: string };
  /** The PutObject of that file. */
  writer?: DataEvent;
  /** Glue's UpdateTable. */
  update?: TrailEvent;
  /** What Dagster logged about the table at that time. */
  lines: LogEvent[];
  /** Where nobody could look, a clause each: "needs logs:FilterLogEvents". */
  unread: string[];
}

/** Tables whose origin is looked for. */
const MOST = 4;
const MINUTE_MS = 60_000;
/** How long before a metadata file's commit a run may have begun, and how late its last line comes. */
const RUN_MS = { before: 2 * MINUTE_MS, after: MINUTE_MS };

/** Who changed the schemas that differ from their templates, and when. */
export const schemaOrigins: FactSource<SchemaOrigin[]> = {
  id: "schema-origins",
  title: "who changed the drifted schemas",
  operations: ["s3:GetObject", ...TRAIL_OPERATIONS, ...LOG_OPERATIONS],
  async fetch(reader) {
    const [{ templates }, tables] = await Promise.all([reader.need(tableTemplates), reader.need(liveTables)]);
    const different = drifted(compareTables(templates, tables)).slice(0, MOST);
    return Promise.all(
      different.map(async ({ name, template, live }) => {
        const found = await firstFile(reader, live.metadataLocation, live.metadata, template.fields);
        const unread: string[] = [];
        const [told, lines] = await Promise.all([
          whoWrote(reader, found, live.table, unread),
          tolerated(linesAt(reader, found.atMs, live.table), [], unread),
        ]);
        return { name, ...found, ...told, lines, unread };
      }),
    );
  },
};

type Place = Pick<SchemaOrigin, "file" | "atMs" | "commitsSince" | "rowsSince" | "former">;

/** Searches the log of former metadata files, by halves: schemas change seldom and do not change back by themselves. */
async function firstFile(
  reader: FactReader,
  current: string,
  metadata: TableMetadata,
  template: readonly IcebergField[],
): Promise<Place> {
  const files = [...metadata.log.map(({ path }) => path), current];
  const known = new Map<string, TableMetadata | undefined>([[current, metadata]]);
  const read = async (index: number) => {
    const path = files[index]!;
    if (!known.has(path)) {
      const found = await readMetadata(reader, path);
      known.set(path, found.status === "read" ? found.metadata : undefined);
    }
    return known.get(path);
  };
  const live = metadata.schema.fields;
  const first = await firstWhere(0, files.length - 1, async (index) => {
    const fields = (await read(index))?.schema.fields;
    return fields === undefined ? undefined : compareSchemas(live, fields) === undefined;
  });
  const change = await read(first);
  const atMs = change?.updatedAtMs ?? metadata.updatedAtMs;
  const before = first > 0 ? await read(first - 1) : undefined;
  const agrees = before !== undefined && compareSchemas(template, before.schema.fields) === undefined;
  return {
    file: files[first]!,
    atMs,
    commitsSince: files.length - first,
    rowsSince: rowsAfter(metadata, atMs),
    ...(agrees ? { former: { file: files[first - 1]!, atMs: before.updatedAtMs } } : {}),
  };
}

/**
 * The first index from which on it holds, where it holds at `to`. An index whose answer is not known (its file is gone) counts as before.
 */
async function firstWhere(
  from: number,
  to: number,
  holds: (index: number) => Promise<boolean | undefined>,
): Promise<number> {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await holds(middle)) === true) high = middle;
    else low = middle + 1;
  }
  return high;
}

const rowsAfter = ({ snapshots }: TableMetadata, atMs: number) =>
  snapshots.filter((one) => one.atMs > atMs).reduce((sum, { addedRecords }) => sum + (Number(addedRecords) || 0), 0);

/** What one source does not give leaves the others: each tells something. */
async function tolerated<T>(reading: Promise<T>, otherwise: T, unread: string[]): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { what, why, missingPermission } = error.detail;
    unread.push(missingPermission ? `needs ${missingPermission}` : `${what}: ${why}`);
    return otherwise;
  }
}

async function whoWrote(
  reader: FactReader,
  { file, atMs }: Place,
  table: string,
  unread: string[],
): Promise<Pick<SchemaOrigin, "commit" | "writer" | "update">> {
  const isGlue = reader.deployment.catalogType === "glue";
  const [data, history, updates] = await Promise.all([
    reader.fact(dataEvents),
    isGlue ? undefined : reader.fact(nessieHistory),
    isGlue ? tolerated(updatesAt(reader, atMs), [], unread) : [],
  ]);
  if (data.status !== "known") unread.push(`data events: ${data.reason}`);
  if (history && history.status !== "known") unread.push(`Nessie's commit log: ${history.reason}`);
  const key = s3Place(file)?.key;
  const writer =
    data.status === "known"
      ? data.value.events.find(
          (event) => event.key === key && /^(Put|Copy)Object$/.test(event.name) && !event.errorCode,
        )
      : undefined;
  const log = history?.status === "known" ? history.value.commits : [];
  const commit = log.find(({ operations = [] }) =>
    operations.some((one) => one.type === "PUT" && one.content.metadataLocation === file),
  )?.commitMeta;
  const update = updates.find(
    ({ input, errorCode }) =>
      errorCode === undefined &&
      textAt(input, "tableInput", "name") === table &&
      (textAt(input, "tableInput", "parameters", "metadata_location") || file) === file,
  );
  return {
    ...(writer ? { writer } : {}),
    ...(commit
      ? {
          commit: { hash: commit.hash, author: commit.authors?.[0] ?? commit.committer ?? "", message: commit.message },
        }
      : {}),
    ...(update ? { update } : {}),
  };
}

const updatesAt = (reader: FactReader, atMs: number) =>
  lookupEvents(
    reader,
    { key: "EventName", value: "UpdateTable" },
    { fromMs: atMs - 2 * MINUTE_MS, toMs: atMs + 2 * MINUTE_MS },
  );

/** What Dagster said about the table around that time, and the runs that began then. */
async function linesAt(reader: FactReader, atMs: number, table: string): Promise<LogEvent[]> {
  const groups = reader.deployment.dagster?.logGroups ?? [];
  const window = { fromMs: atMs - RUN_MS.before, toMs: atMs + RUN_MS.after, pages: 1 };
  const parts = await Promise.all(
    groups.map((logGroup) => readLog(reader, { logGroup, pattern: `"${table}"`, ...window })),
  );
  return parts.flatMap(({ events }) => events);
}
