import { type AuditAccess, callOptions, dayPrefixes, type FileKind, type TrailFiles, timeInName } from "./place.ts";

/** What the bucket holds of one key: CloudTrail writes each file once. */
export interface BucketFile {
  key: string;
  /** Domain ms, from the name. */
  atMs: number;
  /** A delete marker is on top. */
  isDeleted: boolean;
  /** Versions with data, the current one included: more than one, and somebody wrote over it. */
  versions: number;
}

/** The window's files of one kind with all that the bucket knows of them, by key in their order. Rejects with the Failure of the listing. */
export async function listFiles(
  trail: TrailFiles,
  kind: FileKind,
  lateMs: number,
  access: AuditAccess,
): Promise<Map<string, BucketFile>> {
  const found = new Map<string, BucketFile>();
  const { bucket, fromMs, toMs } = trail;
  for (const prefix of dayPrefixes({ ...trail, toMs: toMs + lateMs }, kind)) {
    let next: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
    while (next) {
      const input = { Bucket: bucket, Prefix: prefix, ...next };
      const answer: Awaited<ReturnType<typeof page>> = await page(access, input);
      const { Versions = [], DeleteMarkers = [], IsTruncated, NextKeyMarker, NextVersionIdMarker } = answer.output;
      for (const { Key: key = "", IsLatest = false, isData } of [
        ...Versions.map((version) => ({ ...version, isData: true })),
        ...DeleteMarkers.map((marker) => ({ ...marker, isData: false })),
      ]) {
        const atMs = timeInName(key);
        if (atMs === undefined || atMs < fromMs || atMs > toMs + lateMs) continue;
        const file = found.get(key) ?? { key, atMs, isDeleted: false, versions: 0 };
        found.set(key, {
          ...file,
          isDeleted: file.isDeleted || (IsLatest && !isData),
          versions: file.versions + (isData ? 1 : 0),
        });
      }
      next =
        IsTruncated && NextKeyMarker !== undefined
          ? { KeyMarker: NextKeyMarker, ...(NextVersionIdMarker ? { VersionIdMarker: NextVersionIdMarker } : {}) }
          : undefined;
    }
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const page = (access: AuditAccess, input: { Bucket: string; Prefix: string }) =>
  access.aws.call("s3", "ListObjectVersions", input, callOptions(access));
