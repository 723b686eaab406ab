import { AwsError } from "../../wire/aws-error.ts";
import type { Region } from "../../world/region.ts";
import type { Bucket } from "../../world/s3/bucket.ts";
import type { ObjectVersion } from "../../world/s3/object-version.ts";
import { isVersionId } from "../../world/s3/version-id.ts";

/** What names a bucket in nearly every request. */
export interface BucketInput {
  Bucket: string | undefined;
  ExpectedBucketOwner?: string | undefined;
}

/** Keys, versions, parts and uploads a page (S3 API reference). */
export const PAGE_SIZE = 1000;

/** 400 InvalidArgument, which names the argument. */
export function invalidArgument(message: string, name: string, value: unknown): AwsError {
  return new AwsError("InvalidArgument", message, {
    status: 400,
    members: { ArgumentName: name, ArgumentValue: value ?? "" },
  });
}

export function invalidRequest(message: string): AwsError {
  return new AwsError("InvalidRequest", message, { status: 400 });
}

export function malformedXml(): AwsError {
  const message = "The XML you provided was not well-formed or did not validate against our published schema";
  return new AwsError("MalformedXML", message, { status: 400 });
}

/** For what a request asks and this simulator cannot do: never passed over in silence. */
export function notImplemented(header: string): AwsError {
  const message = "A header you provided implies functionality that is not implemented";
  return new AwsError("NotImplemented", message, { status: 501, members: { Header: header } });
}

/** What every region but its own says of a bucket (S3 API reference, error responses: PermanentRedirect). */
function elsewhere(bucket: Bucket): AwsError {
  const message =
    "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.";
  return new AwsError("PermanentRedirect", message, {
    status: 301,
    headers: { "x-amz-bucket-region": bucket.region },
    members: { Endpoint: `${bucket.name}.s3.${bucket.region}.amazonaws.com`, Bucket: bucket.name },
  });
}

export function noSuchBucket(name: string | undefined): AwsError {
  return new AwsError("NoSuchBucket", "The specified bucket does not exist", {
    status: 404,
    members: { BucketName: name },
  });
}

/** @throws AwsError NoSuchBucket, PermanentRedirect for a bucket of another region, AccessDenied for another owner than expected. */
export function bucketOf(region: Region, input: BucketInput): Bucket {
  const { Bucket: name = "" } = input;
  const bucket = region.account.buckets.byName.get(name);
  if (bucket && bucket.region !== region.names.region) throw elsewhere(bucket);
  return bucketAnywhere(region, input);
}

/** A bucket of the account, whatever its region. @throws AwsError NoSuchBucket, AccessDenied for another owner than expected. */
export function bucketAnywhere(region: Region, input: BucketInput): Bucket {
  const bucket = region.account.buckets.byName.get(input.Bucket ?? "");
  if (!bucket) throw noSuchBucket(input.Bucket);
  if (input.ExpectedBucketOwner !== undefined && input.ExpectedBucketOwner !== bucket.accountId)
    throw new AwsError("AccessDenied", "Access Denied", { status: 403 });
  return bucket;
}

export function noSuchKey(key: string | undefined, headers: Record<string, string> = {}): AwsError {
  const message = "The specified key does not exist.";
  return new AwsError("NoSuchKey", message, { status: 404, members: { Key: key ?? "" }, headers });
}

/** The id that answers give; buckets that never had versioning give none. */
export function shownVersionId(bucket: Bucket, version: ObjectVersion): string | undefined {
  return bucket.versioning === undefined ? undefined : version.versionId;
}

/** @throws AwsError InvalidArgument for a text that cannot be a version id. */
export function checkVersionId(versionId: string): void {
  if (!isVersionId(versionId)) throw invalidArgument("Invalid version id specified", "versionId", versionId);
}

/** An object or one of its versions, never a delete marker. */
export type StoredObject = ObjectVersion & { readonly content: NonNullable<ObjectVersion["content"]> };

export function isStored(version: ObjectVersion | undefined): version is StoredObject {
  return version?.content !== undefined;
}

/**
 * The object that a request names.
 * @throws AwsError NoSuchKey (with the headers of a delete marker, where one is on top), NoSuchVersion, MethodNotAllowed for a
 * delete marker that is named by its version id (S3 user guide, working with delete markers).
 */
export function objectOf(bucket: Bucket, key: string | undefined, versionId: string | undefined): StoredObject {
  if (versionId !== undefined) checkVersionId(versionId);
  const version = versionId === undefined ? bucket.latest(key ?? "") : bucket.version(key ?? "", versionId);
  if (isStored(version)) return version;
  if (!version) {
    if (versionId === undefined) throw noSuchKey(key);
    const members = { Key: key ?? "", VersionId: versionId };
    throw new AwsError("NoSuchVersion", "The specified version does not exist.", { status: 404, members });
  }
  const headers = { "x-amz-delete-marker": "true", "x-amz-version-id": version.versionId };
  if (versionId === undefined) throw noSuchKey(key, headers);
  throw new AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", {
    status: 405,
    headers: { ...headers, allow: "DELETE", "last-modified": new Date(version.atMs).toUTCString() },
    members: { ResourceType: "DeleteMarker" },
  });
}

/** Times of S3 have whole seconds. */
export function wholeSecond(atMs: number): Date {
  return new Date(Math.floor(atMs / 1000) * 1000);
}

/** The body of a request, complete. */
export async function bytesOf(body: unknown): Promise<Uint8Array> {
  if (body === undefined) return new Uint8Array();
  const parts: Buffer[] = [];
  for await (const part of body as AsyncIterable<Uint8Array>) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

/** The page size that a request asks for. @throws AwsError InvalidArgument when it is negative. */
export function pageSize(asked: number | undefined, name: string): number {
  const size = asked ?? PAGE_SIZE;
  if (size < 0 || !Number.isInteger(size)) {
    throw invalidArgument(`Argument ${name} must be an integer between 0 and 2147483647`, name, asked);
  }
  return Math.min(size, PAGE_SIZE);
}

/** How keys are given back: as they are, or in the form of a URL (S3 API reference, encoding-type). */
export function keyEncoder(type: string | undefined): (text: string) => string {
  if (type === undefined) return (text) => text;
  if (type !== "url") throw invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", type);
  return (text) =>
    encodeURIComponent(text)
      .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll("%2F", "/")
      .replaceAll("%2A", "*")
      .replaceAll("%20", "+");
}
