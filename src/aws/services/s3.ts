import {
  DeleteBucketPolicyCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketReplicationCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";

export const client = S3Client;

export const commands = {
  DeleteBucketPolicy: DeleteBucketPolicyCommand,
  GetBucketEncryption: GetBucketEncryptionCommand,
  GetBucketLifecycleConfiguration: GetBucketLifecycleConfigurationCommand,
  GetBucketPolicy: GetBucketPolicyCommand,
  GetBucketReplication: GetBucketReplicationCommand,
  GetBucketTagging: GetBucketTaggingCommand,
  GetBucketVersioning: GetBucketVersioningCommand,
  GetObject: GetObjectCommand,
  GetPublicAccessBlock: GetPublicAccessBlockCommand,
  HeadBucket: HeadBucketCommand,
  HeadObject: HeadObjectCommand,
  ListObjectVersions: ListObjectVersionsCommand,
  ListObjectsV2: ListObjectsV2Command,
  PutBucketLifecycleConfiguration: PutBucketLifecycleConfigurationCommand,
  PutBucketPolicy: PutBucketPolicyCommand,
};
