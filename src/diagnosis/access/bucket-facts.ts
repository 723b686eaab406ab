import { Failure } from "../../base/failure.ts";
import type { FactReader, FactSource } from "../fact.ts";

/** The bucket of the tables, with its owner: names of buckets are global. */
const bucketOf = ({ deployment, accountId }: FactReader) => ({
  Bucket: deployment.buckets.lakehouse,
  ExpectedBucketOwner: accountId,
});

/** What S3 answers where a setting is not there. */
async function orNone<T>(reading: Promise<T>, code: string): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Failure && error.detail.code === code) return undefined;
    throw error;
  }
}

/** The text of the lakehouse bucket's policy; undefined: there is none. */
export const bucketPolicy: FactSource<{ text: string | undefined }> = {
  id: "bucket-policy",
  title: "the bucket policy",
  operations: ["s3:GetBucketPolicy"],
  async fetch(reader) {
    const output = await orNone(reader.call("s3", "GetBucketPolicy", bucketOf(reader)), "NoSuchBucketPolicy");
    return { text: output?.Policy };
  },
};

/** The block of public access; undefined where there is none. */
export const publicAccessBlock: FactSource<{ restricts: boolean } | undefined> = {
  id: "public-access-block",
  title: "the block of public access",
  operations: ["s3:GetPublicAccessBlock"],
  async fetch(reader) {
    const none = "NoSuchPublicAccessBlockConfiguration";
    const output = await orNone(reader.call("s3", "GetPublicAccessBlock", bucketOf(reader)), none);
    const block = output?.PublicAccessBlockConfiguration;
    return block && { restricts: block.RestrictPublicBuckets === true };
  },
};

/** Who owns objects that others upload; undefined where nothing is set. */
export const objectOwnership: FactSource<{ rule: string } | undefined> = {
  id: "object-ownership",
  title: "ownership of objects",
  operations: ["s3:GetBucketOwnershipControls"],
  async fetch(reader) {
    const none = "OwnershipControlsNotFoundError";
    const output = await orNone(reader.call("s3", "GetBucketOwnershipControls", bucketOf(reader)), none);
    const rule = output?.OwnershipControls?.Rules?.[0]?.ObjectOwnership;
    return rule && { rule };
  },
};

/** How objects are encrypted unless an upload says otherwise. */
export const bucketEncryption: FactSource<{ algorithm: string; keyId?: string } | undefined> = {
  id: "bucket-encryption",
  title: "default encryption of the bucket",
  operations: ["s3:GetBucketEncryption"],
  async fetch(reader) {
    const none = "ServerSideEncryptionConfigurationNotFoundError";
    const output = await orNone(reader.call("s3", "GetBucketEncryption", bucketOf(reader)), none);
    const rule = output?.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault;
    if (!rule) return undefined;
    const { SSEAlgorithm: algorithm = "", KMSMasterKeyID: keyId } = rule;
    return { algorithm, ...(keyId ? { keyId } : {}) };
  },
};
