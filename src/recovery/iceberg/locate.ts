import { Failure, failureDetail } from "../../base/failure.ts";
import type { S3Calls } from "../s3/calls.ts";
import type { KeyState } from "../s3/key-state.ts";
import { readRange } from "../s3/read-range.ts";
import { parseTableFiles, type Snapshot, type TableFiles } from "./metadata.ts";
import { readMetadata } from "./read-version.ts";

/** A metadata file of a table, in its newest version that holds data. */
export interface MetadataFile {
  key: string;
  version: string;
  size: number;
  /** When that version was written, ms since the Unix epoch. */
  atMs: number;
  /** A marker or another version is on top. */
  isDeleted: boolean;
}

/** Metadata files that are kept of a table: the newest by their numbers. */
const KEPT = 200;
const METADATA = /\.metadata\.json(?:\.gz)?$|\.gz\.metadata\.json$/;

/** The table's metadata files below its folder, also the deleted ones, newest first. Rejects with a Failure. */
export async function metadataFiles(calls: S3Calls, bucket: string, prefix: string): Promise<MetadataFile[]> {
  let found: MetadataFile[] = [];
  const range = { bucket, prefix: `${prefix}metadata/`, from: null, to: null, after: null, sinceMs: 0 };
  for await (const states of readRange(calls, range)) {
    found.push(...states.flatMap(metadataFile));
    if (found.length > 2 * KEPT) found = found.sort(newestFirst).slice(0, KEPT);
  }
  return found.sort(newestFirst).slice(0, KEPT);
}

function metadataFile({ key, data, latest }: KeyState): MetadataFile[] {
  if (!data || !METADATA.test(key)) return [];
  return [{ key, version: data.id, size: data.size, atMs: data.atMs, isDeleted: latest.id !== data.id }];
}

/** By the number that writers begin the name with (00012-..., v12), and by time where there is none. */
function newestFirst(a: MetadataFile, b: MetadataFile): number {
  return numberOf(b.key) - numberOf(a.key) || b.atMs - a.atMs;
}

const numberOf = (key: string): number => Number(/\/v?(\d+)[^/]*$/.exec(key)?.[1] ?? -1);

/** A metadata file with what it says. */
export interface ReadTable {
  metadata: MetadataFile;
  files: TableFiles;
  /** Newer ones that could not be used, with the reason. */
  passedOver: { key: string; why: string }[];
}

/**
 * The newest of these metadata files that can be read. Rejects with a Failure when there is none.
 * @param what the table, for the failure. @param few how many are tried.
 */
export async function firstReadable(
  calls: S3Calls,
  bucket: string,
  candidates: readonly MetadataFile[],
  what: string,
  few = 5,
): Promise<ReadTable> {
  const passedOver: ReadTable["passedOver"] = [];
  for (const metadata of candidates.slice(0, few)) {
    try {
      return { metadata, files: parseTableFiles(await readMetadata(calls, { bucket, ...metadata })), passedOver };
    } catch (error) {
      // A metadata file that is no JSON, or may not be read, does not hide the one before it.
      passedOver.push({ key: metadata.key, why: failureDetail(error, metadata.key).why });
    }
  }
  const [first] = passedOver;
  throw new Failure({
    kind: "not-found",
    what,
    why: first
      ? `none of its newest metadata files can be read: ${first.key}: ${first.why}`
      : "it has no metadata file with data left",
    next: "Name one (metadata=s3://...), or look with list-s3-damage below the table's folder.",
  });
}

/** The snapshot with this id, or the current one without; undefined for a table without data. Rejects when it is not in the metadata. */
export function snapshotOf(files: TableFiles, id: string, what: string): Snapshot | undefined {
  const wanted = id === "" ? files.currentSnapshotId : id;
  if (wanted === undefined) return undefined;
  const found = files.snapshots.find((snapshot) => snapshot.id === wanted);
  if (found) return found;
  const last = files.snapshots.slice(-5).map((snapshot) => snapshot.id);
  throw new Failure({
    kind: "not-found",
    what: `snapshot ${wanted} of ${what}`,
    why: "the metadata file does not have it",
    next: `The newest ones that it has: ${last.join(", ") || "none"}. An older metadata file may have it (metadata=s3://...).`,
  });
}
