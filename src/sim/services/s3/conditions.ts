import { AwsError } from "../../wire/aws-error.ts";
import type { Bucket } from "../../world/s3/bucket.ts";
import type { ObjectVersion } from "../../world/s3/object-version.ts";
import { noSuchKey, notImplemented, wholeSecond } from "./common.ts";

/** The four conditions of RFC 9110 as operations carry them. */
export interface Conditions {
  ifMatch: string | undefined;
  ifNoneMatch: string | undefined;
  ifModifiedSince: Date | undefined;
  ifUnmodifiedSince: Date | undefined;
}

export function preconditionFailed(condition: string): AwsError {
  return new AwsError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", {
    status: 412,
    members: { Condition: condition },
  });
}

/** ETags may be given with or without quotes; a list of them matches when one does. */
function matches(wanted: string, etag: string): boolean {
  const bare = (text: string) => text.trim().replace(/^W\//, "").replaceAll('"', "");
  return wanted.trim() === "*" || wanted.split(",").some((one) => bare(one) === bare(etag));
}

/** Whether the object has changed since: false for times in the future, as RFC 9110 asks. */
function changedSince(version: ObjectVersion, since: Date): boolean {
  return wholeSecond(version.atMs).getTime() > since.getTime();
}

/**
 * The conditions of a read. If-Match goes before If-Unmodified-Since and If-None-Match before If-Modified-Since (S3 API
 * reference, GetObject).
 * @throws AwsError PreconditionFailed, or NotModified with status 304.
 */
export function checkRead(version: ObjectVersion, conditions: Conditions): void {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, version.etag)) throw preconditionFailed("If-Match");
  } else if (ifUnmodifiedSince && changedSince(version, ifUnmodifiedSince)) {
    throw preconditionFailed("If-Unmodified-Since");
  }
  const unmodified =
    ifNoneMatch !== undefined
      ? matches(ifNoneMatch, version.etag)
      : ifModifiedSince !== undefined && !changedSince(version, ifModifiedSince);
  if (unmodified) throw new AwsError("NotModified", "Not Modified", { status: 304, headers: { etag: version.etag } });
}

/** The conditions on the source of a copy. @throws AwsError PreconditionFailed. */
export function checkCopySource(version: ObjectVersion, conditions: Conditions): void {
  try {
    checkRead(version, conditions);
  } catch (error) {
    if (error instanceof AwsError) throw preconditionFailed("x-amz-copy-source-If-");
    throw error;
  }
}

/**
 * The conditions of a write (S3 user guide, conditional writes): If-None-Match takes `*` alone and fails when there is an
 * object; If-Match fails with 412 when the ETag differs and with 404 when there is no object. 409 answers writes that meet
 * on AWS; here calls are carried out one after another.
 * @throws AwsError PreconditionFailed, NoSuchKey, NotImplemented.
 */
export function checkWrite(
  bucket: Bucket,
  key: string,
  { ifMatch, ifNoneMatch }: { ifMatch?: string | undefined; ifNoneMatch?: string | undefined },
): void {
  const latest = bucket.latest(key);
  const exists = latest !== undefined && !latest.deleteMarker;
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== "*") throw notImplemented("If-None-Match");
    if (exists) throw preconditionFailed("If-None-Match");
  }
  if (ifMatch !== undefined) {
    if (!exists) throw noSuchKey(key);
    if (!matches(ifMatch, latest.etag)) throw preconditionFailed("If-Match");
  }
}
