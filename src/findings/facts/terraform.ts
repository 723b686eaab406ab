import { formatUtc } from "../../base/duration.ts";
import { Failure } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import type { FactReader } from "./reader.ts";

export const operations = ["s3:GetBucketTagging", "s3:HeadObject"];

/** The tag that the template's provider puts on everything. */
export const MANAGED_BY = "ManagedBy";

/** Signs that Terraform manages the lakehouse. The state itself is not read: it holds secrets. */
export interface TerraformFacts {
  /** The bucket's tags. */
  bucketTags: Record<string, string>;
  /** When the configured state was written; undefined: none is configured, or it is not there. */
  state?: { place: string; writtenAt: string };
}

export async function readTerraform(reader: FactReader): Promise<TerraformFacts> {
  const { buckets, terraform } = reader.context.deployment;
  const tags = await reader.callIfThere("s3", "GetBucketTagging", { Bucket: buckets.lakehouse }, ["NoSuchTagSet"]);
  const bucketTags = Object.fromEntries(
    (tags?.TagSet ?? []).map(({ Key = "", Value = "" }) => [sanitizeLine(Key), sanitizeLine(Value)]),
  );
  if (!terraform) return { bucketTags };
  const place = `s3://${terraform.stateBucket}/${terraform.stateKey}`;
  const head = await headOf(reader, terraform.stateBucket, terraform.stateKey);
  return {
    bucketTags,
    ...(head?.LastModified ? { state: { place, writtenAt: formatUtc(head.LastModified.getTime()) } } : {}),
  };
}

/** The tags decide already: a state that may not be read does not make this unknown. */
async function headOf(reader: FactReader, Bucket: string, Key: string) {
  try {
    return await reader.callIfThere("s3", "HeadObject", { Bucket, Key });
  } catch (error) {
    if (error instanceof Failure && error.kind === "denied") return null;
    throw error;
  }
}
