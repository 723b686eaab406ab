import { currentSchema, parseMetadata } from "../iceberg/metadata.ts";
import type { IcebergSchema } from "../iceberg/schema.ts";
import type { IcebergTable, StagedCommit } from "../iceberg/table.ts";
import type { PastCommit } from "../iceberg/template-tables.ts";
import type { World } from "../world.ts";
import type { Workload } from "./workload.ts";

/** What a catalog is told of a commit. */
export interface CatalogCommit {
  table: IcebergTable;
  staged: StagedCommit;
  /** Of the commit log, where the catalog has one. */
  message: string;
  author: string;
}

/** The catalog of the lakehouse's Iceberg tables: where the current metadata file of each is. */
export interface TableCatalog {
  /** Takes in what was committed before the world begins, in order of time. */
  fill(history: readonly PastCommit[]): void;
  /** What the catalog says of a table, whoever asks and whether or not it can be reached; undefined when the table is not there. */
  peek(table: string): string | undefined;
  /** The same for a workload that calls the catalog. @throws CallRefused, NessieFailure. */
  locate(caller: Workload, table: string): string;
  /** Sets the table's metadata file. @throws CallRefused, NessieFailure. */
  commit(caller: Workload, commit: CatalogCommit): void;
}

/** `lakehouse/orders/metadata/...` of `s3://bucket/lakehouse/orders/metadata/...` */
export function keyOf(location: string): string {
  return location.replace(/^s3:\/\/[^/]+\//, "");
}

/**
 * The schema that readers of a table meet now: that of the metadata file to which the catalog points. Undefined when there is
 * none, or nothing that can be read. Changes nothing.
 */
export function liveSchema({ catalog, storage }: World, table: string): IcebergSchema | undefined {
  const location = catalog.peek(table);
  const content = location === undefined ? undefined : storage.lakehouse.latest(keyOf(location))?.content;
  if (!content) return undefined;
  try {
    return currentSchema(parseMetadata(Buffer.from(content.bytes(0, content.size)).toString("utf8")));
  } catch {
    // Somebody damaged the file, which is an answer: no reader finds a schema.
    return undefined;
  }
}
