import type { IcebergTable } from "../iceberg/table.ts";
import { buildTables, type PastCommit } from "../iceberg/template-tables.ts";
import type { Bucket } from "../s3/bucket.ts";
import type { World } from "../world.ts";
import { addAthenaResults } from "./athena-results.ts";
import { addAuditBucket } from "./audit-bucket.ts";
import { addLakehouseBucket } from "./lakehouse-bucket.ts";

/** The template's buckets and tables, for scenarios. */
export interface TemplateStorage {
  lakehouse: Bucket;
  audit: Bucket;
  /** Holds the Terraform state. */
  state: Bucket;
  /** By name, without the namespace. */
  tables: ReadonlyMap<string, IcebergTable>;
}

/**
 * Builds the buckets of the lakehouse with what is in them; the Terraform state, which describes the rest too, comes last.
 * @returns also what was committed to the tables, in order of time, for their catalog.
 */
export function buildStorage(
  world: World,
  createdAtMs: number,
): { storage: Omit<TemplateStorage, "state">; history: PastCommit[] } {
  const audit = addAuditBucket(world, createdAtMs);
  const lakehouse = addLakehouseBucket(world, createdAtMs);
  const times = { createdAtMs: createdAtMs + 3_600_000, untilMs: world.kernel.nowMs };
  const { tables, history } = buildTables(lakehouse, times, (entity) => world.random(entity));
  addAthenaResults(world, lakehouse);
  return { storage: { lakehouse, audit, tables }, history };
}
