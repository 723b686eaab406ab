import type { IcebergTable } from "../iceberg/table.ts";
import { buildTable, TEMPLATE_TABLES } from "../iceberg/template-tables.ts";
import type { NessieDeployment } from "../lakehouse.ts";
import type { Bucket } from "../s3/bucket.ts";
import type { World } from "../world.ts";
import { addAthenaResults } from "./athena-results.ts";
import { addAuditBucket } from "./audit-bucket.ts";
import { addLakehouseBucket } from "./lakehouse-bucket.ts";
import { addStateBucket } from "./state-bucket.ts";

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
 * Builds the buckets with what is in them.
 * @param nessie the deployment that the Terraform state describes beside the buckets.
 */
export function buildStorage(world: World, createdAtMs: number, nessie: NessieDeployment | undefined): TemplateStorage {
  const audit = addAuditBucket(world, createdAtMs);
  const lakehouse = addLakehouseBucket(world, createdAtMs);
  const times = { createdAtMs, untilMs: world.kernel.nowMs };
  const tables = new Map(
    TEMPLATE_TABLES.map((template) => {
      const random = world.random(`iceberg/${template.name}`);
      return [template.name, buildTable(lakehouse, template, times, random)];
    }),
  );
  addAthenaResults(world, lakehouse);
  const state = addStateBucket(world, nessie, createdAtMs);
  return { lakehouse, audit, state, tables };
}
