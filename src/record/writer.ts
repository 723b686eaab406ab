import type { Clock } from "../base/clock.ts";
import { RecordDatabase } from "./database.ts";
import type { FromWorker, StampedDraft, WorkerHealth, WriterIdentity } from "./protocol.ts";
import { NewerSchemaError } from "./schema.ts";
import { isLocked, storageReason } from "./sqlite-error.ts";
import { LEASE_MS } from "./writer-life.ts";

// All in machine ms.
const GROUP_MS = 50;
const LOCK_RETRY_MS = 20;
const FAILURE_RETRY_MS = 1_000;
/** A lock that is held longer than this counts as a record that cannot be written: an intent must not wait without end. */
const LOCK_PATIENCE_MS = 10_000;
const POLL_MS = 250;
const HEARTBEAT_MS = 2_000;
const CHUNK_ENTRIES = 1_000;

const isObservation = (draft: StampedDraft) => draft.kind.startsWith("observation.") || draft.kind.startsWith("state.");

/**
 * The writing side of the record, inside the worker: queues drafts, commits observations in groups and everything else
 * alone, waits out locks, keeps what cannot be written, and follows what other writers add.
 */
export class RecordWriter {
  readonly #folder: string;
  readonly #writer: WriterIdentity;
  readonly #clock: Clock;
  readonly #post: (message: FromWorker) => void;
  #database: RecordDatabase | undefined;
  #queue: StampedDraft[] = [];
  #timer: NodeJS.Timeout | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;
  #poll: NodeJS.Timeout | undefined;
  #deliveredSeq: number | undefined;
  #health: WorkerHealth["status"] = "ok";
  #lockedSinceMs: number | undefined;
  #allowUnsaved = false;
  #isObserver = false;
  #leaseUntilMs = 0;
  #lastHeartbeatMs = Number.NEGATIVE_INFINITY;
  #announced = false;
  #closeByMs: number | undefined;
  #failedReason = "";

  constructor(folder: string, writer: WriterIdentity, clock: Clock, post: (message: FromWorker) => void) {
    this.#folder = folder;
    this.#writer = writer;
    this.#clock = clock;
    this.#post = post;
    this.#work();
    this.#poll = setInterval(() => this.#follow(), POLL_MS);
  }

  append(drafts: StampedDraft[]): void {
    for (const draft of drafts) this.#queue.push(draft);
    if (this.#health === "failed") this.#refuseIntents(this.#failedReason);
    else if (this.#lockedSinceMs === undefined) this.#schedule(drafts.every(isObservation) ? GROUP_MS : 0);
  }

  allowUnsaved(allowed: boolean): void {
    this.#allowUnsaved = allowed;
  }

  /** Sends the entries from `fromSeq` to the newest delivered one in chunks; commits go on between two chunks. */
  sendEntries(request: number, fromSeq: number): void {
    const throughSeq = this.#deliveredSeq ?? 0;
    const next = (afterSeq: number) => {
      const chunkEnd = Math.min(afterSeq + CHUNK_ENTRIES, throughSeq);
      try {
        if (!this.#database) throw new Error("the record is not open");
        const entries = this.#database.range(afterSeq, chunkEnd);
        const last = chunkEnd >= throughSeq;
        this.#post({ type: "chunk", request, entries, last });
        if (!last) setImmediate(next, chunkEnd);
      } catch (error) {
        if (isLocked(error)) setTimeout(next, LOCK_RETRY_MS, afterSeq);
        else this.#post({ type: "request-failed", request, reason: storageReason(error) });
      }
    };
    next(Math.max(0, fromSeq - 1));
  }

  sendLiveWriters(request: number): void {
    try {
      if (!this.#database) throw new Error("the record is not open");
      const alive = this.#database.liveWriters(this.#writer, this.#clock.wall());
      this.#post({ type: "writers", request, alive });
    } catch (error) {
      if (isLocked(error)) setTimeout(() => this.sendLiveWriters(request), LOCK_RETRY_MS);
      else this.#post({ type: "request-failed", request, reason: storageReason(error) });
    }
  }

  /** Writes what is pending, at most for `withinMs` machine ms, lets go of the database and says `closed`. */
  close(withinMs: number): void {
    this.#closeByMs = this.#clock.monotonic() + withinMs;
    this.#schedule(0);
  }

  #schedule(delayMs: number): void {
    const dueMs = this.#clock.monotonic() + delayMs;
    if (this.#timer && this.#timerDueMs <= dueMs) return;
    clearTimeout(this.#timer);
    this.#timerDueMs = dueMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#work();
    }, delayMs);
  }

  #work(): void {
    try {
      this.#open();
      while (this.#queue.length > 0) this.#commitNext();
      this.#beat();
      this.#announce(this.#database?.notice ?? "");
      this.#recovered();
      if (this.#closeByMs !== undefined) this.#finish();
    } catch (error) {
      this.#failed(error);
    }
  }

  #open(): void {
    if (this.#database) return;
    this.#database = new RecordDatabase(this.#folder);
    this.#deliveredSeq ??= this.#database.headSeq();
  }

  #announce(notice: string): void {
    if (this.#announced) return;
    this.#announced = true;
    this.#post({ type: "opened", notice });
  }

  /** Commits the observations at the head of the queue as one group, or the one draft there that stands alone. */
  #commitNext(): void {
    const firstAlone = this.#queue.findIndex((draft) => !isObservation(draft));
    const count = firstAlone === -1 ? this.#queue.length : Math.max(1, firstAlone);
    this.#database?.append(this.#queue.slice(0, count));
    this.#queue.splice(0, count);
    this.#deliver();
    this.#recovered();
  }

  /** Posts what is in the record and was not posted yet. A lock only delays it: the next poll comes soon. */
  #deliver(): void {
    if (!this.#database || this.#deliveredSeq === undefined) return;
    const head = this.#database.headSeq();
    while (this.#deliveredSeq < head) {
      const chunkEnd = Math.min(this.#deliveredSeq + CHUNK_ENTRIES, head);
      const entries = this.#database.range(this.#deliveredSeq, chunkEnd);
      this.#deliveredSeq = chunkEnd;
      this.#post({ type: "committed", entries });
    }
  }

  #follow(): void {
    if (this.#health === "failed" || this.#lockedSinceMs !== undefined) return;
    try {
      this.#deliver();
      this.#beat();
    } catch (error) {
      if (isLocked(error)) this.#renounceExpiredLease();
      else this.#failed(error);
    }
  }

  #beat(): void {
    const now = this.#clock.monotonic();
    if (!this.#database || now - this.#lastHeartbeatMs < HEARTBEAT_MS) return;
    const isObserver = this.#database.heartbeat(this.#writer, this.#clock.wall());
    this.#lastHeartbeatMs = now;
    this.#leaseUntilMs = now + LEASE_MS;
    this.#setObserver(isObserver);
  }

  #setObserver(isObserver: boolean): void {
    if (this.#isObserver === isObserver) return;
    this.#isObserver = isObserver;
    this.#post({ type: "observer", isObserver });
  }

  #renounceExpiredLease(): void {
    if (this.#clock.monotonic() > this.#leaseUntilMs) this.#setObserver(false);
  }

  #recovered(): void {
    this.#lockedSinceMs = undefined;
    if (this.#health === "ok") return;
    this.#health = "ok";
    this.#post({ type: "health", health: { status: "ok" } });
  }

  #failed(error: unknown): void {
    const now = this.#clock.monotonic();
    this.#renounceExpiredLease();
    if (isLocked(error)) this.#lockedSinceMs ??= now;
    const waitedMs = now - (this.#lockedSinceMs ?? now);
    if (this.#closeByMs !== undefined && now >= this.#closeByMs) this.#finish();
    else if (error instanceof NewerSchemaError && !this.#announced) {
      this.#announced = true;
      this.#post({ type: "request-failed", request: 0, reason: error.message });
    } else if (isLocked(error) && waitedMs < LOCK_PATIENCE_MS) this.#wait();
    else {
      // A handle that saw the disk fail may stay useless after the disk is back; one that is only locked does not.
      if (!isLocked(error)) this.#closeQuietly();
      this.#giveUp(storageReason(error));
    }
  }

  #wait(): void {
    if (this.#health === "ok") {
      this.#health = "slow";
      this.#post({ type: "health", health: { status: "slow" } });
    }
    this.#schedule(LOCK_RETRY_MS);
  }

  #giveUp(reason: string): void {
    const isNews = this.#health !== "failed" || this.#failedReason !== reason;
    this.#health = "failed";
    this.#failedReason = reason;
    if (isNews) this.#post({ type: "health", health: { status: "failed", reason, refused: [] } });
    this.#refuseIntents(reason);
    this.#announce("");
    // The next try has to write something, even with nothing to save: only that shows that the disk is back.
    this.#lastHeartbeatMs = Number.NEGATIVE_INFINITY;
    this.#schedule(FAILURE_RETRY_MS);
  }

  /** An intent that could not be made durable must not be sent: it is dropped, unless the responder overrode that. */
  #refuseIntents(reason: string): void {
    if (this.#allowUnsaved) return;
    const refused = this.#queue.filter((draft) => draft.kind === "step.intent").map((draft) => draft.id);
    if (refused.length === 0) return;
    this.#queue = this.#queue.filter((draft) => draft.kind !== "step.intent");
    this.#post({ type: "health", health: { status: "failed", reason, refused } });
  }

  #finish(): void {
    clearInterval(this.#poll);
    clearTimeout(this.#timer);
    try {
      this.#database?.signOff(this.#writer.writerId);
    } catch (error) {
      // The lease runs out by itself: a lock or a full disk at the very end costs nobody anything.
      if (!(error instanceof Error && "errcode" in error)) throw error;
    }
    this.#closeQuietly();
    this.#post({ type: "closed", unsaved: this.#queue.length });
  }

  #closeQuietly(): void {
    try {
      this.#database?.close();
    } catch (error) {
      // Closing after a failed disk may fail once more; everything committed is on the disk already.
      if (!(error instanceof Error && "errcode" in error)) throw error;
    }
    this.#database = undefined;
  }
}
