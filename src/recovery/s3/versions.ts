import type { OutputOf } from "../../aws/contract.ts";
import { decodeListedKey } from "../../aws/listed-key.ts";
import type { S3Calls } from "./calls.ts";
import { compareKeys } from "./keys.ts";

/** A version or a delete marker as a listing tells it. */
export interface Version {
  id: string;
  /** LastModified, ms since the Unix epoch, in whole seconds. */
  atMs: number;
  isMarker: boolean;
  /** Bytes; 0 for a marker. */
  size: number;
  /** With its quotes; empty for a marker. */
  etag: string;
  /** Left out: STANDARD. */
  storageClass?: string;
  /** A checksum over the whole object is kept with it, which a copy has too. */
  hasChecksum?: true;
}

export interface ListedVersion extends Version {
  key: string;
  isLatest: boolean;
}

export interface VersionPage {
  /** In the order of keys, newest first within a key. */
  versions: ListedVersion[];
  /** Groups of keys, where a delimiter was given. */
  prefixes: string[];
  /** Where the next page begins; undefined: this is the last one. */
  next: { key: string; version: string | undefined } | undefined;
}

/** Where to list, and from where on. */
export interface VersionQuery {
  bucket: string;
  /** Of the bucket; the incident's own when left out. */
  region?: string;
  prefix: string;
  delimiter?: string;
  /** Exclusive. */
  after?: string;
  afterVersion?: string;
  /** 1 to 1000 (S3 API reference, ListObjectVersions). */
  limit?: number;
}

/** One page of versions. Rejects with a Failure. */
export async function versionPage(calls: S3Calls, query: VersionQuery): Promise<VersionPage> {
  const { bucket, region, prefix, delimiter, after, afterVersion, limit } = query;
  const { output } = await calls.call(
    "ListObjectVersions",
    {
      Bucket: bucket,
      EncodingType: "url",
      ...(prefix === "" ? {} : { Prefix: prefix }),
      ...(delimiter ? { Delimiter: delimiter } : {}),
      ...(after === undefined ? {} : { KeyMarker: after }),
      ...(afterVersion === undefined ? {} : { VersionIdMarker: afterVersion }),
      ...(limit === undefined ? {} : { MaxKeys: limit }),
    },
    region ? { region } : {},
  );
  return pageOf(output);
}

function pageOf(output: OutputOf<"s3", "ListObjectVersions">): VersionPage {
  const decode = (text: string | undefined) => decodeListedKey(text ?? "", output.EncodingType);
  const base = (listed: {
    Key?: string | undefined;
    VersionId?: string | undefined;
    LastModified?: Date | undefined;
  }) => ({
    key: decode(listed.Key),
    id: listed.VersionId ?? "null",
    atMs: listed.LastModified?.getTime() ?? 0,
  });
  const data = (output.Versions ?? []).map((listed): ListedVersion => {
    const { Size: size = 0, ETag: etag = "", StorageClass: storageClass = "STANDARD", IsLatest = false } = listed;
    return {
      ...base(listed),
      isLatest: IsLatest,
      isMarker: false,
      size,
      etag,
      ...(storageClass === "STANDARD" ? {} : { storageClass }),
      ...(listed.ChecksumType === "FULL_OBJECT" ? { hasChecksum: true as const } : {}),
    };
  });
  const markers = (output.DeleteMarkers ?? []).map(
    (listed): ListedVersion => ({
      ...base(listed),
      isLatest: listed.IsLatest ?? false,
      isMarker: true,
      size: 0,
      etag: "",
    }),
  );
  const { IsTruncated, NextKeyMarker, NextVersionIdMarker } = output;
  return {
    versions: merged(data, markers),
    prefixes: (output.CommonPrefixes ?? []).map(({ Prefix }) => decode(Prefix)),
    next: IsTruncated ? { key: decode(NextKeyMarker), version: NextVersionIdMarker } : undefined,
  };
}

/**
 * Versions and markers in one order. The answer has them mixed, but clients get two lists; what lies within the same second cannot be
 * told apart but for the latest. A version is then taken to be above a marker: a marker too few that is removed is seen, one too many
 * would have been removed from below.
 */
function merged(data: ListedVersion[], markers: ListedVersion[]): ListedVersion[] {
  if (markers.length === 0) return data;
  const all: ListedVersion[] = [];
  let next = 0;
  for (const version of data) {
    for (let marker = markers[next]; marker && isAbove(marker, version); marker = markers[++next]) all.push(marker);
    all.push(version);
  }
  return all.concat(markers.slice(next));
}

function isAbove(marker: ListedVersion, version: ListedVersion): boolean {
  if (marker.key !== version.key) return compareKeys(marker.key, version.key) < 0;
  if (marker.isLatest || version.isLatest) return marker.isLatest;
  return marker.atMs > version.atMs;
}
