import type * as Wire from "@aws-sdk/client-s3";
import { pageLimit } from "../../wire/partial-page.ts";
import type { Operations } from "../../wire/types.ts";
import type { Region } from "../../world/region.ts";
import type { Bucket } from "../../world/s3/bucket.ts";
import { commonPrefixOf, type ListingPage, listKeys, listVersions } from "../../world/s3/listing.ts";
import type { ObjectVersion } from "../../world/s3/object-version.ts";
import { bucketOf, checkVersionId, invalidArgument, keyEncoder, pageSize, wholeSecond } from "./common.ts";

function owner(bucket: Bucket): Wire.Owner {
  return { ID: canonicalId(bucket.accountId) };
}

/** The account's canonical user id: 64 hexadecimal digits. */
export function canonicalId(accountId: string): string {
  return accountId.padStart(64, "c0ffee");
}

/** What every listing says of a version. */
function entry(version: ObjectVersion, encode: (text: string) => string) {
  const { checksum, storageClass = "STANDARD" } = version.details;
  return {
    Key: encode(version.key),
    Size: version.size,
    ETag: version.etag,
    LastModified: wholeSecond(version.atMs),
    StorageClass: storageClass as "STANDARD",
    ...(checksum && { ChecksumAlgorithm: [checksum.algorithm], ChecksumType: checksum.type }),
  };
}

/** A token is opaque to callers: where the next page begins. */
function tokenOf(next: ListingPage["next"]): string | undefined {
  return next && Buffer.from(next.after).toString("base64url");
}

function readToken(token: string): string {
  const text = Buffer.from(token, "base64url").toString("utf8");
  if (text === "" || tokenOf({ after: text }) !== token)
    throw invalidArgument("The continuation token provided is incorrect", "continuation-token", token);
  return text;
}

const optional = (text: string | undefined, encode: (text: string) => string) =>
  text === undefined ? undefined : encode(text);

/** A page of the keys as they are now, and what both listings of them say alike. */
function currentKeys(bucket: Bucket, input: Wire.ListObjectsV2Request | Wire.ListObjectsRequest, after?: string) {
  const { Prefix: prefix = "", Delimiter: delimiter = "" } = input;
  const encode = keyEncoder(input.EncodingType);
  const limit = pageSize(input.MaxKeys, "max-keys");
  const page = listKeys(bucket, {
    prefix,
    delimiter,
    limit: pageLimit(limit),
    ...(after !== undefined && { after }),
  });
  const common = {
    Name: bucket.name,
    Prefix: encode(prefix),
    Delimiter: optional(input.Delimiter, encode),
    EncodingType: input.EncodingType,
    MaxKeys: limit,
    IsTruncated: page.next !== undefined,
    CommonPrefixes: page.commonPrefixes.map((group) => ({ Prefix: encode(group) })),
  };
  return { page, encode, common };
}

/** ListObjectsV2, ListObjects and ListObjectVersions. */
export function listingOperations(region: Region): Operations<typeof Wire> {
  return {
    ListObjectsV2: (input) => {
      const bucket = bucketOf(region, input);
      const { ContinuationToken: token, StartAfter } = input;
      const { page, encode, common } = currentKeys(bucket, input, token === undefined ? StartAfter : readToken(token));
      return {
        ...common,
        StartAfter: optional(StartAfter, encode),
        ContinuationToken: token,
        NextContinuationToken: tokenOf(page.next),
        KeyCount: page.versions.length + page.commonPrefixes.length,
        Contents: page.versions.map(({ version }) => ({
          ...entry(version, encode),
          ...(input.FetchOwner && { Owner: owner(bucket) }),
        })),
      };
    },
    ListObjects: (input) => {
      const bucket = bucketOf(region, input);
      const { Marker: after } = input;
      const { page, encode, common } = currentKeys(bucket, input, after);
      return {
        ...common,
        Marker: encode(after ?? ""),
        // Given only with a delimiter; without one the last key is the next marker (S3 API reference, ListObjects).
        NextMarker: input.Delimiter ? optional(page.next?.after, encode) : undefined,
        Contents: page.versions.map(({ version }) => ({ ...entry(version, encode), Owner: owner(bucket) })),
      };
    },
    ListObjectVersions: (input) => {
      const bucket = bucketOf(region, input);
      const { Prefix: prefix = "", Delimiter: delimiter = "", KeyMarker: after, VersionIdMarker: versionId } = input;
      if (versionId && !after)
        throw invalidArgument(
          "A version-id marker cannot be specified without a key marker.",
          "version-id-marker",
          versionId,
        );
      if (versionId) checkVersionId(versionId);
      const encode = keyEncoder(input.EncodingType);
      const limit = pageSize(input.MaxKeys, "max-keys");
      const page = listVersions(bucket, {
        prefix,
        delimiter,
        limit: pageLimit(limit),
        ...(after && { after }),
        ...(versionId && { afterVersionId: versionId }),
      });
      const common = ({ version, latest }: ListingPage["versions"][number]) => ({
        VersionId: version.versionId,
        IsLatest: latest,
        Owner: owner(bucket),
      });
      const { next } = page;
      const group = next && commonPrefixOf(next.after, prefix, delimiter) === next.after;
      return {
        Name: bucket.name,
        Prefix: encode(prefix),
        Delimiter: optional(input.Delimiter, encode),
        KeyMarker: encode(after ?? ""),
        VersionIdMarker: versionId ?? "",
        NextKeyMarker: optional(next?.after, encode),
        NextVersionIdMarker: group ? undefined : next?.afterVersionId,
        EncodingType: input.EncodingType,
        MaxKeys: limit,
        IsTruncated: next !== undefined,
        Versions: page.versions
          .filter(({ version }) => !version.deleteMarker)
          .map((item) => ({ ...entry(item.version, encode), ...common(item) })),
        DeleteMarkers: page.versions
          .filter(({ version }) => version.deleteMarker)
          .map((item) => ({
            Key: encode(item.version.key),
            LastModified: wholeSecond(item.version.atMs),
            ...common(item),
          })),
        CommonPrefixes: page.commonPrefixes.map((prefixOfGroup) => ({ Prefix: encode(prefixOfGroup) })),
      };
    },
  };
}
