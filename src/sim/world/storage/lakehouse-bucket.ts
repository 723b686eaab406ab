import type { Bucket, BucketSettings } from "../s3/bucket.ts";
import type { World } from "../world.ts";

/** What the template says of its buckets: KMS by the account's key for S3, no public access, no ACLs. */
export function templateSettings(world: World): BucketSettings {
  const { project, environment } = world.names;
  return {
    publicAccessBlock: {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    },
    ownership: "BucketOwnerEnforced",
    encryption: encryptionWith(undefined),
    tags: [
      { Key: "Project", Value: project },
      { Key: "Environment", Value: environment },
      { Key: "ManagedBy", Value: "terraform" },
    ],
  };
}

/** @param key ARN of a KMS key of one's own. */
function encryptionWith(key: string | undefined): BucketSettings["encryption"] {
  const byDefault = { SSEAlgorithm: "aws:kms" as const, ...(key === undefined ? {} : { KMSMasterKeyID: key }) };
  return { ApplyServerSideEncryptionByDefault: byDefault, BucketKeyEnabled: true };
}

/** The template's bucket policy: TLS only, and no upload that does not ask for KMS by its header. */
export function lakehousePolicy(bucket: string): string {
  const bucketArn = `arn:aws:s3:::${bucket}`;
  const deny = (Sid: string, Action: string, Resource: string | string[], Condition: object) => ({
    Sid,
    Effect: "Deny",
    Principal: "*",
    Action,
    Resource,
    Condition,
  });
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      deny("DenyInsecureTransport", "s3:*", [bucketArn, `${bucketArn}/*`], {
        Bool: { "aws:SecureTransport": "false" },
      }),
      deny("DenyUnencryptedPuts", "s3:PutObject", `${bucketArn}/*`, {
        StringNotEquals: { "s3:x-amz-server-side-encryption": "aws:kms" },
      }),
    ],
  });
}

/** The bucket P-E-lakehouse, empty: noncurrent versions expire after 30 days. */
export function addLakehouseBucket(world: World, createdAtMs: number): Bucket {
  const { names, buckets } = world;
  return buckets.add({
    name: names.lakehouseBucket,
    region: names.region,
    createdAtMs,
    versioning: "Enabled",
    policy: lakehousePolicy(names.lakehouseBucket),
    settings: {
      ...templateSettings(world),
      ...(world.ownKey && { encryption: encryptionWith(world.ownKey.arn) }),
      lifecycle: [
        {
          ID: "expire-noncurrent-versions",
          Status: "Enabled",
          Filter: { Prefix: "" },
          NoncurrentVersionExpiration: { NoncurrentDays: 30 },
        },
        {
          ID: "abort-incomplete-uploads",
          Status: "Enabled",
          Filter: { Prefix: "" },
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
        },
      ],
    },
  });
}
