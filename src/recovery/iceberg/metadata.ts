import { listOf, parseTableDocument, snapshotOf, type TableDocument } from "../../iceberg/document.ts";

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
export interface TableFiles extends Omit<TableDocument, "document"> {
  /** Oldest first. */
  snapshots: Snapshot[];
  /** Files of statistics, by the snapshot that they belong to. */
  statistics: { snapshotId: string; path: string }[];
}

/**
 * Reads a metadata file of format version 1, 2 or 3 (Iceberg specification, appendix C).
 * @throws Error that says what is wrong with the text.
 */
export function parseTableFiles(text: string): TableFiles {
  const { document, ...table } = parseTableDocument(text);
  const statistics = [...listOf(document.statistics), ...listOf(document["partition-statistics"])];
  return {
    ...table,
    snapshots: listOf(document.snapshots).map((snapshot) => {
      const { summary, ...read } = snapshotOf(snapshot);
      const dataFiles = Number(summary["total-data-files"] ?? Number.NaN);
      return {
        ...read,
        operation: String(summary.operation ?? ""),
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
