import type * as Wire from "@aws-sdk/client-s3";
import type { Operations } from "../../wire/types.ts";
import type { Region } from "../../world/region.ts";
import { checksumOf } from "../../world/s3/checksum.ts";
import { StoredContent } from "../../world/s3/content.ts";
import type { Checksum, ChecksumAlgorithm, ObjectDetails } from "../../world/s3/object-version.ts";
import { algorithmOf, checksumMembers, verifiedChecksum } from "./checksums.ts";
import {
  bucketOf,
  bytesOf,
  invalidArgument,
  invalidRequest,
  type StoredObject,
  shownVersionId,
  wholeSecond,
} from "./common.ts";
import { checkWrite } from "./conditions.ts";
import { type CopySource, copySourceOf } from "./copy-source.ts";
import { checkKey, detailsOf, encryptionMembers, encryptionOf, headerTags } from "./details.ts";
import { checkKeyUse } from "./key-use.ts";

/** The largest object that CopyObject copies, bytes (S3 API reference, CopyObject: 5 GB). */
const COPY_BYTES = 5 * 1024 ** 3;

/** @throws AwsError InvalidRequest for a copy onto itself that changes nothing. */
function refuseIdleCopy(input: Wire.CopyObjectRequest, source: CopySource, sameObject: boolean): void {
  const changes =
    input.MetadataDirective === "REPLACE" ||
    input.TaggingDirective === "REPLACE" ||
    input.ServerSideEncryption !== undefined ||
    input.StorageClass !== undefined ||
    input.WebsiteRedirectLocation !== undefined;
  if (sameObject && !source.named && !changes)
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
}

/**
 * The checksum of a copy: that of the source, made anew when another algorithm is asked for or the source was uploaded in
 * parts with a composite one. A source without any gives a copy without any.
 */
function copiedChecksum(source: StoredObject, asked: ChecksumAlgorithm | undefined): Checksum | undefined {
  const kept = source.details.checksum;
  const algorithm = asked ?? kept?.algorithm;
  if (algorithm === undefined) return undefined;
  if (kept?.type === "FULL_OBJECT" && kept.algorithm === algorithm) return kept;
  return { algorithm, value: checksumOf(algorithm, source.content), type: "FULL_OBJECT" };
}

/** What a copy takes over: neither how the source was uploaded nor where it is stored (S3 API reference, CopyObject). */
function ownDetails(details: ObjectDetails): Omit<ObjectDetails, "encryption"> {
  const { encryption, etag, parts, checksum, storageClass, websiteRedirect, ...own } = details;
  return own;
}

/** PutObject and CopyObject. */
export function writingOperations(region: Region): Operations<typeof Wire> {
  const { kernel } = region.account;
  return {
    PutObject: async (input, call) => {
      // The body first: nothing may come between the conditions and the write.
      const content = new StoredContent(await bytesOf(input.Body));
      const bucket = bucketOf(region, input);
      const key = checkKey(input.Key);
      const tags = headerTags(input.Tagging);
      const details: ObjectDetails = { ...detailsOf(bucket, input), checksum: verifiedChecksum(content, input) };
      checkKeyUse(region, call, "kms:GenerateDataKey", { bucket, key, encryption: details.encryption });
      checkWrite(bucket, key, { ifMatch: input.IfMatch, ifNoneMatch: input.IfNoneMatch });
      const version = bucket.write(key, content, { atMs: kernel.nowMs, origin: "client", details, tags });
      return {
        ETag: version.etag,
        VersionId: shownVersionId(bucket, version),
        ...encryptionMembers(details.encryption),
        ...checksumMembers(details.checksum),
      };
    },
    CopyObject: (input, call) => {
      const bucket = bucketOf(region, input);
      const key = checkKey(input.Key);
      const source = copySourceOf(region, input);
      const { version } = source;
      refuseIdleCopy(input, source, source.bucket === bucket && version.key === key);
      if (version.size > COPY_BYTES)
        throw invalidRequest(
          `The specified copy source is larger than the maximum allowable size for a copy source: ${COPY_BYTES}`,
        );
      const { MetadataDirective: directive = "COPY", TaggingDirective: tagging = "COPY" } = input;
      if (directive !== "COPY" && directive !== "REPLACE")
        throw invalidArgument("Unknown metadata directive.", "x-amz-metadata-directive", directive);
      const checksum = copiedChecksum(version, algorithmOf(input.ChecksumAlgorithm));
      const details: ObjectDetails = {
        ...(directive === "REPLACE" ? detailsOf(bucket, input) : ownDetails(version.details)),
        encryption: encryptionOf(bucket, input),
        ...(input.StorageClass && { storageClass: input.StorageClass }),
        ...(input.WebsiteRedirectLocation && { websiteRedirect: input.WebsiteRedirectLocation }),
        ...(checksum && { checksum }),
      };
      const { encryption } = version.details;
      checkKeyUse(region, call, "kms:Decrypt", { bucket: source.bucket, key: version.key, encryption });
      checkKeyUse(region, call, "kms:GenerateDataKey", { bucket, key, encryption: details.encryption });
      checkWrite(bucket, key, { ifMatch: input.IfMatch, ifNoneMatch: input.IfNoneMatch });
      const tags = tagging === "REPLACE" ? headerTags(input.Tagging) : version.tags && { ...version.tags };
      const copy = bucket.write(key, version.content, { atMs: kernel.nowMs, origin: "client", details, tags });
      return {
        CopyObjectResult: {
          ETag: copy.etag,
          LastModified: wholeSecond(copy.atMs),
          ...checksumMembers(checksum),
        },
        CopySourceVersionId: shownVersionId(source.bucket, version),
        VersionId: shownVersionId(bucket, copy),
        ...encryptionMembers(details.encryption),
      };
    },
  };
}
