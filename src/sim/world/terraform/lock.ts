import { setStateDigest } from "../lakehouse-tables.ts";
import { type RandomStream, randomUuid } from "../random.ts";
import { md5Of, textContent } from "../s3/content.ts";
import type { World } from "../world.ts";

/** What Terraform's S3 backend writes into the lock item (its LockInfo). */
export interface LockInfo {
  ID: string;
  Operation: string;
  Info: string;
  Who: string;
  Version: string;
  Created: string;
  Path: string;
}

const lockKey = ({ names }: World) => ({ LockID: { S: `${names.stateBucket}/${names.stateKey}` } });
const digestKey = ({ names }: World) => ({ LockID: { S: `${names.stateBucket}/${names.stateKey}-md5` } });
const lockTable = ({ dynamodb, names }: World) => dynamodb.byName.get(names.lockTable);

/** Who holds the lock of the state, undefined when it is free. What is no LockInfo counts as held by nobody known. */
export function lockHolder(world: World): Partial<LockInfo> | undefined {
  const item = lockTable(world)?.get(lockKey(world));
  if (!item) return undefined;
  try {
    return JSON.parse(item.Info?.S ?? "{}") as Partial<LockInfo>;
  } catch {
    return {};
  }
}

/** Takes the lock as an apply does. @returns its info, undefined when somebody else has it. */
export function takeLock(world: World, who: string, random: RandomStream): LockInfo | undefined {
  const { names, kernel } = world;
  if (lockHolder(world)) return undefined;
  const info: LockInfo = {
    ID: randomUuid(random),
    Operation: "OperationTypeApply",
    Info: "",
    Who: who,
    Version: "1.9.8",
    Created: new Date(kernel.nowMs).toISOString(),
    Path: `${names.stateBucket}/${names.stateKey}`,
  };
  lockTable(world)?.put({ ...lockKey(world), Info: { S: JSON.stringify(info) } }, kernel.nowMs);
  return info;
}

/** Gives the lock back, unless it is another one by now. @returns whether it was still held. */
export function releaseLock(world: World, lock: LockInfo): boolean {
  if (lockHolder(world)?.ID !== lock.ID) return false;
  lockTable(world)?.set(lockKey(world), undefined, world.kernel.nowMs);
  return true;
}

/** The digest that Terraform expects of the state, hexadecimal; undefined without an item. */
export function expectedDigest(world: World): string | undefined {
  return lockTable(world)?.get(digestKey(world))?.Digest?.S;
}

/** MD5 of the current state object, hexadecimal; undefined when there is none. */
export function stateDigest(world: World): string | undefined {
  const content = world.storage.state.latest(world.names.stateKey)?.content;
  return content && md5Of(content).toString("hex");
}

/** The current state, parsed; undefined when there is none that can be read. */
export function currentState(world: World): Record<string, unknown> | undefined {
  const content = world.storage.state.latest(world.names.stateKey)?.content;
  if (!content) return undefined;
  try {
    return JSON.parse(Buffer.from(content.bytes(0, content.size)).toString("utf8"));
  } catch {
    return undefined;
  }
}

/** Writes a state object. @param withDigest as Terraform does it; without, as a raw copy leaves it. */
export function writeState(world: World, state: object, withDigest: boolean): void {
  const { storage, names, kernel } = world;
  const bucket = storage.state;
  const content = textContent(`${JSON.stringify(state, undefined, 2)}\n`);
  const details = { ...bucket.defaultDetails, contentType: "application/json" };
  bucket.write(names.stateKey, content, { atMs: kernel.nowMs, origin: "world", details });
  if (withDigest) setStateDigest(world, md5Of(content).toString("hex"), kernel.nowMs);
}
