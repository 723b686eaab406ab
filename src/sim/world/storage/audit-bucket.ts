import type { Bucket } from "../s3/bucket.ts";
import type { World } from "../world.ts";
import { templateSettings } from "./lakehouse-bucket.ts";

/** Lets CloudTrail, and for this trail only, read the bucket's ACL and write logs (CloudTrail user guide, bucket policy). */
export function auditPolicy(bucket: string, trailArn: string, accountId: string): string {
  const condition = { "aws:SourceArn": trailArn };
  const Principal = { Service: "cloudtrail.amazonaws.com" };
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "AWSCloudTrailAclCheck",
        Effect: "Allow",
        Principal,
        Action: "s3:GetBucketAcl",
        Resource: `arn:aws:s3:::${bucket}`,
        Condition: { StringEquals: condition },
      },
      {
        Sid: "AWSCloudTrailWrite",
        Effect: "Allow",
        Principal,
        Action: "s3:PutObject",
        Resource: `arn:aws:s3:::${bucket}/AWSLogs/${accountId}/*`,
        Condition: { StringEquals: { ...condition, "s3:x-amz-acl": "bucket-owner-full-control" } },
      },
    ],
  });
}

/** The bucket P-E-audit-trail, empty: versioned, and written by CloudTrail. */
export function addAuditBucket(world: World, createdAtMs: number): Bucket {
  const { names, buckets } = world;
  const trailArn = `arn:aws:cloudtrail:${names.region}:${names.accountId}:trail/${names.trail}`;
  return buckets.add({
    name: names.auditBucket,
    region: names.region,
    createdAtMs,
    versioning: "Enabled",
    policy: auditPolicy(names.auditBucket, trailArn, names.accountId),
    settings: templateSettings(world),
  });
}
