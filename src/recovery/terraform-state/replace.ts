import { join } from "node:path";
import { Failure, type FailureDetail, failureDetail } from "../../base/failure.ts";
import { describeLock, type HeldLock, type LockInfo } from "./lock-info.ts";
import {
  foreignLock,
  type LockChange,
  type Locks,
  readLocks,
  releaseLockFile,
  releaseTableLock,
  takeLockFile,
  takeTableLock,
  writeDigest,
} from "./locks.ts";
import { deleteState, fetchVersion, headState, putState, readVersion, type StateObject, uploadOf } from "./object.ts";
import { lockPath, type StateAccess } from "./place.ts";
import {
  copyName,
  NO_OBJECT,
  type ReplaceContext,
  type ReplaceOutput,
  type ReplaceRequest,
  type Stage,
} from "./replacement-contract.ts";

export interface Replaced {
  output: ReplaceOutput;
  requestIds: string[];
  notes: string[];
  /** Set: something was changed, and then it could not go on. Our lock is kept: nobody applies with half of it. */
  failure?: FailureDetail;
  /** With `failure`: it is not known whether the object was written. */
  inDoubt?: boolean;
}

/** What `Operation` says in our lock. */
const OPERATION = "mayday recovery";
/** A digest that gets no answer is tried so often: it is the same value each time, under our own lock. */
const DIGEST_ATTEMPTS = 3;

/**
 * Changes the state as Terraform would: takes the lock, writes the object on condition that it is the one that the plan saw, sets the
 * digest and gives the lock back, each with a fresh identity check before and a checkpoint after it.
 *
 * Rejects with a Failure when nothing was changed: then the lock is given back, or was never ours. What goes wrong after that is in the
 * result, with our lock still held.
 */
export function replaceState(request: ReplaceRequest, context: ReplaceContext): Promise<Replaced> {
  return new Replacement(request, context).carryOut();
}

/** What is sent, and how the object is described. */
interface Prepared {
  upload?: Awaited<ReturnType<typeof uploadOf>>;
  like?: StateObject;
  md5: string;
  serial: number | null;
}

class Replacement {
  readonly #request: ReplaceRequest;
  readonly #context: ReplaceContext;
  /** Calls that change something are not called back: what came of them has to be known. */
  readonly #writing: StateAccess;
  readonly #requestIds: string[] = [];
  readonly #notes: string[] = [];
  #stage: Stage = "nothing";
  #current = NO_OBJECT;
  #inDoubt = false;

  constructor(request: ReplaceRequest, context: ReplaceContext) {
    this.#request = request;
    this.#context = context;
    this.#writing = { aws: context.aws };
  }

  async carryOut(): Promise<Replaced> {
    await this.#context.checkCaller();
    const prepared = await this.#prepare();
    try {
      const locks = await this.#lock(prepared);
      await this.#requireCurrent();
      await this.#change(prepared);
      await this.#digest(prepared, locks);
      await this.#release();
    } catch (error) {
      return this.#stopped(error, prepared);
    }
    return this.#result(prepared);
  }

  #result({ md5, serial }: Prepared): Replaced {
    const output = { stage: this.#stage, current: this.#current, lockId: this.#request.lock.id, md5, serial };
    return { output, requestIds: this.#requestIds, notes: this.#notes };
  }

  async #at(stage: Stage, detail: Parameters<ReplaceContext["checkpoint"]>[1] = {}): Promise<void> {
    this.#stage = stage;
    await this.#context.checkpoint(stage, detail);
  }

  /** Downloads and inspects what is to be written. Nothing is locked while that takes. */
  async #prepare(): Promise<Prepared> {
    const { change, place } = this.#request;
    const { folder, progress } = this.#context;
    if (change.kind !== "write") return { md5: change.kind === "keep" ? change.md5 : "", serial: null };
    progress("downloading and inspecting the version");
    const copy = await fetchVersion(place, change, join(folder, copyName(change.versionId)), this.#context);
    const { lineage, problem } = copy.state;
    if (change.lineage !== null && (problem !== undefined || lineage !== change.lineage))
      throw refused(
        `version ${change.versionId} is not the state that was planned: ${problem ?? `lineage ${lineage}`}`,
      );
    const like = await headState(place, change.versionId, this.#context);
    const upload = await uploadOf(copy, change.serial);
    return { upload, md5: upload.md5, serial: change.serial, ...(like ? { like } : {}) };
  }

  async #lock({ like }: Prepared): Promise<Locks> {
    const { place, usesTable, usesFile, lock } = this.#request;
    this.#context.signal?.throwIfAborted();
    this.#context.progress("taking the lock");
    let locks = await this.#freeLocks();
    const info: LockInfo = {
      ID: lock.id,
      Operation: OPERATION,
      Info: lock.info,
      Who: lock.who,
      Version: "mayday",
      Created: new Date(this.#context.now()).toISOString(),
      Path: lockPath(place),
    };
    if (locks.file ?? locks.item) this.#notes.push("our own lock was still held from a run that was cut off");
    // The order of Terraform itself: two who lock at once never wait for each other.
    try {
      if (usesFile && !locks.file)
        await this.#sent(() => takeLockFile(place, info, like?.encryption ?? {}, this.#writing));
      if (usesTable && !locks.item) await this.#sent(() => takeTableLock(place, info, this.#writing));
    } catch (error) {
      await this.#freeLocks();
      throw error;
    }
    locks = await this.#freeLocks();
    if ((usesFile && !locks.file) || (usesTable && !locks.item))
      throw refused("our lock is not there after it was taken");
    await this.#at("locked", { lockId: lock.id });
    return locks;
  }

  /** The locks as they are. @throws Failure refused when one of them is somebody else's. */
  async #freeLocks(): Promise<Locks> {
    const { place, usesFile, lock } = this.#request;
    const locks = await readLocks(place, usesFile, this.#context);
    const foreign = foreignLock(locks, lock.id);
    if (foreign) throw lockedBy(foreign);
    return locks;
  }

  async #requireCurrent(): Promise<void> {
    const { place, current } = this.#request;
    this.#context.signal?.throwIfAborted();
    const now = await headState(place, undefined, this.#context);
    this.#current = now ? { versionId: now.versionId, etag: now.etag } : NO_OBJECT;
    if (this.#current.etag === current.etag && this.#current.versionId === current.versionId) return;
    const found = now ? `version ${now.versionId} is current now` : "there is no current object now";
    throw refused(`the state is no longer as the plan found it: ${found}`);
  }

  async #change(prepared: Prepared): Promise<void> {
    const { place, change } = this.#request;
    const { upload, like, md5, serial } = prepared;
    const current = this.#current.etag === "" ? null : this.#current;
    if (change.kind === "keep") return;
    // The undo of a run that never came to writing: there is nothing to take back, and the digest is as it was.
    const isThere = change.kind === "write" ? change.versionId === current?.versionId : current === null;
    if (isThere) {
      prepared.md5 = "";
      return;
    }
    this.#context.progress(change.kind === "delete" ? "putting the delete marker back" : "writing the state");
    await this.#at("writing", { md5, serial });
    await this.#context.checkCaller();
    this.#context.signal?.throwIfAborted();
    try {
      if (change.kind === "delete" && current) this.#requestIds.push(await deleteState(place, current, this.#writing));
      else if (upload && like) {
        const written = await putState(place, upload, current, like, this.#writing);
        this.#requestIds.push(written.requestId);
      }
    } catch (error) {
      await this.#settleDoubt(error, md5);
      this.#notes.push(`no answer to the write (${failureDetail(error, "write").why}), but it is there`);
    }
    const now = await this.#afterWrite(() => headState(place, undefined, this.#writing));
    this.#current = now ? { versionId: now.versionId, etag: now.etag } : NO_OBJECT;
    await this.#at("written", { ...this.#current, md5, serial });
  }

  /** Returns when a write without an answer was made after all. @throws its Failure when it was not. */
  async #settleDoubt(error: unknown, md5: string): Promise<void> {
    const { kind } = failureDetail(error, "write");
    const mayBeThere = kind === "unreachable" || kind === "bug";
    if (!mayBeThere) throw error;
    const { place } = this.#request;
    const now = await this.#afterWrite(async () => {
      const head = await headState(place, undefined, this.#writing);
      return head ? (await readVersion(place, head.versionId, this.#writing)).md5 : "";
    });
    if (now !== md5) throw error;
  }

  /** A read after the write: when it fails it is not known what is there, and the lock is kept. */
  async #afterWrite<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      this.#inDoubt = true;
      throw error;
    }
  }

  async #digest({ md5 }: Prepared, { digest: before }: Locks): Promise<void> {
    const { place, usesTable, change } = this.#request;
    const after = change.kind === "delete" ? change.digest : md5;
    if (!usesTable || after === null || after === "" || after === before) return;
    this.#context.progress("setting the digest");
    for (let attempt = 1; ; attempt++) {
      await this.#context.checkCaller();
      try {
        await this.#sent(() => writeDigest(place, { before, after }, this.#writing));
        break;
      } catch (error) {
        if (attempt === DIGEST_ATTEMPTS || failureDetail(error, "digest").kind !== "unreachable") throw error;
      }
    }
    await this.#at("digest", { digest: after });
  }

  async #release(): Promise<void> {
    this.#context.progress("giving the lock back");
    await this.#releaseOwn();
    await this.#at("released");
  }

  /** Gives back whatever lock has our id, and no other. */
  async #releaseOwn(): Promise<void> {
    const { place, usesFile, lock } = this.#request;
    const { item, file } = await readLocks(place, usesFile, this.#writing);
    const isOurs = (held: HeldLock | undefined): held is HeldLock => held?.info.ID === lock.id;
    if (isOurs(item)) await this.#sent(() => releaseTableLock(place, item, this.#writing));
    if (isOurs(file)) await this.#sent(() => releaseLockFile(place, file, this.#writing));
  }

  async #sent(send: () => Promise<LockChange>): Promise<void> {
    await this.#context.checkCaller();
    const { requestId, wasSilent } = await send();
    if (requestId !== "") this.#requestIds.push(requestId);
    if (wasSilent) this.#notes.push("a call got no answer, and reading it back showed that it was done");
  }

  async #stopped(error: unknown, prepared: Prepared): Promise<Replaced> {
    const isUnchanged = this.#stage === "nothing" || this.#stage === "locked" || this.#stage === "writing";
    const failure = failureDetail(
      this.#context.signal?.aborted ? this.#context.signal.reason : error,
      "replace the state",
    );
    if (isUnchanged && !this.#inDoubt) {
      try {
        await this.#releaseOwn();
      } catch (unreleased) {
        const why = `${failure.why}; and our own lock could not be given back: ${failureDetail(unreleased, "lock").why}`;
        this.#stage = "locked";
        return { ...this.#result(prepared), failure: { ...failure, why, next: this.#next() } };
      }
      throw error;
    }
    return { ...this.#result(prepared), failure: { ...failure, next: this.#next() }, inDoubt: this.#inDoubt };
  }

  #next(): string {
    const { id } = this.#request.lock;
    return `Run mend-terraform-state (a): it sets the digest and gives our lock back; or undo (z). terraform force-unlock ${id} takes the lock away, too.`;
  }
}

/** A state that somebody else has locked is left alone. */
export function lockedBy(lock: HeldLock): Failure {
  return new Failure({
    kind: "refused",
    what: "lock the Terraform state",
    why: `the state is locked by ${describeLock(lock)}`,
    next: "Nothing was written. Wait until it is done; if it is dead for certain, release its lock with release-terraform-lock first.",
  });
}

function refused(why: string): Failure {
  return new Failure({
    kind: "refused",
    what: "replace the Terraform state",
    why,
    next: "Nothing was written. Prepare the action again to see the present state.",
  });
}
