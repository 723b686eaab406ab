export type Members = Record<string, unknown>;

/** What every metadata file says of its table, with the whole document for what else is read of it. */
export interface TableDocument {
  document: Members;
  formatVersion: number;
  /** `s3://bucket/namespace/table` */
  location: string;
  /** ms since the Unix epoch. */
  updatedAtMs: number;
  /** 63 bits: text. Undefined for a table without data. */
  currentSnapshotId: string | undefined;
}

/**
 * Reads a metadata file of format version 1, 2 or 3 (Iceberg specification, appendix C).
 * @throws Error that says what is wrong with the text.
 */
export function parseTableDocument(text: string): TableDocument {
  const document = parseWithLongs(text);
  const formatVersion = Number(document["format-version"]);
  if (!Number.isInteger(formatVersion) || typeof document.location !== "string")
    throw new Error("it is not the metadata of an Iceberg table");
  const current = String(document["current-snapshot-id"] ?? -1);
  return {
    document,
    formatVersion,
    location: document.location,
    updatedAtMs: Number(document["last-updated-ms"]),
    currentSnapshotId: current === "-1" ? undefined : current,
  };
}

export const listOf = (value: unknown): Members[] => (Array.isArray(value) ? value : []);

/** What both readers take of a snapshot. */
export const snapshotOf = (snapshot: Members) => ({
  id: String(snapshot["snapshot-id"]),
  atMs: Number(snapshot["timestamp-ms"]),
  manifestList: String(snapshot["manifest-list"] ?? ""),
  summary: (snapshot.summary ?? {}) as Members,
});

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
