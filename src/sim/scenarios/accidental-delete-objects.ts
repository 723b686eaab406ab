import { hashText } from "../world/random.ts";
import type { Bucket } from "../world/s3/bucket.ts";
import { GeneratedContent, md5Of, type ObjectContent } from "../world/s3/content.ts";
import { ObjectHands } from "../world/s3/hands.ts";
import type { World } from "../world/world.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const KEYS_PER_CALL = 1000;
const FILES_PER_DAY = 2_000;
/** Every so many archive files one was removed by maintenance, and one has been written again since. */
const MAINTENANCE_EVERY = 61;
const REWRITTEN_EVERY = 97;
/** Every so many archive files one has two versions. */
const OVERWRITTEN_EVERY = 4;

/** Virtual ms relative to the scenario's start. The job starts again every hour, as long as it may. */
const TIMES = { maintenance: -55 * MINUTE_MS, job: -32 * MINUTE_MS, writers: -21 * MINUTE_MS, spill: -14 * MINUTE_MS };
const JOB_EVERY_MS = 60 * MINUTE_MS;
/** Between two DeleteObjects calls of the job. */
const CALL_MS = 900;

export interface DeletionSize {
  /** Objects that the job deletes, about. */
  objects: number;
  /** Versions in the lakehouse bucket when it is through, markers included; at least about twice the objects. */
  versions: number;
}

/** What the job did, and what must not be touched. */
export interface Deletion {
  /** By key: what the job deleted, as it was. */
  lost: Map<string, ObjectContent>;
  /** Keys that were removed on purpose. */
  removed: Set<string>;
  /** By key: what other writers have put in place of what the job deleted. */
  rewritten: Map<string, ObjectContent>;
  /** Whether the job may still delete. */
  jobMayDelete(): boolean;
}

const archiveKey = (index: number) => {
  const day = new Date(Date.UTC(2024, 0, 1) + Math.floor(index / FILES_PER_DAY) * DAY_MS).toISOString().slice(0, 10);
  return `lakehouse/click_archive/data/day=${day}/part-${String(index % FILES_PER_DAY).padStart(5, "0")}.parquet`;
};

const fileContent = (key: string, salt = 0) => {
  const hash = hashText(`${key}${salt}`);
  return new GeneratedContent(hash, 20_000 + (hash % 380_000));
};

/** Whether two contents are the same bytes. */
export function sameContent(a: ObjectContent, b: ObjectContent): boolean {
  return a === b || (a.size === b.size && md5Of(a).equals(md5Of(b)));
}

/** Fills the archive in the order of its keys. @returns the keys that the job finds, and those that maintenance removes. */
function fillArchive(bucket: Bucket, size: DeletionSize, atMs: number): { targets: string[]; obsolete: string[] } {
  const details = { ...bucket.defaultDetails, contentType: "application/octet-stream" };
  const targets: string[] = [];
  const obsolete: string[] = [];
  let left = Math.max(size.versions - size.objects, size.objects);
  for (let index = 0; left > 0; index++) {
    const key = archiveKey(index);
    const count = index % OVERWRITTEN_EVERY === 0 ? 2 : 1;
    for (let version = 0; version < count; version++) {
      bucket.write(key, fileContent(key, version), { atMs: atMs + version * DAY_MS, origin: "world", details });
    }
    left -= count;
    if (targets.length >= size.objects) continue;
    if (index % MAINTENANCE_EVERY === 7) obsolete.push(key);
    else targets.push(key);
  }
  return { targets, obsolete };
}

/**
 * Puts an accidental deletion in place: a cleanup job deletes the data files of two tables, one's metadata file and most of an
 * archive half an hour before the scenario's start, and again every hour while it may. Before that Iceberg maintenance removes
 * files on purpose; afterwards other writers go on, write some keys again and remove files of their own.
 * Time and memory grow evenly with the number of versions.
 */
export function arrangeAccidentalDelete(world: World, size: DeletionSize): Deletion {
  const { kernel, epochMs, names } = world;
  const bucket = world.storage.lakehouse;
  const [events, orders] = ["event_stream", "orders"].map((name) => world.storage.tables.get(name)!);
  const keyOf = (path: string) => path.slice(`s3://${bucket.name}/`.length);
  const tableKeys = [events!, orders!].flatMap((table) => table.dataFiles.map(({ path }) => keyOf(path)));
  const fromTables = [...tableKeys, orders!.metadataKey];
  const archived = Math.max(0, size.objects - fromTables.length);
  const { targets, obsolete } = fillArchive(bucket, { ...size, objects: archived }, epochMs - 21 * DAY_MS);
  const found = [...fromTables, ...targets];
  const handsOf = (role: string, session: string, userAgent: string) => {
    const by = world.principals.roleSession(role, session);
    return { by, hands: new ObjectHands(world, { by, userAgent, sourceAddress: "10.0.11.200" }) };
  };
  const job = handsOf("platform-engineer", "nightly-cleanup", "Boto3/1.40.49 md/Botocore#1.40.49 lang/python#3.12.11");
  const dagster = handsOf(`${names.prefix}-dagster-task`, "dagster", "aws-sdk-java/2.33.0 Iceberg/1.10.0");
  const maintenance = handsOf(
    `${names.prefix}-dagster-task`,
    "iceberg-maintenance",
    "aws-sdk-java/2.33.0 Iceberg/1.10.0",
  );
  const firstArn = `arn:aws:s3:::${bucket.name}/${found[0]}`;
  const deletion: Deletion = {
    lost: new Map(),
    removed: new Set(),
    rewritten: new Map(),
    jobMayDelete: () => world.authorization.mayDo(job.by, "s3:DeleteObject", firstArn),
  };

  const removeOnPurpose = (keys: readonly string[]) => {
    for (const key of keys) {
      maintenance.hands.delete(bucket, key);
      deletion.removed.add(key);
    }
  };
  kernel.at(epochMs + TIMES.maintenance, () => removeOnPurpose(obsolete));

  const cleanUp = () => {
    if (!deletion.jobMayDelete()) {
      world.journal.note(kernel.nowMs, "nightly-cleanup was refused: AccessDenied");
      return;
    }
    for (let from = 0; from < found.length; from += KEYS_PER_CALL) {
      kernel.after((from / KEYS_PER_CALL) * CALL_MS, () => deleteCurrent(found.slice(from, from + KEYS_PER_CALL)));
    }
  };
  const deleteCurrent = (keys: readonly string[]) => {
    const current = keys.filter((key) => bucket.latest(key)?.content);
    for (const key of current) {
      deletion.lost.set(key, bucket.latest(key)!.content!);
      deletion.rewritten.delete(key);
    }
    job.hands.deleteObjects(bucket, current);
    world.journal.note(kernel.nowMs, `nightly-cleanup deleted ${current.length} objects`);
  };
  kernel.every(epochMs + TIMES.job, JOB_EVERY_MS, cleanUp);

  kernel.at(epochMs + TIMES.writers, () => {
    for (const key of targets.filter((_, index) => index % REWRITTEN_EVERY === 11)) {
      const content = fileContent(key, 9);
      dagster.hands.put(bucket, key, content);
      deletion.lost.delete(key);
      deletion.rewritten.set(key, content);
    }
  });
  const spilled = Array.from({ length: 12 }, (_, index) => `lakehouse/click_archive/data/_spill/${index}.parquet`);
  kernel.at(epochMs + TIMES.spill, () => {
    for (const key of spilled) dagster.hands.put(bucket, key, fileContent(key));
  });
  kernel.at(epochMs + TIMES.spill + 3 * MINUTE_MS, () => removeOnPurpose(spilled));
  let written = 0;
  kernel.every(epochMs + TIMES.writers, 7 * MINUTE_MS, () => {
    const today = new Date(kernel.nowMs).toISOString().slice(0, 10);
    const key = `lakehouse/click_archive/data/day=${today}/part-${String(written++).padStart(5, "0")}.parquet`;
    dagster.hands.put(bucket, key, fileContent(key));
  });
  return deletion;
}
