import type * as Wire from "@aws-sdk/client-s3";
import { AwsError } from "../../wire/aws-error.ts";
import type { Bucket } from "../../world/s3/bucket.ts";
import type { Encryption, ObjectDetails } from "../../world/s3/object-version.ts";
import { invalidArgument, invalidRequest, notImplemented } from "./common.ts";

/** Bytes of a key, of user metadata; tags of an object (S3 user guide, object keys, object metadata, object tagging). */
const KEY_BYTES = 1024;
const METADATA_BYTES = 2048;
export const OBJECT_TAGS = 10;

type DetailsInput = Partial<
  Pick<
    Wire.PutObjectCommandInput,
    | "ServerSideEncryption"
    | "SSEKMSKeyId"
    | "BucketKeyEnabled"
    | "SSECustomerAlgorithm"
    | "ObjectLockMode"
    | "ObjectLockLegalHoldStatus"
    | "ContentType"
    | "ContentEncoding"
    | "ContentDisposition"
    | "ContentLanguage"
    | "CacheControl"
    | "Expires"
    | "WebsiteRedirectLocation"
    | "StorageClass"
    | "Metadata"
    | "ACL"
  >
> & { ExpiresString?: string };

/** @throws AwsError KeyTooLongError. */
export function checkKey(key: string | undefined): string {
  if (Buffer.byteLength(key ?? "") > KEY_BYTES)
    throw new AwsError("KeyTooLongError", "Your key is too long", {
      status: 400,
      members: { Size: Buffer.byteLength(key ?? ""), MaxSizeAllowed: KEY_BYTES },
    });
  return key ?? "";
}

/** What an object is encrypted with: as the request says, otherwise the bucket's default. */
export function encryptionOf(
  bucket: Bucket,
  input: Pick<DetailsInput, "ServerSideEncryption" | "SSEKMSKeyId" | "BucketKeyEnabled" | "SSECustomerAlgorithm">,
): Encryption {
  const { ServerSideEncryption: asked, SSEKMSKeyId: keyId, BucketKeyEnabled: bucketKey } = input;
  if (input.SSECustomerAlgorithm !== undefined) throw notImplemented("x-amz-server-side-encryption-customer-algorithm");
  if (asked === undefined) return bucket.defaultDetails.encryption;
  if (asked === "AES256") {
    if (keyId !== undefined)
      throw invalidArgument(
        "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
        "x-amz-server-side-encryption",
        asked,
      );
    return { algorithm: asked };
  }
  if (asked !== "aws:kms" && asked !== "aws:kms:dsse")
    throw invalidArgument("The encryption method specified is not supported", "x-amz-server-side-encryption", asked);
  const { ApplyServerSideEncryptionByDefault: rule, BucketKeyEnabled } = bucket.settings.encryption;
  return {
    algorithm: asked,
    keyId: bucket.kmsKey(keyId ?? rule?.KMSMasterKeyID),
    bucketKey: bucketKey ?? BucketKeyEnabled ?? false,
  };
}

/** What a write says of its object. @throws AwsError for what is too large or not simulated. */
export function detailsOf(bucket: Bucket, input: DetailsInput): ObjectDetails {
  if (input.ObjectLockMode !== undefined || input.ObjectLockLegalHoldStatus !== undefined)
    throw invalidRequest("Bucket is missing Object Lock Configuration");
  const metadataBytes = Object.entries(input.Metadata ?? {}).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  if (metadataBytes > METADATA_BYTES)
    throw new AwsError("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size", {
      status: 400,
      members: { Size: metadataBytes, MaxSizeAllowed: METADATA_BYTES },
    });
  const contentEncoding = input.ContentEncoding?.split(",")
    .map((coding) => coding.trim())
    // A framing of the transfer, no property of the object.
    .filter((coding) => coding !== "" && coding !== "aws-chunked")
    .join(",");
  const expires = input.ExpiresString ?? input.Expires?.toUTCString();
  return {
    encryption: encryptionOf(bucket, input),
    ...(input.ContentType !== undefined && { contentType: input.ContentType }),
    ...(contentEncoding && { contentEncoding }),
    ...(input.ContentDisposition !== undefined && { contentDisposition: input.ContentDisposition }),
    ...(input.ContentLanguage !== undefined && { contentLanguage: input.ContentLanguage }),
    ...(input.CacheControl !== undefined && { cacheControl: input.CacheControl }),
    ...(expires !== undefined && { expires }),
    ...(input.WebsiteRedirectLocation !== undefined && { websiteRedirect: input.WebsiteRedirectLocation }),
    ...(input.StorageClass !== undefined && { storageClass: input.StorageClass }),
    ...(Object.keys(input.Metadata ?? {}).length > 0 && { metadata: input.Metadata! }),
  };
}

/** How an object is encrypted, as answers say it. */
export function encryptionMembers({ algorithm, keyId, bucketKey }: Encryption) {
  return {
    ServerSideEncryption: algorithm,
    SSEKMSKeyId: keyId,
    ...(bucketKey && { BucketKeyEnabled: true }),
  };
}

/** Tags of a list. @throws AwsError BadRequest for more than ten, InvalidTag for what no tag can be. */
export function tagsOf(list: readonly Wire.Tag[] | undefined): Record<string, string> | undefined {
  if (!list || list.length === 0) return undefined;
  if (list.length > OBJECT_TAGS)
    throw new AwsError("BadRequest", "Object tags cannot be greater than 10", { status: 400 });
  const tags: Record<string, string> = {};
  for (const { Key = "", Value = "" } of list) {
    if (Key === "" || Key.length > 128) throw invalidTag("The TagKey you have provided is invalid", Key);
    if (Value.length > 256) throw invalidTag("The TagValue you have provided is invalid", Key);
    if (Key in tags) throw invalidTag("Cannot provide multiple Tags with the same key", Key);
    tags[Key] = Value;
  }
  return tags;
}

function invalidTag(message: string, key: string): AwsError {
  return new AwsError("InvalidTag", message, { status: 400, members: { TagKey: key } });
}

/** Tags of the x-amz-tagging header, which has the form of a query string. */
export function headerTags(tagging: string | undefined): Record<string, string> | undefined {
  if (!tagging) return undefined;
  return tagsOf([...new URLSearchParams(tagging)].map(([Key, Value]) => ({ Key, Value })));
}
