import {
  DeleteBucketPolicyCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketReplicationCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
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
  GetPublicAccessBlock: GetPublicAccessBlockCommand,
  HeadBucket: HeadBucketCommand,
  ListObjectsV2: ListObjectsV2Command,
  PutBucketLifecycleConfiguration: PutBucketLifecycleConfigurationCommand,
  PutBucketPolicy: PutBucketPolicyCommand,
};
