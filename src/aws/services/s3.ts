import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";

export const client = S3Client;

export const commands = {
  GetBucketLifecycleConfiguration: GetBucketLifecycleConfigurationCommand,
  GetBucketPolicy: GetBucketPolicyCommand,
  GetObject: GetObjectCommand,
  HeadBucket: HeadBucketCommand,
  HeadObject: HeadObjectCommand,
  ListObjectVersions: ListObjectVersionsCommand,
  ListObjectsV2: ListObjectsV2Command,
  PutBucketPolicy: PutBucketPolicyCommand,
};
