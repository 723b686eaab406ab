import { listOf, type Members, parseTableDocument, snapshotOf } from "./document.ts";
import { fieldsFromJson, type IcebergField } from "./type.ts";

export interface IcebergSchema {
  schemaId: number;
  fields: IcebergField[];
}

/** What a table's metadata file says of its schemas and of the files before it. */
export interface TableMetadata {
  formatVersion: number;
  uuid: string;
  /** `s3://bucket/namespace/table` */
  location: string;
  /** ms since the Unix epoch. */
  updatedAtMs: number;
  schema: IcebergSchema;
  schemas: IcebergSchema[];
  /** Metadata files that were current before, oldest first. */
  log: { atMs: number; path: string }[];
  /** Oldest first; `snapshotId` is text: it has 63 bits. */
  snapshots: { snapshotId: string; atMs: number; manifestList: string; operation: string; addedRecords: string }[];
  /** The current snapshot's id, undefined for a table without data. */
  snapshotId: string | undefined;
}

/**
 * Reads a metadata file of format version 1, 2 or 3 (Iceberg specification, appendix C).
 * @throws Error that says what is wrong with the text.
 */
export function parseTableMetadata(text: string): TableMetadata {
  const { document, currentSnapshotId, ...table } = parseTableDocument(text);
  const schemas = listOf(document.schemas).map(schemaOf);
  // Format version 1 may have the one schema alone.
  const only = document.schema === undefined ? undefined : schemaOf(document.schema as Members);
  const current = Number(document["current-schema-id"] ?? only?.schemaId ?? 0);
  const schema = schemas.find(({ schemaId }) => schemaId === current) ?? only;
  if (!schema) throw new Error(`its current schema ${current} is not among its schemas`);
  return {
    ...table,
    uuid: String(document["table-uuid"] ?? ""),
    schema,
    schemas: schemas.length > 0 ? schemas : [schema],
    log: listOf(document["metadata-log"]).map((entry) => ({
      atMs: Number(entry["timestamp-ms"]),
      path: String(entry["metadata-file"]),
    })),
    snapshots: listOf(document.snapshots).map((snapshot) => {
      const { id: snapshotId, summary, ...read } = snapshotOf(snapshot);
      return {
        snapshotId,
        ...read,
        operation: String(summary.operation ?? ""),
        addedRecords: String(summary["added-records"] ?? ""),
      };
    }),
    snapshotId: currentSnapshotId,
  };
}

function schemaOf(json: Members): IcebergSchema {
  return { schemaId: Number(json["schema-id"] ?? 0), fields: fieldsFromJson(json.fields) };
}

/** Bucket and key of an `s3://`, `s3a://` or `s3n://` path. Undefined for another one. */
export function s3Place(path: string): { bucket: string; key: string } | undefined {
  const [, bucket, key] = /^s3[an]?:\/\/([^/]+)\/(.*)$/.exec(path) ?? [];
  return bucket === undefined || key === undefined ? undefined : { bucket, key };
}
