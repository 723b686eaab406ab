import type { Readable } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { Failure, failureDetail } from "../../base/failure.ts";
import { type HeldLock, heldLock, type LockInfo } from "./lock-info.ts";
import { callOptions, digestPath, lockFileKey, lockPath, type StateAccess, type StatePlace } from "./place.ts";

/** How Terraform locks this state, and who holds it now. */
export interface Locks {
  /** DynamoDB locking is in use: its lock is taken, and its digest kept. */
  usesTable: boolean;
  /** S3's own lock object is in use. */
  usesFile: boolean;
  item?: HeldLock;
  file?: HeldLock;
  /** MD5 that Terraform expects of the state, hexadecimal. */
  digest?: string;
}

/** Longer objects are no locks. */
const LOCK_BYTES = 64 * 1024;

const failedWith = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Failure && error.detail.code !== undefined && codes.includes(error.detail.code);

/**
 * Reads both kinds of lock and the digest. @param hasLockFile whether the lock object has or had a version: then S3 locking is in use;
 * the table is in use when it holds something of this state, or when nothing speaks for the other kind.
 * Rejects with the Failure of the call, unless the table does not exist.
 */
export async function readLocks(place: StatePlace, hasLockFile: boolean, access: StateAccess): Promise<Locks> {
  const [table, file] = await Promise.all([readTable(place, access), readLockFile(place, access)]);
  const usesFile = hasLockFile || file !== undefined || table === undefined;
  const inTable = table?.item !== undefined || table?.digest !== undefined;
  return {
    usesTable: table !== undefined && (inTable || !usesFile),
    usesFile,
    ...(table?.item ? { item: table.item } : {}),
    ...(table?.digest ? { digest: table.digest } : {}),
    ...(file ? { file } : {}),
  };
}

/** Lock and digest of the table; undefined where there is no such table. */
async function readTable(place: StatePlace, access: StateAccess): Promise<Pick<Locks, "item" | "digest"> | undefined> {
  if (place.lockTable === undefined) return undefined;
  try {
    const [lock, digest] = await Promise.all([
      getItem(place.lockTable, lockPath(place), access),
      getItem(place.lockTable, digestPath(place), access),
    ]);
    return {
      ...(lock ? { item: heldLock(lock.Info?.S ?? "") } : {}),
      ...(digest?.Digest?.S ? { digest: digest.Digest.S } : {}),
    };
  } catch (error) {
    if (failedWith(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}

async function getItem(table: string, id: string, access: StateAccess) {
  const input = { TableName: table, Key: { LockID: { S: id } }, ConsistentRead: true };
  return (await access.aws.call("dynamodb", "GetItem", input, callOptions(access))).output.Item;
}

async function readLockFile(place: StatePlace, access: StateAccess): Promise<HeldLock | undefined> {
  try {
    const where = { Bucket: place.bucket, Key: lockFileKey(place) };
    const { output } = await access.aws.call("s3", "GetObject", where, callOptions(access));
    if ((output.ContentLength ?? 0) > LOCK_BYTES) {
      (output.Body as Readable | undefined)?.destroy();
      return heldLock("", output.ETag);
    }
    return heldLock(output.Body ? await textOf(output.Body as Readable) : "", output.ETag);
  } catch (error) {
    if (failedWith(error, "NoSuchKey")) return undefined;
    throw error;
  }
}

/** The first lock that somebody else holds: not the one with our ID. */
export function foreignLock({ item, file }: Locks, ownId: string): HeldLock | undefined {
  return [item, file].find((lock) => lock !== undefined && lock.info.ID !== ownId);
}

/** What a change of a lock came to. */
export interface LockChange {
  requestId: string;
  /** No answer came, and reading it back told that it was done. */
  wasSilent?: true;
}

/**
 * Takes the lock of the table, on condition that nobody has it. A call without an answer is told by reading back.
 * @throws Failure refused when somebody else has it, else that of the call: then it is not held.
 */
export async function takeTableLock(place: StatePlace, info: LockInfo, access: StateAccess): Promise<LockChange> {
  const input = {
    TableName: place.lockTable ?? "",
    Item: { LockID: { S: lockPath(place) }, Info: { S: JSON.stringify(info) } },
    ConditionExpression: "attribute_not_exists(LockID)",
  };
  return changed(
    async () => (await access.aws.call("dynamodb", "PutItem", input, callOptions(access))).requestId,
    async () => (await readTable(place, access))?.item?.info.ID === info.ID,
  );
}

/** The same for S3's own lock. @param encryption that of the state, as Terraform's own lock objects have it. */
export async function takeLockFile(
  place: StatePlace,
  info: LockInfo,
  encryption: object,
  access: StateAccess,
): Promise<LockChange> {
  const input = {
    Bucket: place.bucket,
    Key: lockFileKey(place),
    Body: JSON.stringify(info),
    ContentType: "application/json",
    IfNoneMatch: "*",
    ...encryption,
  };
  return changed(
    async () => (await access.aws.call("s3", "PutObject", input, callOptions(access))).requestId,
    async () => (await readLockFile(place, access))?.info.ID === info.ID,
  );
}

/** Gives the table's lock back, on condition that it still is this one. */
export async function releaseTableLock(place: StatePlace, lock: HeldLock, access: StateAccess): Promise<LockChange> {
  const input = {
    TableName: place.lockTable ?? "",
    Key: { LockID: { S: lockPath(place) } },
    ConditionExpression: "Info = :held",
    ExpressionAttributeValues: { ":held": { S: lock.text } },
  };
  return changed(
    async () => (await access.aws.call("dynamodb", "DeleteItem", input, callOptions(access))).requestId,
    async () => (await readTable(place, access))?.item?.text !== lock.text,
  );
}

/** Gives S3's own lock back: a delete marker on its object, on condition that it still is this one. */
export async function releaseLockFile(place: StatePlace, lock: HeldLock, access: StateAccess): Promise<LockChange> {
  const where = { Bucket: place.bucket, Key: lockFileKey(place) };
  const input = { ...where, IfMatch: lock.etag ?? "" };
  // Read again right before: a delete marker goes only on what is surely current.
  await access.aws.call("s3", "HeadObject", where, callOptions(access));
  return changed(
    async () => (await access.aws.call("s3", "DeleteObject", input, callOptions(access))).requestId,
    async () => (await readLockFile(place, access))?.etag !== lock.etag,
  );
}

/** Sets the digest, on condition that it is what was read before. */
export async function writeDigest(
  place: StatePlace,
  digest: { before: string | undefined; after: string },
  access: StateAccess,
): Promise<LockChange> {
  const { before, after } = digest;
  const input = {
    TableName: place.lockTable ?? "",
    Item: { LockID: { S: digestPath(place) }, Digest: { S: after } },
    ...(before === undefined
      ? { ConditionExpression: "attribute_not_exists(Digest)" }
      : {
          ConditionExpression: "Digest = :before",
          ExpressionAttributeValues: { ":before": { S: before } },
        }),
  };
  return changed(
    async () => (await access.aws.call("dynamodb", "PutItem", input, callOptions(access))).requestId,
    async () => (await readTable(place, access))?.digest === after,
  );
}

/** Sends a change; where no answer comes (or a broken one) what is there now tells whether it was made. */
async function changed(send: () => Promise<string>, isThere: () => Promise<boolean>): Promise<LockChange> {
  try {
    return { requestId: await send() };
  } catch (error) {
    const { kind } = failureDetail(error, "change");
    if ((kind === "unreachable" || kind === "bug") && (await isThere())) return { requestId: "", wasSilent: true };
    throw error;
  }
}
