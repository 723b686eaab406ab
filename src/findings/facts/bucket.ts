import { sanitizeLine } from "../../base/text.ts";
import type { FactReader } from "./reader.ts";

export const policyOperations = ["s3:GetBucketPolicy"];
export const lifecycleOperations = ["s3:GetBucketLifecycleConfiguration"];
export const layoutOperations = ["s3:ListObjectsV2"];

/** Top-level prefixes that are asked for: a lakehouse has a handful. */
const PREFIXES = 200;

const lakehouse = (reader: FactReader) => reader.context.deployment.buckets.lakehouse;

/** The lakehouse bucket's policy as S3 gives it; null: there is none. */
export async function readPolicy(reader: FactReader): Promise<string | null> {
  const output = await reader.callIfThere("s3", "GetBucketPolicy", { Bucket: lakehouse(reader) }, [
    "NoSuchBucketPolicy",
  ]);
  return output?.Policy ?? null;
}

/** A lifecycle rule that is in force and takes noncurrent versions away. */
export interface ExpiryRule {
  id: string;
  prefix: string;
  noncurrentDays: number;
}

export async function readExpiry(reader: FactReader): Promise<ExpiryRule[]> {
  const output = await reader.callIfThere("s3", "GetBucketLifecycleConfiguration", { Bucket: lakehouse(reader) }, [
    "NoSuchLifecycleConfiguration",
  ]);
  return (output?.Rules ?? []).flatMap((rule) => {
    const days = rule.NoncurrentVersionExpiration?.NoncurrentDays;
    if (rule.Status !== "Enabled" || days === undefined) return [];
    const prefix = rule.Filter?.Prefix ?? rule.Filter?.And?.Prefix ?? rule.Prefix ?? "";
    return [{ id: sanitizeLine(rule.ID ?? ""), prefix: sanitizeLine(prefix), noncurrentDays: days }];
  });
}

/** What lies at the top of the lakehouse bucket: `lakehouse/`, `athena-results/` ... */
export async function readLayout(reader: FactReader): Promise<string[]> {
  const output = await reader.call("s3", "ListObjectsV2", {
    Bucket: lakehouse(reader),
    Delimiter: "/",
    MaxKeys: PREFIXES,
  });
  return (output.CommonPrefixes ?? []).map(({ Prefix = "" }) => sanitizeLine(Prefix));
}
