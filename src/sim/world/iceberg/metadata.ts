import { type DayPartition, type IcebergSchema, partitionFieldsJson, schemaJson } from "./schema.ts";

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
  lastColumnId: number;
  partition: DayPartition | undefined;
  properties: Record<string, string>;
  snapshots: readonly IcebergSnapshot[];
  /** Metadata files that were current before, oldest first. */
  log: readonly { atMs: number; path: string }[];
}

/** A whole number of any size in JSON. */
function exact(value: bigint): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(value));
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
    "current-schema-id": schemas.at(-1)?.schemaId ?? 0,
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
  return JSON.stringify(document, undefined, 2);
}
