import type { ObjectContent } from "../s3/content.ts";
import { type AvroRecord, type AvroSchema, avroFile } from "./avro.ts";
import { type DayPartition, type IcebergSchema, partitionFieldsJson, schemaJson } from "./schema.ts";

/** A data file of a table. */
export interface DataFile {
  /** `s3://bucket/key` */
  path: string;
  records: number;
  bytes: number;
  /** Days since the Unix epoch, for tables that are partitioned by day. */
  day?: number;
}

/** A manifest as the manifest list names it. */
export interface ManifestEntry {
  path: string;
  content: ObjectContent;
  sequenceNumber: number;
  snapshotId: bigint;
  files: readonly DataFile[];
}

const optional = (type: AvroSchema): AvroSchema[] => ["null", type];
const field = (id: number, name: string, type: AvroSchema) => ({ name, type, "field-id": id });
const optionalField = (id: number, name: string, type: AvroSchema) => ({
  ...field(id, name, optional(type)),
  default: null,
});

/** Iceberg writes maps with keys that are no strings as arrays of pairs (specification, appendix A). */
function mapOf(key: number, value: number, type: AvroSchema): AvroSchema {
  const pair: AvroRecord = {
    type: "record",
    name: `k${key}_v${value}`,
    fields: [field(key, "key", "int"), field(value, "value", type)],
  };
  return { type: "array", logicalType: "map", items: pair };
}

/** Schemas of manifests by the partition field, which is all that differs between tables. */
const MANIFEST_SCHEMAS = new Map<string, AvroRecord>();

function manifestSchema(partition: DayPartition | undefined): AvroRecord {
  const key = partition ? `${partition.fieldId}/${partition.name}` : "";
  let schema = MANIFEST_SCHEMAS.get(key);
  if (!schema) {
    schema = newManifestSchema(partition);
    MANIFEST_SCHEMAS.set(key, schema);
  }
  return schema;
}

/** `manifest_entry` of format version 2, with the partition struct of the table (Iceberg specification, manifests). */
function newManifestSchema(partition: DayPartition | undefined): AvroRecord {
  const day: AvroSchema = { type: "int", logicalType: "date" };
  const partitionRecord: AvroRecord = {
    type: "record",
    name: "r102",
    fields: partition ? [optionalField(partition.fieldId, partition.name, day)] : [],
  };
  const dataFile: AvroRecord = {
    type: "record",
    name: "r2",
    fields: [
      field(134, "content", "int"),
      field(100, "file_path", "string"),
      field(101, "file_format", "string"),
      field(102, "partition", partitionRecord),
      field(103, "record_count", "long"),
      field(104, "file_size_in_bytes", "long"),
      optionalField(108, "column_sizes", mapOf(117, 118, "long")),
      optionalField(109, "value_counts", mapOf(119, 120, "long")),
      optionalField(110, "null_value_counts", mapOf(121, 122, "long")),
      optionalField(137, "nan_value_counts", mapOf(138, 139, "long")),
      optionalField(125, "lower_bounds", mapOf(126, 127, "bytes")),
      optionalField(128, "upper_bounds", mapOf(129, 130, "bytes")),
      optionalField(131, "key_metadata", "bytes"),
      optionalField(132, "split_offsets", { type: "array", items: "long", "element-id": 133 }),
      optionalField(135, "equality_ids", { type: "array", items: "int", "element-id": 136 }),
      optionalField(140, "sort_order_id", "int"),
    ],
  };
  return {
    type: "record",
    name: "manifest_entry",
    fields: [
      field(0, "status", "int"),
      optionalField(1, "snapshot_id", "long"),
      optionalField(3, "sequence_number", "long"),
      optionalField(4, "file_sequence_number", "long"),
      field(2, "data_file", dataFile),
    ],
  };
}

const ADDED = 1;

/** The manifest of files that a snapshot adds; sequence numbers are inherited from the list, as writers leave them. */
export function manifestFile(
  files: readonly DataFile[],
  snapshotId: bigint,
  schema: IcebergSchema,
  partition: DayPartition | undefined,
): Uint8Array {
  const counts = (count: number) => schema.columns.map(({ id }) => ({ key: id, value: count }));
  const entries = files.map((file) => ({
    status: ADDED,
    snapshot_id: snapshotId,
    data_file: {
      content: 0,
      file_path: file.path,
      file_format: "PARQUET",
      partition: partition ? { [partition.name]: file.day } : {},
      record_count: file.records,
      file_size_in_bytes: file.bytes,
      value_counts: counts(file.records),
      split_offsets: [4],
      sort_order_id: 0,
    },
  }));
  return avroFile(manifestSchema(partition), entries, {
    schema: JSON.stringify(schemaJson(schema)),
    "schema-id": String(schema.schemaId),
    "partition-spec": JSON.stringify(partitionFieldsJson(partition)),
    "partition-spec-id": "0",
    "format-version": "2",
    content: "data",
  });
}

/** `manifest_file` of format version 2 (Iceberg specification, manifest lists). */
const MANIFEST_LIST_SCHEMA: AvroRecord = {
  type: "record",
  name: "manifest_file",
  fields: [
    field(500, "manifest_path", "string"),
    field(501, "manifest_length", "long"),
    field(502, "partition_spec_id", "int"),
    field(517, "content", "int"),
    field(515, "sequence_number", "long"),
    field(516, "min_sequence_number", "long"),
    field(503, "added_snapshot_id", "long"),
    field(504, "added_files_count", "int"),
    field(505, "existing_files_count", "int"),
    field(506, "deleted_files_count", "int"),
    field(512, "added_rows_count", "long"),
    field(513, "existing_rows_count", "long"),
    field(514, "deleted_rows_count", "long"),
    optionalField(507, "partitions", {
      type: "array",
      "element-id": 508,
      items: {
        type: "record",
        name: "r508",
        fields: [
          field(509, "contains_null", "boolean"),
          optionalField(518, "contains_nan", "boolean"),
          optionalField(510, "lower_bound", "bytes"),
          optionalField(511, "upper_bound", "bytes"),
        ],
      },
    }),
    optionalField(519, "key_metadata", "bytes"),
  ],
};

/** A date bound: four bytes, little-endian (Iceberg specification, appendix D). */
function dayBound(day: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(day);
  return bytes;
}

/** Lowest and highest day, found in one pass: a manifest may name more files than a call takes arguments. */
function daySummary(files: readonly DataFile[]): object {
  let [low, high] = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
  for (const { day = 0 } of files) [low, high] = [Math.min(low, day), Math.max(high, day)];
  return { contains_null: false, contains_nan: false, lower_bound: dayBound(low), upper_bound: dayBound(high) };
}

/** The manifest list of a snapshot. */
export function manifestListFile(
  manifests: readonly ManifestEntry[],
  snapshot: { snapshotId: bigint; parentId: bigint | undefined; sequenceNumber: number },
  partition: DayPartition | undefined,
): Uint8Array {
  const entries = manifests.map((manifest) => {
    const rows = manifest.files.reduce((sum, file) => sum + file.records, 0);
    return {
      manifest_path: manifest.path,
      manifest_length: manifest.content.size,
      partition_spec_id: 0,
      content: 0,
      sequence_number: manifest.sequenceNumber,
      min_sequence_number: manifest.sequenceNumber,
      added_snapshot_id: manifest.snapshotId,
      // By the status of the entries in the manifest: a later snapshot that keeps the manifest copies these counts.
      added_files_count: manifest.files.length,
      existing_files_count: 0,
      deleted_files_count: 0,
      added_rows_count: rows,
      existing_rows_count: 0,
      deleted_rows_count: 0,
      partitions: partition && manifest.files.length > 0 ? [daySummary(manifest.files)] : [],
    };
  });
  return avroFile(MANIFEST_LIST_SCHEMA, entries, {
    "snapshot-id": String(snapshot.snapshotId),
    "parent-snapshot-id": snapshot.parentId === undefined ? "null" : String(snapshot.parentId),
    "sequence-number": String(snapshot.sequenceNumber),
    "format-version": "2",
  });
}
