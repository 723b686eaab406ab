import { randomUUID } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { Failure } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import type { Recorder, RecorderHealth } from "./contract.ts";
import { stamp, unsavedEntry } from "./draft.ts";
import type { Actor, RecordDraft, RecordEntry } from "./entries.ts";
import type { FromWorker, StampedDraft, WorkerHealth, WriterIdentity } from "./protocol.ts";
import { hostName, machineBootId } from "./this-machine.ts";
import { WorkerLink } from "./worker-link.ts";

export interface RecorderOptions {
  /** The incident's folder, absolute; made when it does not exist. */
  folder: string;
  incidentId: string;
  clock: Clock;
  /** Who acts now: asked for every entry. */
  actor: () => Actor;
  /** This boot of this machine; the kernel's own id when left out. */
  bootId?: string;
  /** Where the worker's code lies, when it is neither beside the source nor beside the bundle. */
  workerUrl?: URL | string;
}

/** Machine ms without any commit, while something is pending, after which the record counts as slow. */
const SLOW_AFTER_MS = 1_000;
/** Machine ms that closing waits for what is pending: for another process's lock, and for a disk that failed. */
const CLOSE_LOCKED_MS = 5_000;
const CLOSE_FAILED_MS = 2_000;
/** Machine ms for letting go of the database, with nothing left to write. */
const SIGN_OFF_MS = 1_000;

interface Pending {
  draft: StampedDraft;
  resolve: (entry: RecordEntry) => void;
  reject: (error: unknown) => void;
  /** Resolved before it was saved. */
  unsaved: boolean;
}

/**
 * Opens the record of an incident for writing. Resolves as soon as it is usable or known not to be: a disk that is full,
 * read-only or damaged opens as health `failed`, so that the cockpit still shows what is broken.
 * Rejects with a Failure when a newer mayday wrote the record, or the worker cannot start.
 */
export async function openRecorder(options: RecorderOptions): Promise<Recorder> {
  const recorder = new WorkerRecorder(options);
  try {
    await recorder.opened;
    return recorder;
  } catch (error) {
    await recorder.close();
    throw error;
  }
}

class WorkerRecorder implements Recorder {
  readonly incidentId: string;
  readonly folder: string;
  readonly writerId = randomUUID();
  readonly opened: Promise<void>;
  notice = "";
  isObserver = false;
  readonly #clock: Clock;
  readonly #actor: () => Actor;
  readonly #bootId: string;
  readonly #link: WorkerLink;
  readonly #pending = new Map<string, Pending>();
  readonly #entryListeners = new Set<(entry: RecordEntry) => void>();
  readonly #healthListeners = new Set<(health: RecorderHealth) => void>();
  #status: WorkerHealth["status"] = "ok";
  #reason = "";
  #slowSinceMs = 0;
  #failedSinceMs = 0;
  #unsavedCount = 0;
  #allowUnsaved = false;
  #watchdog: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  #onDrained: (() => void) | undefined;
  #settleOpened: { resolve: () => void; reject: (error: unknown) => void } | undefined;

  constructor(options: RecorderOptions) {
    this.incidentId = options.incidentId;
    this.folder = options.folder;
    this.#clock = options.clock;
    this.#actor = options.actor;
    this.#bootId = options.bootId ?? machineBootId();
    const writer: WriterIdentity = {
      writerId: this.writerId,
      bootId: this.#bootId,
      host: hostName(),
      pid: process.pid,
    };
    this.opened = new Promise((resolve, reject) => {
      this.#settleOpened = { resolve, reject };
    });
    this.#link = new WorkerLink({ task: "write", folder: options.folder, writer }, options.workerUrl, {
      message: (message) => this.#take(message),
      lost: (reason) => this.#workerLost(reason),
      restarted: () => this.#handOverAgain(),
    });
  }

  get allowUnsaved(): boolean {
    return this.#allowUnsaved;
  }

  set allowUnsaved(allowed: boolean) {
    this.#allowUnsaved = allowed;
    this.#link.send({ type: "allow-unsaved", allowed });
  }

  append(draft: RecordDraft): Promise<RecordEntry> {
    if (this.#closing) return Promise.reject(this.#failure("the record of this incident is closed"));
    if (this.#status === "failed" && draft.kind === "step.intent" && !this.#allowUnsaved) {
      return Promise.reject(this.#refusal());
    }
    return this.#enqueue(draft);
  }

  #enqueue(draft: RecordDraft): Promise<RecordEntry> {
    const stamped = stamp(draft, {
      clock: this.#clock,
      actor: this.#actor(),
      bootId: this.#bootId,
      writerId: this.writerId,
    });
    return new Promise((resolve, reject) => {
      const pending: Pending = { draft: stamped, resolve, reject, unsaved: false };
      this.#pending.set(stamped.id, pending);
      this.#link.send({ type: "append", drafts: [stamped] });
      if (this.#status === "failed") this.#resolveUnsaved(pending);
      this.#watch();
    });
  }

  entries(fromSeq = 1): Promise<RecordEntry[]> {
    return this.#link.entries(fromSeq);
  }

  async liveWriters(): Promise<Set<string>> {
    return new Set(await this.#link.liveWriters());
  }

  onEntry(listener: (entry: RecordEntry) => void): () => void {
    this.#entryListeners.add(listener);
    return () => this.#entryListeners.delete(listener);
  }

  onHealth(listener: (health: RecorderHealth) => void): () => void {
    this.#healthListeners.add(listener);
    return () => this.#healthListeners.delete(listener);
  }

  health(): RecorderHealth {
    const pending = this.#pending.size;
    if (this.#status === "ok") return { status: "ok", pending };
    if (this.#status === "slow") return { status: "slow", pending, sinceMonotonicMs: this.#slowSinceMs };
    return { status: "failed", pending, reason: this.#reason };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#watchdog);
    await this.#drained(this.#status === "failed" ? CLOSE_FAILED_MS : CLOSE_LOCKED_MS);
    await this.#link.close(this.#pending.size > 0 || this.#status === "failed" ? 0 : SIGN_OFF_MS);
    const lost = this.#pending.size;
    if (lost === 0) return;
    const failure = this.#failure(
      `${lost} entries could not be saved: ${this.#reason || "the database stayed locked"}`,
    );
    for (const pending of this.#pending.values()) pending.reject(failure);
    this.#pending.clear();
    throw failure;
  }

  /** Resolves when nothing is pending, or after `withinMs` of machine time. */
  #drained(withinMs: number): Promise<void> {
    if (this.#pending.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const giveUp = setTimeout(resolve, withinMs);
      this.#onDrained = () => {
        // The gap entry of a record that has just recovered is still to come.
        if (this.#pending.size > 0 || this.#status === "failed") return;
        clearTimeout(giveUp);
        resolve();
      };
    });
  }

  #take(message: FromWorker): void {
    if (message.type === "committed") this.#committed(message.entries);
    else if (message.type === "health") this.#healthChanged(message.health);
    else if (message.type === "observer") this.isObserver = message.isObserver;
    else if (message.type === "opened") {
      this.notice = message.notice;
      this.#settleOpened?.resolve();
    } else if (message.type === "request-failed") {
      this.#settleOpened?.reject(this.#failure(sanitizeLine(message.reason)));
    }
  }

  #committed(entries: RecordEntry[]): void {
    for (const entry of entries) for (const listener of this.#entryListeners) listener(entry);
    let moved = false;
    for (const entry of entries) {
      this.#pending.get(entry.id)?.resolve(entry);
      moved = this.#pending.delete(entry.id) || moved;
    }
    if (!moved) return;
    if (this.#status === "slow") this.#healthChanged({ status: "ok" });
    clearTimeout(this.#watchdog);
    this.#watchdog = undefined;
    this.#watch();
    this.#onDrained?.();
  }

  #healthChanged(health: WorkerHealth): void {
    const before = this.#status;
    if (health.status === before && health.status !== "failed") return;
    this.#status = health.status;
    if (health.status === "slow" && before !== "slow") this.#slowSinceMs = this.#clock.monotonic();
    if (health.status === "failed") {
      this.#reason = sanitizeLine(health.reason);
      if (before !== "failed") this.#failedSinceMs = this.#clock.monotonic();
      for (const id of health.refused) {
        this.#pending.get(id)?.reject(this.#refusal());
        this.#pending.delete(id);
      }
      for (const pending of this.#pending.values()) this.#resolveUnsaved(pending);
    }
    for (const listener of this.#healthListeners) listener(this.health());
    if (before === "failed" && health.status === "ok") this.#recordGap();
    this.#onDrained?.();
  }

  #resolveUnsaved(pending: Pending): void {
    if (pending.unsaved) return;
    // The worker decides about intents in the order of its queue: this one is told to stay or is refused by id.
    if (pending.draft.kind === "step.intent" && !this.#allowUnsaved) return;
    pending.unsaved = true;
    this.#unsavedCount += 1;
    pending.resolve(unsavedEntry(pending.draft));
  }

  #recordGap(): void {
    const seconds = Math.round((this.#clock.monotonic() - this.#failedSinceMs) / 1000);
    const unsaved = this.#unsavedCount;
    this.#unsavedCount = 0;
    const detail = `The record could not be written for ${seconds} s (${this.#reason}); ${unsaved} entries were kept in memory and saved late.`;
    // Rejected only at closing, where close() itself says how much is lost.
    this.#enqueue({ kind: "recorder.gap", payload: { detail, unsaved } }).catch(() => undefined);
  }

  /** Looks for a worker that is stuck in the file system itself, which cannot report that. */
  #watch(): void {
    if (this.#pending.size === 0 || this.#watchdog || this.#closing) return;
    this.#watchdog = setTimeout(() => {
      this.#watchdog = undefined;
      if (this.#status === "ok" && this.#pending.size > 0) this.#healthChanged({ status: "slow" });
    }, SLOW_AFTER_MS);
    this.#watchdog.unref();
  }

  #workerLost(reason: string): void {
    this.#settleOpened?.reject(this.#failure(reason));
    const refused = [...this.#pending.values()]
      .filter((pending) => pending.draft.kind === "step.intent" && !this.#allowUnsaved)
      .map((pending) => pending.draft.id);
    this.#healthChanged({ status: "failed", reason, refused });
  }

  #handOverAgain(): void {
    this.#link.send({ type: "allow-unsaved", allowed: this.#allowUnsaved });
    this.#link.send({ type: "append", drafts: [...this.#pending.values()].map((pending) => pending.draft) });
    this.#healthChanged({ status: "ok" });
  }

  #failure(why: string): Failure {
    const next = "Free the disk or choose another state directory ($XDG_STATE_HOME), then `mayday resume`.";
    return new Failure({ kind: "invalid", what: `record of incident ${this.incidentId}`, why, next });
  }

  #refusal(): Failure {
    return new Failure({
      kind: "refused",
      what: `record of incident ${this.incidentId}`,
      why: `the record cannot be written: ${this.#reason}`,
      next: "Nothing was sent. Free the disk, or type the override to act without a durable record.",
    });
  }
}
