import { Failure } from "../../base/failure.ts";
import type { S3Calls } from "../s3/calls.ts";
import { RANK } from "../s3/keys.ts";
import { statesOf } from "../s3/states.ts";
import { avroRecords } from "./avro.ts";
import { type Snapshot, s3Place, type TableFiles } from "./metadata.ts";
import { openVersion } from "./read-version.ts";

/** A file that the snapshot needs. */
export interface NeededFile {
  key: string;
  /** When it is restored (keys.ts). */
  rank: number;
  /** Bytes that it has to have, where the file that names it says so. */
  size?: number;
  /** The version that it has to be, where that is known. */
  version?: string;
}

/** Files that are looked at together. */
const GROUP = 2000;
/** Of a manifest's entry: the file was removed by the snapshot that wrote it (Iceberg specification, manifest entry fields). */
const DELETED = 2;

/** Where the table's files are. */
export interface TablePlace {
  bucket: string;
  /** Files elsewhere cannot be restored here; the failure names the first. */
  what: string;
}

/**
 * Every file that a snapshot needs, a group at a time: what it reads it has read in the version that is left, also when it is deleted.
 * First the files of the manifests, then manifests, manifest list and statistics; the metadata file is the caller's. Memory does not
 * grow with the number of files. Rejects with a Failure when one of the files that name others cannot be read.
 */
export async function* neededFiles(
  calls: S3Calls,
  place: TablePlace,
  table: TableFiles,
  snapshot: Snapshot,
): AsyncGenerator<NeededFile[], undefined> {
  const list = snapshot.manifestList === "" ? undefined : keyIn(place, snapshot.manifestList);
  const manifests =
    list === undefined
      ? snapshot.manifests.map((path) => ({ key: keyIn(place, path) }))
      : await manifestsOf(calls, place, list);
  for (const manifest of manifests) yield* filesOf(calls, place, manifest);
  yield manifests.map((manifest): NeededFile => ({ ...manifest, rank: RANK.manifest }));
  const statistics = table.statistics.filter(({ snapshotId }) => snapshotId === snapshot.id);
  yield statistics.map(({ path }): NeededFile => ({ key: keyIn(place, path), rank: RANK.data }));
  if (list !== undefined) yield [{ key: list, rank: RANK.manifestList }];
}

function keyIn({ bucket, what }: TablePlace, path: string): string {
  const place = s3Place(path);
  if (place?.bucket === bucket) return place.key;
  throw new Failure({
    kind: "invalid",
    what,
    why: `it has a file that is not in bucket ${bucket}: ${path}`,
    next: "Restore that bucket's files with recover-s3-deleted.",
  });
}

async function manifestsOf(calls: S3Calls, place: TablePlace, key: string): Promise<{ key: string; size: number }[]> {
  const found: { key: string; size: number }[] = [];
  for await (const record of await recordsOf(calls, place, key))
    found.push({ key: keyIn(place, String(record.manifest_path)), size: Number(record.manifest_length) });
  return found;
}

async function* filesOf(
  calls: S3Calls,
  place: TablePlace,
  manifest: { key: string; size?: number },
): AsyncGenerator<NeededFile[], undefined> {
  let group: NeededFile[] = [];
  for await (const record of await recordsOf(calls, place, manifest.key, manifest.size)) {
    if (record.status === DELETED) continue;
    const file = record.data_file as Record<string, unknown>;
    const isData = Number(file.content ?? 0) === 0;
    group.push({
      key: keyIn(place, String(file.file_path)),
      rank: isData ? RANK.data : RANK.deletes,
      // A deletion vector is a part of its file; the size is the file's all the same.
      size: Number(file.file_size_in_bytes),
    });
    if (group.length < GROUP) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/** The records of an Avro file in the newest version that holds data, of the size that it has to have where that is known. */
async function recordsOf(calls: S3Calls, { bucket, what }: TablePlace, key: string, size?: number) {
  const query = {
    bucket,
    prefix: key,
    sinceMs: 0,
    isWanted: (_key: string, bytes: number) => size === undefined || bytes === size,
  };
  const version = (await statesOf(calls, query, [key])).get(key)?.wanted;
  if (!version) {
    throw new Failure({
      kind: "not-found",
      what,
      why: `no version of ${key} is left${size === undefined ? "" : ` that has the ${size} bytes that the snapshot says`}`,
      next: "Choose another snapshot or metadata file, or copy it back from a replica (copy-back-replica).",
    });
  }
  return avroRecords(await openVersion(calls, { bucket, key, version: version.id }), `s3://${bucket}/${key}`);
}
