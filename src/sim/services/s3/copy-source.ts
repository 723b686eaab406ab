import type * as Wire from "@aws-sdk/client-s3";
import type { Region } from "../../world/region.ts";
import type { Bucket } from "../../world/s3/bucket.ts";
import {
  bucketAnywhere,
  checkVersionId,
  invalidArgument,
  invalidRequest,
  objectOf,
  type StoredObject,
} from "./common.ts";
import { checkCopySource } from "./conditions.ts";

type CopyInput = Pick<
  Wire.CopyObjectRequest,
  | "CopySource"
  | "CopySourceIfMatch"
  | "CopySourceIfNoneMatch"
  | "CopySourceIfModifiedSince"
  | "CopySourceIfUnmodifiedSince"
  | "ExpectedSourceBucketOwner"
>;

export interface CopySource {
  bucket: Bucket;
  version: StoredObject;
  /** Whether the request named the version. */
  named: boolean;
}

/**
 * The object that a copy takes: `bucket/key` or `bucket/key?versionId=ID`, URL-encoded, with or without a slash in front.
 * @throws AwsError InvalidArgument, NoSuchBucket, NoSuchKey, NoSuchVersion, PreconditionFailed, InvalidRequest for a delete marker.
 */
export function copySourceOf(region: Region, input: CopyInput): CopySource {
  const text = (input.CopySource ?? "").replace(/^\//, "");
  const [, path = "", versionId] = /^(.*?)(?:\?versionId=(.*))?$/s.exec(text) ?? [];
  const [name, ...rest] = decoded(path).split("/");
  const key = rest.join("/");
  if (!name || key === "")
    throw invalidArgument(
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
      "x-amz-copy-source",
      input.CopySource,
    );
  // The source may be in any region: the request goes to that of the copy (S3 user guide, copying objects).
  const bucket = bucketAnywhere(region, { Bucket: name, ExpectedBucketOwner: input.ExpectedSourceBucketOwner });
  if (versionId !== undefined) {
    checkVersionId(versionId);
    if (bucket.version(key, versionId)?.deleteMarker)
      throw invalidRequest("The source of a copy request may not specifically refer to a delete marker by version id.");
  }
  const version = objectOf(bucket, key, versionId);
  checkCopySource(version, {
    ifMatch: input.CopySourceIfMatch,
    ifNoneMatch: input.CopySourceIfNoneMatch,
    ifModifiedSince: input.CopySourceIfModifiedSince,
    ifUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
  });
  return { bucket, version, named: versionId !== undefined };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw invalidArgument("Invalid copy source encoding.", "x-amz-copy-source", path);
  }
}
