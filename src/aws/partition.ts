/** Regions of other partitions than `aws`, by the beginning of their names (AWS general reference, regions and ARN format). */
const PARTITIONS: readonly [prefix: string, partition: string][] = [
  ["cn-", "aws-cn"],
  ["us-gov-", "aws-us-gov"],
  ["us-iso-", "aws-iso"],
  ["us-isob-", "aws-iso-b"],
  ["eu-isoe-", "aws-iso-e"],
  ["us-isof-", "aws-iso-f"],
  ["eusc-", "aws-eusc"],
];

/** The partition of a region, the second part of its ARNs: credentials are good in one partition only, so it is also the caller's. */
export function partitionOf(region: string): string {
  return PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? "aws";
}

/** ARN of a bucket, or of what `key` names in it (an object's key, a pattern). */
export function s3Arn(region: string, bucket: string, key?: string): string {
  return `arn:${partitionOf(region)}:s3:::${bucket}${key === undefined ? "" : `/${key}`}`;
}

/** Where a partition keeps the events of IAM and other global services (CloudTrail user guide, global service events). */
const GLOBAL_REGIONS: Readonly<Record<string, string>> = {
  aws: "us-east-1",
  "aws-cn": "cn-north-1",
  "aws-us-gov": "us-gov-west-1",
};

/** The region with the events of IAM for credentials that are used in this one; of a partition that is not known, the same one. */
export function globalRegionOf(region: string): string {
  return GLOBAL_REGIONS[partitionOf(region)] ?? region;
}
