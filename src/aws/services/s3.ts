import {
  GetBucketPolicyCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";

export const client = S3Client;

export const commands = {
  GetBucketPolicy: GetBucketPolicyCommand,
  HeadBucket: HeadBucketCommand,
  ListObjectsV2: ListObjectsV2Command,
  PutBucketPolicy: PutBucketPolicyCommand,
};
