import type { Context } from "../../../policy/pattern.ts";
import { contextFrom, type Input, type Requirement, text } from "./requirement.ts";

/**
 * Operations on a bucket whose action has another name (Amazon S3 user guide, "Required permissions for Amazon S3 API
 * operations"). All others are called as their operation.
 */
const BUCKET_ACTIONS: Record<string, string> = {
  DeleteBucketCors: "PutBucketCORS",
  DeleteBucketEncryption: "PutEncryptionConfiguration",
  DeleteBucketLifecycle: "PutLifecycleConfiguration",
  DeleteBucketOwnershipControls: "PutBucketOwnershipControls",
  DeleteBucketReplication: "PutReplicationConfiguration",
  DeleteBucketTagging: "PutBucketTagging",
  DeletePublicAccessBlock: "PutBucketPublicAccessBlock",
  GetBucketAccelerateConfiguration: "GetAccelerateConfiguration",
  GetBucketCors: "GetBucketCORS",
  GetBucketEncryption: "GetEncryptionConfiguration",
  GetBucketInventoryConfiguration: "GetInventoryConfiguration",
  GetBucketLifecycleConfiguration: "GetLifecycleConfiguration",
  GetBucketNotificationConfiguration: "GetBucketNotification",
  GetBucketReplication: "GetReplicationConfiguration",
  GetObjectLockConfiguration: "GetBucketObjectLockConfiguration",
  GetPublicAccessBlock: "GetBucketPublicAccessBlock",
  HeadBucket: "ListBucket",
  ListMultipartUploads: "ListBucketMultipartUploads",
  ListObjectVersions: "ListBucketVersions",
  ListObjects: "ListBucket",
  ListObjectsV2: "ListBucket",
  PutBucketCors: "PutBucketCORS",
  PutBucketEncryption: "PutEncryptionConfiguration",
  PutBucketLifecycleConfiguration: "PutLifecycleConfiguration",
  PutBucketNotificationConfiguration: "PutBucketNotification",
  PutBucketReplication: "PutReplicationConfiguration",
  PutObjectLockConfiguration: "PutBucketObjectLockConfiguration",
  PutPublicAccessBlock: "PutBucketPublicAccessBlock",
};

/** The same for operations on an object; those of VERSIONED have a form of their own for a named version. */
const OBJECT_ACTIONS: Record<string, string> = {
  CompleteMultipartUpload: "PutObject",
  CreateMultipartUpload: "PutObject",
  GetObjectAttributes: "GetObject",
  HeadObject: "GetObject",
  ListParts: "ListMultipartUploadParts",
  UploadPart: "PutObject",
  UploadPartCopy: "PutObject",
};
const VERSIONED = /^(Get|Delete|Put)Object(Acl|Tagging)?$/;

/** The permissions of an S3 call. @param upload the encryption headers with which an upload was begun: its parts carry none. */
export function s3Requirements(operation: string, input: Input, upload: (id: string) => Context): Requirement[] {
  if (operation === "ListBuckets") return [{ action: "s3:ListAllMyBuckets", resource: "arn:aws:s3:::*" }];
  const bucket = `arn:aws:s3:::${text(input.Bucket) ?? ""}`;
  // Decided key by key, each with its own answer: the handler asks authorization.mayDo.
  if (operation === "DeleteObjects") return [];
  const key = text(input.Key);
  if (key === undefined) {
    return [{ action: `s3:${BUCKET_ACTIONS[operation] ?? operation}`, resource: bucket, context: listing(input) }];
  }
  const resource = `${bucket}/${key}`;
  if (operation === "CopyObject") {
    return [...sourceRequirements(input), ...writeRequirements("s3:PutObject", resource, input, {})];
  }
  const action = objectAction(operation, input);
  if (operation === "DeleteObject") return deleteRequirements(resource, input);
  if (action !== "s3:PutObject")
    return [{ action, resource, context: contextFrom({ "s3:VersionId": input.VersionId }) }];
  const begun = upload(text(input.UploadId) ?? "");
  const source = operation === "UploadPartCopy" ? sourceRequirements(input) : [];
  return [...source, ...writeRequirements(action, resource, input, begun)];
}

/** The action on one object, which differs for a named version: s3:DeleteObjectVersion, s3:GetObjectVersion ... */
export function objectAction(operation: string, input: Input): string {
  const name = OBJECT_ACTIONS[operation] ?? operation;
  const parts = text(input.VersionId) === undefined ? null : VERSIONED.exec(name);
  return parts ? `s3:${parts[1]}ObjectVersion${parts[2] ?? ""}` : `s3:${name}`;
}

/** A deletion; one on condition of an ETag has to be allowed to read the object, too (S3 user guide, conditional deletes). */
function deleteRequirements(resource: string, input: Input): Requirement[] {
  const condition = text(input.IfMatch);
  const context = contextFrom({ "s3:VersionId": input.VersionId, "s3:if-match": condition });
  const reads = condition !== undefined && condition !== "*";
  return [
    { action: objectAction("DeleteObject", input), resource, context },
    ...(reads ? [{ action: "s3:GetObject", resource, context: {} }] : []),
  ];
}

function listing(input: Input): Context {
  return contextFrom({ "s3:prefix": input.Prefix, "s3:delimiter": input.Delimiter, "s3:max-keys": input.MaxKeys });
}

/** A write, and what it sets besides the object. */
function writeRequirements(action: string, resource: string, input: Input, begun: Context): Requirement[] {
  const context = {
    ...begun,
    ...contextFrom({
      "s3:x-amz-server-side-encryption": input.ServerSideEncryption,
      "s3:x-amz-server-side-encryption-aws-kms-key-id": input.SSEKMSKeyId,
      "s3:x-amz-server-side-encryption-customer-algorithm": input.SSECustomerAlgorithm,
      "s3:x-amz-acl": input.ACL,
      "s3:x-amz-storage-class": input.StorageClass,
      "s3:x-amz-copy-source": input.CopySource,
      "s3:x-amz-metadata-directive": input.MetadataDirective,
      "s3:if-match": input.IfMatch,
      "s3:if-none-match": input.IfNoneMatch,
    }),
  };
  return [
    { action, resource, context },
    ...(text(input.Tagging) === undefined ? [] : [{ action: "s3:PutObjectTagging", resource, context }]),
    ...(text(input.ACL) === undefined ? [] : [{ action: "s3:PutObjectAcl", resource, context }]),
  ];
}

/** Reading the source of a copy: `bucket/key?versionId=...`, URL-encoded. */
function sourceRequirements(input: Input): Requirement[] {
  const [path = "", query = ""] = (text(input.CopySource) ?? "").split("?versionId=");
  const versionId = query === "" ? undefined : query;
  const resource = `arn:aws:s3:::${decoded(path.replace(/^\//, ""))}`;
  const action = objectAction("GetObject", { VersionId: versionId });
  return [{ action, resource, context: contextFrom({ "s3:VersionId": versionId }) }];
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // Not an encoding: S3 takes the text as it is.
    return path;
  }
}
