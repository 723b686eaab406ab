/** A snapshot of a table, as far as its files go. */
export interface Snapshot {
  /** 63 bits: text. */
  id: string;
  /** ms since the Unix epoch. */
  atMs: number;
  operation: string;
  /** Path of the manifest list; empty for a snapshot of format version 1 that names its manifests. */
  manifestList: string;
  manifests: string[];
  /** As the writer's summary says; undefined when it does not. */
  dataFiles: number | undefined;
}

/** What a metadata file says about the table's files. */
export interface TableFiles {
  formatVersion: number;
  /** `s3://bucket/namespace/table` */
  location: string;
  updatedAtMs: number;
  /** Oldest first. */
  snapshots: Snapshot[];
  currentSnapshotId: string | undefined;
  /** Files of statistics, by the snapshot that they belong to. */
  statistics: { snapshotId: string; path: string }[];
}

/**
 * Reads a metadata file of format version 1, 2 or 3 (Iceberg specification, appendix C).
 * @throws Error that says what is wrong with the text.
 */
export function parseTableFiles(text: string): TableFiles {
  const document = parseWithLongs(text);
  const formatVersion = Number(document["format-version"]);
  if (!Number.isInteger(formatVersion) || typeof document.location !== "string")
    throw new Error("it is not the metadata of an Iceberg table");
  const current = String(document["current-snapshot-id"] ?? -1);
  const statistics = [...listOf(document.statistics), ...listOf(document["partition-statistics"])];
  return {
    formatVersion,
    location: document.location,
    updatedAtMs: Number(document["last-updated-ms"]),
    currentSnapshotId: current === "-1" ? undefined : current,
    snapshots: listOf(document.snapshots).map((snapshot) => {
      const summary = (snapshot.summary ?? {}) as Members;
      const dataFiles = Number(summary["total-data-files"] ?? Number.NaN);
      return {
        id: String(snapshot["snapshot-id"]),
        atMs: Number(snapshot["timestamp-ms"]),
        operation: String(summary.operation ?? ""),
        manifestList: String(snapshot["manifest-list"] ?? ""),
        manifests: Array.isArray(snapshot.manifests) ? snapshot.manifests.map(String) : [],
        dataFiles: Number.isNaN(dataFiles) ? undefined : dataFiles,
      };
    }),
    statistics: statistics.map((one) => ({
      snapshotId: String(one["snapshot-id"]),
      path: String(one["statistics-path"] ?? ""),
    })),
  };
}

type Members = Record<string, unknown>;

const listOf = (value: unknown): Members[] => (Array.isArray(value) ? value : []);

/** Whole numbers that a JavaScript number does not hold come as text. */
function parseWithLongs(text: string): Members {
  type Reviver = (this: unknown, key: string, value: unknown, context?: { source?: string }) => unknown;
  const keep: Reviver = (_key, value, context) =>
    typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? "")
      ? context?.source
      : value;
  const document: unknown = JSON.parse(text, keep);
  if (typeof document !== "object" || document === null || Array.isArray(document)) throw new Error("it is no object");
  return document as Members;
}

/** Bucket and key of an `s3://`, `s3a://` or `s3n://` path. Undefined for another one. */
export function s3Place(path: string): { bucket: string; key: string } | undefined {
  const [, bucket, key] = /^s3[an]?:\/\/([^/]+)\/(.*)$/s.exec(path) ?? [];
  return bucket === undefined || key === undefined || key === "" ? undefined : { bucket, key };
}
