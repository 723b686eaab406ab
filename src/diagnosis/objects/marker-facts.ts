import { sanitizeLine } from "../../base/text.ts";
import type { FactReader, FactSource } from "../fact.ts";
import { jobLogs, linesOf } from "../sources/job-logs.ts";
import type { LogEvent } from "../sources/logs.ts";

/** An object whose newest version is a delete marker. */
export interface Marker {
  key: string;
  atMs: number;
}

/** What lies under one folder of the bucket, as far as it was listed. */
export interface Folder {
  /** `lakehouse/orders/` */
  prefix: string;
  /** Objects that are there. */
  live: number;
  /** Those among them below `data/`. */
  liveData: number;
  /** Objects that were deleted in the last day and are still. */
  deleted: Marker[];
  /** False: it has more versions than were listed. */
  whole: boolean;
}

export interface Folders {
  folders: Folder[];
  /** False: the bucket has more folders than were listed. */
  whole: boolean;
}

const DAY_MS = 24 * 3_600_000;
/** Folders, and pages of 1 000 versions of each, that are listed at most: some seconds at the rate that we allow ourselves. */
const MOST_FOLDERS = 60;
const PAGES = 12;

/** Deleted objects of the lakehouse bucket, folder by folder: `<namespace>/<table>/`. */
export const deletedObjects: FactSource<Folders> = {
  id: "deleted-objects",
  title: "delete markers in the lakehouse bucket",
  operations: ["s3:ListObjectVersions"],
  async fetch(reader) {
    const namespaces = await foldersUnder(reader, "");
    const nested = await Promise.all(namespaces.filter(holdsTables).map((prefix) => foldersUnder(reader, prefix)));
    const prefixes = nested.flat();
    const folders = await Promise.all(prefixes.slice(0, MOST_FOLDERS).map((prefix) => listFolder(reader, prefix)));
    return { folders, whole: prefixes.length <= MOST_FOLDERS };
  },
};

/** Athena keeps its results in the same bucket: they come and go. */
const holdsTables = (prefix: string) => !/^athena-results\//.test(prefix);

async function foldersUnder(reader: FactReader, Prefix: string): Promise<string[]> {
  const output = await reader.call("s3", "ListObjectVersions", { ...bucketOf(reader), Prefix, Delimiter: "/" });
  return (output.CommonPrefixes ?? []).flatMap(({ Prefix: prefix }) => prefix ?? []);
}

async function listFolder(reader: FactReader, prefix: string): Promise<Folder> {
  const sinceMs = reader.window.toMs - DAY_MS;
  const folder: Folder = { prefix, live: 0, liveData: 0, deleted: [], whole: true };
  let KeyMarker: string | undefined;
  let VersionIdMarker: string | undefined;
  for (let page = 0; ; page++) {
    if (page === PAGES) return { ...folder, whole: false };
    const output = await reader.call("s3", "ListObjectVersions", {
      ...bucketOf(reader),
      Prefix: prefix,
      ...(KeyMarker === undefined ? {} : { KeyMarker }),
      ...(VersionIdMarker === undefined ? {} : { VersionIdMarker }),
    });
    for (const { Key = "", IsLatest } of output.Versions ?? []) {
      if (!IsLatest) continue;
      folder.live += 1;
      if (Key.startsWith(`${prefix}data/`)) folder.liveData += 1;
    }
    for (const { Key = "", IsLatest, LastModified } of output.DeleteMarkers ?? []) {
      const atMs = LastModified?.getTime() ?? 0;
      if (IsLatest && atMs >= sinceMs) folder.deleted.push({ key: sanitizeLine(Key), atMs });
    }
    if (!output.IsTruncated) return folder;
    KeyMarker = output.NextKeyMarker;
    VersionIdMarker = output.NextVersionIdMarker;
  }
}

const bucketOf = ({ deployment, accountId }: FactReader) => ({
  Bucket: deployment.buckets.lakehouse,
  ExpectedBucketOwner: accountId,
});

/** Lines in which jobs say that a file is gone. */
export const missingFileLines: FactSource<LogEvent[]> = {
  id: "missing-file-lines",
  title: "files that jobs do not find, in their logs",
  operations: [],
  async fetch(reader) {
    const { fromMs } = reader.window;
    const lines = linesOf(await reader.need(jobLogs), "all");
    return lines.filter(({ atMs, text }) => atMs >= fromMs && /NoSuchKey|FileNotFoundError/.test(text));
  },
};
