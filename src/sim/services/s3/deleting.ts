import type * as Wire from "@aws-sdk/client-s3";
import { AwsError } from "../../wire/aws-error.ts";
import type { Operations, WireCall } from "../../wire/types.ts";
import type { Region } from "../../world/region.ts";
import type { Bucket } from "../../world/s3/bucket.ts";
import { isVersionId } from "../../world/s3/version-id.ts";
import { bucketOf, checkVersionId, malformedXml, notImplemented } from "./common.ts";
import { checkWrite } from "./conditions.ts";

/** Keys of one DeleteObjects request at most (S3 API reference). */
const DELETE_KEYS = 1000;

interface Deletion {
  /** A delete marker was made, or one was removed. */
  deleteMarker: boolean;
  /** Of the version that was removed, or of the delete marker that was made. */
  versionId: string | undefined;
}

/** Deletes an object, or one version of it for good. What does not exist is no error. */
function deleteObject(bucket: Bucket, key: string, versionId: string | undefined, atMs: number): Deletion {
  if (versionId !== undefined) {
    const removed = bucket.deleteVersion(key, versionId);
    return { deleteMarker: removed?.deleteMarker ?? false, versionId };
  }
  const marker = bucket.delete(key, { atMs, origin: "client" });
  return { deleteMarker: marker !== undefined, versionId: marker?.versionId };
}

type Refusal = { Key: string; VersionId: string | undefined; Code: string; Message: string };

/** Why a key of DeleteObjects is not deleted; every key passes here. */
function refusalOf(
  region: Region,
  call: WireCall,
  bucket: Bucket,
  { Key: key = "", VersionId: versionId, ETag: etag, ...ofDirectoryBuckets }: Wire.ObjectIdentifier,
): Refusal | undefined {
  const refused = (code: string, message: string) => ({ Key: key, VersionId: versionId, Code: code, Message: message });
  const denied = region.account.buckets.refusalOfDelete(call, bucket, key, versionId);
  if (denied) return refused(denied.code, denied.message);
  if (key === "") return refused("UserKeyMustBeSpecified", "The key must be specified.");
  if (versionId !== undefined && !isVersionId(versionId))
    return refused("NoSuchVersion", "The version ID specified in the request does not match an existing version.");
  if (Object.values(ofDirectoryBuckets).some((condition) => condition !== undefined)) {
    const { code, message } = notImplemented("x-amz-if-match-size");
    return refused(code, message);
  }
  try {
    checkCondition(bucket, key, versionId, etag);
  } catch (error) {
    if (error instanceof AwsError) return refused(error.code, error.message);
    throw error;
  }
  return undefined;
}

/**
 * Conditional deletes look at the current version alone (S3 user guide, conditional deletes): 412 for another ETag, 404 for a key
 * without an object. What a condition beside a version id means is not documented, so it is refused.
 * @throws AwsError PreconditionFailed, NoSuchKey, NotImplemented.
 */
function checkCondition(bucket: Bucket, key: string, versionId: string | undefined, etag: string | undefined): void {
  if (etag === undefined) return;
  if (versionId !== undefined) throw notImplemented("If-Match");
  checkWrite(bucket, key, { ifMatch: etag });
}

/** DeleteObject and DeleteObjects. */
export function deletingOperations(region: Region): Operations<typeof Wire> {
  const { kernel } = region.account;
  return {
    DeleteObject: (input) => {
      const bucket = bucketOf(region, input);
      if (input.MFA !== undefined) throw notImplemented("x-amz-mfa");
      if (input.VersionId !== undefined) checkVersionId(input.VersionId);
      checkCondition(bucket, input.Key ?? "", input.VersionId, input.IfMatch);
      const { deleteMarker, versionId } = deleteObject(bucket, input.Key ?? "", input.VersionId, kernel.nowMs);
      return { ...(deleteMarker && { DeleteMarker: true }), VersionId: versionId };
    },
    DeleteObjects: (input, call) => {
      const bucket = bucketOf(region, input);
      if (input.MFA !== undefined) throw notImplemented("x-amz-mfa");
      const objects = input.Delete?.Objects ?? [];
      if (objects.length === 0 || objects.length > DELETE_KEYS) throw malformedXml();
      const Deleted: Wire.DeletedObject[] = [];
      const Errors: Wire._Error[] = [];
      for (const object of objects) {
        const refusal = refusalOf(region, call, bucket, object);
        if (refusal) {
          Errors.push(refusal);
          continue;
        }
        const { Key = "", VersionId } = object;
        const { deleteMarker, versionId } = deleteObject(bucket, Key, VersionId, kernel.nowMs);
        Deleted.push({ Key, VersionId, ...(deleteMarker && { DeleteMarker: true, DeleteMarkerVersionId: versionId }) });
      }
      return { Deleted: input.Delete?.Quiet ? [] : Deleted, Errors };
    },
  };
}
