import { exactNumber as exact, parseExact, wholeNumber } from "../../wire/exact-json.ts";
import {
  type DayPartition,
  type IcebergColumn,
  type IcebergSchema,
  partitionFieldsJson,
  schemaJson,
} from "./schema.ts";

/** A snapshot of a table. */
export interface IcebergSnapshot {
  /** 63 bits: more than a JavaScript number holds exactly, as in real tables. */
  snapshotId: bigint;
  parentId: bigint | undefined;
  sequenceNumber: number;
  /** ms since the Unix epoch. */
  atMs: number;
  /** `s3://` path. */
  manifestList: string;
  schemaId: number;
  summary: Record<string, string>;
}

/** All that a metadata file says. */
export interface TableState {
  uuid: string;
  /** `s3://bucket/namespace/table` */
  location: string;
  updatedMs: number;
  schemas: readonly IcebergSchema[];
  currentSchemaId: number;
  lastColumnId: number;
  partition: DayPartition | undefined;
  properties: Record<string, string>;
  snapshots: readonly IcebergSnapshot[];
  /** Metadata files that were current before, oldest first. */
  log: readonly { atMs: number; path: string }[];
}

function snapshotJson(snapshot: IcebergSnapshot): object {
  const { parentId } = snapshot;
  return {
    "sequence-number": snapshot.sequenceNumber,
    "snapshot-id": exact(snapshot.snapshotId),
    ...(parentId !== undefined && { "parent-snapshot-id": exact(parentId) }),
    "timestamp-ms": snapshot.atMs,
    summary: snapshot.summary,
    "manifest-list": snapshot.manifestList,
    "schema-id": snapshot.schemaId,
  };
}

/** The table's metadata file, format version 2 (Iceberg specification, appendix C, table metadata). */
export function metadataJson(state: TableState): string {
  const { partition, snapshots, schemas } = state;
  const current = snapshots.at(-1);
  const document = {
    "format-version": 2,
    "table-uuid": state.uuid,
    location: state.location,
    "last-sequence-number": current?.sequenceNumber ?? 0,
    "last-updated-ms": state.updatedMs,
    "last-column-id": state.lastColumnId,
    "current-schema-id": state.currentSchemaId,
    schemas: schemas.map(schemaJson),
    "default-spec-id": 0,
    "partition-specs": [{ "spec-id": 0, fields: partitionFieldsJson(partition) }],
    "last-partition-id": partition?.fieldId ?? 999,
    "default-sort-order-id": 0,
    "sort-orders": [{ "order-id": 0, fields: [] }],
    properties: state.properties,
    "current-snapshot-id": current ? exact(current.snapshotId) : -1,
    refs: current ? { main: { "snapshot-id": exact(current.snapshotId), type: "branch" } } : {},
    snapshots: snapshots.map(snapshotJson),
    statistics: [],
    "partition-statistics": [],
    "snapshot-log": snapshots.map(({ atMs, snapshotId }) => ({
      "timestamp-ms": atMs,
      "snapshot-id": exact(snapshotId),
    })),
    "metadata-log": state.log.map(({ atMs, path }) => ({ "timestamp-ms": atMs, "metadata-file": path })),
  };
  return JSON.stringify(document);
}

type Members = Record<string, unknown>;

const listOf = (value: unknown): Members[] => (Array.isArray(value) ? value : []);
const texts = (value: unknown) => (value ?? {}) as Record<string, string>;

function toSnapshot(given: Members): IcebergSnapshot {
  return {
    snapshotId: wholeNumber(given["snapshot-id"]) ?? 0n,
    parentId: wholeNumber(given["parent-snapshot-id"]),
    sequenceNumber: Number(given["sequence-number"]),
    atMs: Number(given["timestamp-ms"]),
    manifestList: String(given["manifest-list"]),
    schemaId: Number(given["schema-id"] ?? 0),
    summary: texts(given.summary),
  };
}

/** The snapshots that lead to the current one: others, which a rollback left behind, do not count. */
function lineage(all: readonly IcebergSnapshot[], current: bigint | undefined): IcebergSnapshot[] {
  const byId = new Map(all.map((snapshot) => [snapshot.snapshotId, snapshot]));
  const line: IcebergSnapshot[] = [];
  for (let one = byId.get(current ?? -1n); one; one = byId.get(one.parentId ?? -1n)) line.unshift(one);
  return line;
}

/**
 * What a metadata file says, whoever wrote it.
 * @throws Error when it is not a table's metadata of format version 2.
 */
export function parseMetadata(text: string): TableState {
  const document = parseExact(text) as Members;
  if (document["format-version"] !== 2) throw new Error("not a metadata file of format version 2");
  const [field] = listOf(listOf(document["partition-specs"])[0]?.fields);
  return {
    uuid: String(document["table-uuid"]),
    location: String(document.location),
    updatedMs: Number(document["last-updated-ms"]),
    schemas: listOf(document.schemas).map((schema) => ({
      schemaId: Number(schema["schema-id"]),
      columns: listOf(schema.fields) as unknown as IcebergColumn[],
    })),
    currentSchemaId: Number(document["current-schema-id"]),
    lastColumnId: Number(document["last-column-id"]),
    partition: field && {
      fieldId: Number(field["field-id"]),
      sourceId: Number(field["source-id"]),
      name: String(field.name),
    },
    properties: texts(document.properties),
    snapshots: lineage(listOf(document.snapshots).map(toSnapshot), wholeNumber(document["current-snapshot-id"])),
    log: listOf(document["metadata-log"]).map((entry) => ({
      atMs: Number(entry["timestamp-ms"]),
      path: String(entry["metadata-file"]),
    })),
  };
}

/** The schema that is in force. @throws Error when the file names one that it does not have. */
export function currentSchema({ schemas, currentSchemaId }: TableState): IcebergSchema {
  const schema = schemas.find(({ schemaId }) => schemaId === currentSchemaId);
  if (!schema) throw new Error(`there is no schema ${currentSchemaId}`);
  return schema;
}
