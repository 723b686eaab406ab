import type { Bucket } from "../s3/bucket.ts";
import type { World } from "../world.ts";
import { addAuditBucket } from "./audit-bucket.ts";
import { addLakehouseBucket } from "./lakehouse-bucket.ts";

/** The template's buckets. */
export interface TemplateStorage {
  lakehouse: Bucket;
  audit: Bucket;
}

/** Builds the buckets with what is in them. */
export function buildStorage(world: World, createdAtMs: number): TemplateStorage {
  const audit = addAuditBucket(world, createdAtMs);
  const lakehouse = addLakehouseBucket(world, createdAtMs);
  return { lakehouse, audit };
}
