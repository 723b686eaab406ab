/** Operations of S3 on objects: CloudTrail logs them as data events, all others as management events (S3 user guide, CloudTrail events). */
const DATA_OPERATIONS: Record<string, { name?: string; reads: boolean }> = {
  HeadBucket: { reads: true },
  ListObjects: { reads: true },
  ListObjectsV2: { name: "ListObjects", reads: true },
  ListObjectVersions: { reads: true },
  ListMultipartUploads: { reads: true },
  ListParts: { reads: true },
  HeadObject: { reads: true },
  GetObject: { reads: true },
  GetObjectAttributes: { reads: true },
  GetObjectTagging: { reads: true },
  PutObject: { reads: false },
  CopyObject: { reads: false },
  DeleteObject: { reads: false },
  DeleteObjects: { reads: false },
  PutObjectTagging: { reads: false },
  DeleteObjectTagging: { reads: false },
  CreateMultipartUpload: { reads: false },
  UploadPart: { reads: false },
  UploadPartCopy: { reads: false },
  CompleteMultipartUpload: { reads: false },
  AbortMultipartUpload: { reads: false },
};

/** Management operations that CloudTrail calls by another name than the API. */
const MANAGEMENT_NAMES: Record<string, string> = {
  PutBucketLifecycleConfiguration: "PutBucketLifecycle",
  PutPublicAccessBlock: "PutBucketPublicAccessBlock",
  DeletePublicAccessBlock: "DeleteBucketPublicAccessBlock",
};

/** The data event of an S3 operation, undefined for management operations. */
export function dataEventOf(operation: string): { name: string; reads: boolean } | undefined {
  const found = DATA_OPERATIONS[operation];
  return found && { name: found.name ?? operation, reads: found.reads };
}

/** CloudTrail's name of a management operation of S3. */
export function managementEventName(operation: string): string {
  return MANAGEMENT_NAMES[operation] ?? operation;
}
