import type { JsonObject } from "../../base/json.ts";

/** The bucket that is restored. */
export interface Target {
  bucket: string;
  accountId: string;
  /** Of all keys. */
  prefix: string;
  sinceMs: number;
  untilMs: number;
  /** The KMS key of the bucket's default encryption; left out: the account's key for S3. */
  kmsKeyId?: string;
  /** The bucket's default encryption uses a bucket key, which spares calls to KMS. */
  bucketKey?: boolean;
}

/** What every write says of encryption: buckets of the template refuse one without it (docs/lakehouse-deployment.md, fact 3). */
export function encryptionOf({ kmsKeyId, bucketKey }: Pick<Target, "kmsKeyId" | "bucketKey">) {
  return {
    ServerSideEncryption: "aws:kms" as const,
    ...(kmsKeyId ? { SSEKMSKeyId: kmsKeyId } : {}),
    ...(bucketKey ? { BucketKeyEnabled: true } : {}),
  };
}

/** The key and the bucket key of a bucket's default encryption, from the answer of GetBucketEncryption. */
export function encryptionDefaults(answer: JsonObject | null): Pick<Target, "kmsKeyId" | "bucketKey"> {
  const configuration = (answer?.ServerSideEncryptionConfiguration ?? {}) as JsonObject;
  const [rule] = (configuration.Rules ?? []) as JsonObject[];
  const { SSEAlgorithm: algorithm, KMSMasterKeyID: key } = (rule?.ApplyServerSideEncryptionByDefault ??
    {}) as JsonObject;
  return {
    ...(algorithm === "aws:kms" && typeof key === "string" ? { kmsKeyId: key } : {}),
    ...(rule?.BucketKeyEnabled === true ? { bucketKey: true } : {}),
  };
}
