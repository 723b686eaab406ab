import { callOptions, lockFileKey, type StateAccess, type StatePlace } from "./place.ts";

/** One version of the state object, or a delete marker. Newest first in every list. */
export interface StateVersion {
  versionId: string;
  /** With its quotes, as S3 gives it; empty for a delete marker. */
  etag: string;
  /** Domain ms. */
  atMs: number;
  bytes: number;
  isLatest: boolean;
  isDeleteMarker: boolean;
}

export interface ListedVersions {
  versions: StateVersion[];
  /** The lock object has or had a version: Terraform locks with S3 here. */
  hasLockFile: boolean;
  requestIds: string[];
}

/**
 * Every version of the state, all pages. Keys that only begin like it (backups, the lock object) are not it. Rejects with the Failure
 * of the call.
 */
export async function listVersions(place: StatePlace, access: StateAccess): Promise<ListedVersions> {
  const versions: StateVersion[] = [];
  const requestIds: string[] = [];
  let hasLockFile = false;
  let next: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (next) {
    const { output, requestId }: Awaited<ReturnType<typeof page>> = await page(place, access, next);
    requestIds.push(requestId);
    const markers = (output.DeleteMarkers ?? []).map((marker) => ({ ...marker, ETag: "", Size: 0, isMarker: true }));
    const data = (output.Versions ?? []).map((version) => ({ ...version, isMarker: false }));
    for (const { Key, VersionId, ETag, Size, LastModified, IsLatest, isMarker } of [...markers, ...data]) {
      if (Key === lockFileKey(place)) hasLockFile = true;
      if (Key !== place.key) continue;
      versions.push({
        versionId: VersionId ?? "null",
        etag: ETag ?? "",
        atMs: LastModified?.getTime() ?? 0,
        bytes: Size ?? 0,
        isLatest: IsLatest ?? false,
        isDeleteMarker: isMarker,
      });
    }
    const { NextKeyMarker, NextVersionIdMarker } = output;
    next =
      output.IsTruncated && NextKeyMarker !== undefined
        ? { KeyMarker: NextKeyMarker, ...(NextVersionIdMarker ? { VersionIdMarker: NextVersionIdMarker } : {}) }
        : undefined;
  }
  // S3 lists versions and markers apart, each newest first; times have whole seconds, so the latest is named first whatever they say.
  versions.sort((a, b) => Number(b.isLatest) - Number(a.isLatest) || b.atMs - a.atMs);
  return { versions, hasLockFile, requestIds };
}

const page = (place: StatePlace, access: StateAccess, from: { KeyMarker?: string; VersionIdMarker?: string }) =>
  access.aws.call(
    "s3",
    "ListObjectVersions",
    { Bucket: place.bucket, Prefix: place.key, ...from },
    callOptions(access),
  );
