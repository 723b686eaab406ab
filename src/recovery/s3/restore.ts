import { Failure, failureDetail } from "../../base/failure.ts";
import { progressText } from "../../evidence/export/progress.ts";
import type { RecoveryContext } from "../contract.ts";
import { type Batch, batchesOf, type Position } from "./batches.ts";
import type { AdaptiveConcurrency } from "./concurrency.ts";
import type { Damage } from "./damage.ts";

/**
 * Why a key is not as it should be. changed: somebody else wrote it meanwhile; unclear: what was there cannot be told; failed: S3
 * refused; unverified: done, but it reads otherwise.
 */
export interface Problem {
  k: string;
  kind: "changed" | "unclear" | "failed" | "unverified";
  why: string;
}

/** What became of the lines of a batch: each is in one of these. */
export interface Settled {
  restored: number;
  /** Of those that were restored. */
  bytes: number;
  /** Were as they should be when they were looked at. */
  already: number;
  problems: Problem[];
}

export const nothingSettled = (): Settled => ({ restored: 0, bytes: 0, already: 0, problems: [] });

/** How a batch is carried out. */
export interface Restorer {
  /** Lines of a batch, and batches at the same time. */
  batchSize: number;
  batches: number;
  /**
   * Carries it out, and counts in `done` as it goes. Rejects when it could not be: then it is not settled, and is carried out again
   * with a count of its own.
   */
  settle(lines: readonly Damage[], done: Settled): Promise<void>;
}

export interface Counts {
  restored: number;
  bytes: number;
  already: number;
  changed: number;
  unclear: number;
  failed: number;
  unverified: number;
}

export const noCounts = (): Counts => ({
  restored: 0,
  bytes: 0,
  already: 0,
  changed: 0,
  unclear: 0,
  failed: 0,
  unverified: 0,
});

export const settledCount = ({ bytes: _bytes, ...counts }: Counts): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** How far it is. */
export interface RestoreProgress {
  position: Position;
  counts: Counts;
  /** Lines in all. */
  total: number;
  /** How long the manifest is. */
  mark(): number;
  /** Makes it durable, with the problems of the batches that are settled since. Before `mark` the manifest is about settled batches alone. */
  commit(problems: readonly Problem[], mark: number): Promise<void>;
}

interface Entry {
  batch: Batch;
  /** How long the manifest was when it began. */
  mark: number;
  /** What has come of it so far. */
  done: Settled;
  isSettled: boolean;
}

/** Machine ms between two looks at who the caller is. */
const CALLER_EVERY_MS = 5000;
/** Machine ms between two words on how far it is. */
const REPORT_EVERY_MS = 250;
/** Tries of a batch that nothing came of, and the first pause between them, machine ms. */
const TRIES = 5;
const PAUSE_MS = 1000;

/**
 * Carries out the lines of the files, rank by rank: data first, metadata last. Several batches are under way at once, none of the
 * next rank before all of this one are settled. Goes on from the position. Rejects with a Failure when a batch cannot be carried out
 * or the recovery is cancelled; what was settled by then counts.
 */
export class Restore {
  readonly #files: readonly { path: string; bytes: number }[];
  readonly #ranks: readonly number[];
  readonly #restorer: Restorer;
  readonly #progress: RestoreProgress;
  readonly #context: RecoveryContext;
  readonly #concurrency: AdaptiveConcurrency;
  readonly #beganMs: number;
  readonly #fractionAtStart: number;
  /** Batches in their order, settled or not; the first ones that are settled are committed. */
  readonly #queue: Entry[] = [];
  #committing: Promise<void> = Promise.resolve();
  #callerMs = Number.NEGATIVE_INFINITY;

  constructor(
    files: readonly { path: string; bytes: number }[],
    ranks: readonly number[],
    restorer: Restorer,
    progress: RestoreProgress,
    context: RecoveryContext,
    concurrency: AdaptiveConcurrency,
  ) {
    this.#files = files;
    this.#ranks = ranks;
    this.#restorer = restorer;
    this.#progress = progress;
    this.#context = context;
    this.#concurrency = concurrency;
    this.#beganMs = context.clock.monotonic();
    this.#fractionAtStart = this.#fraction();
  }

  /** @param beforeRank asked before the batches of a rank begin: false ends the recovery there. */
  async run(beforeRank: (rank: number) => boolean = () => true): Promise<void> {
    const over = new AbortController();
    const reporting = this.#keepReporting(over.signal);
    try {
      await this.#run(beforeRank);
    } finally {
      over.abort();
      await reporting;
      this.#report();
    }
  }

  async #keepReporting(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      this.#report();
      await this.#context.clock.sleep(REPORT_EVERY_MS, over).catch(() => undefined);
    }
  }

  async #run(beforeRank: (rank: number) => boolean): Promise<void> {
    const { signal } = this.#context;
    const under = new Set<Promise<void>>();
    let failure: unknown;
    let rank = -1;
    const { batchSize, batches } = this.#restorer;
    for await (const batch of batchesOf(this.#files, this.#ranks, { ...this.#progress.position }, batchSize)) {
      if (batch.rank !== rank) {
        await Promise.all(under);
        if (failure === undefined && !beforeRank(batch.rank)) break;
        rank = batch.rank;
      }
      while (under.size >= batches) await Promise.race(under);
      if (failure !== undefined || signal.aborted) break;
      const entry = { batch, mark: this.#progress.mark(), done: nothingSettled(), isSettled: false };
      this.#queue.push(entry);
      const work = this.#carryOut(entry)
        .catch((error: unknown) => {
          failure ??= error;
        })
        .finally(() => under.delete(work));
      under.add(work);
    }
    await Promise.all(under);
    await this.#committing;
    signal.throwIfAborted();
    if (failure !== undefined) throw failure;
  }

  async #carryOut(entry: Entry): Promise<void> {
    const { clock, signal, checkCaller } = this.#context;
    for (let tries = 1; ; tries++) {
      if (clock.monotonic() - this.#callerMs > CALLER_EVERY_MS) {
        this.#callerMs = clock.monotonic();
        await checkCaller();
      }
      try {
        entry.done = nothingSettled();
        await this.#restorer.settle(entry.batch.lines, entry.done);
        entry.isSettled = true;
        break;
      } catch (error) {
        // No answer does not mean no effect: the next try begins by looking how things stand.
        const passes = error instanceof Failure && ["unreachable", "throttled", "refused"].includes(error.kind);
        if (signal.aborted || !passes || tries === TRIES) throw error;
        await clock.sleep(PAUSE_MS * 2 ** (tries - 1), signal);
      }
    }
    this.#committing = this.#committing.then(() => this.#commit());
    await this.#committing;
  }

  async #commit(): Promise<void> {
    const { position, counts, mark, commit } = this.#progress;
    const problems: Problem[] = [];
    let isMoved = false;
    for (let entry = this.#queue[0]; entry?.isSettled; entry = this.#queue[0]) {
      this.#queue.shift();
      Object.assign(position, entry.batch.end);
      addTo(counts, entry.done);
      problems.push(...entry.done.problems);
      isMoved = true;
    }
    if (isMoved) await commit(problems, this.#queue[0]?.mark ?? mark());
  }

  /** What is committed, and what has come of the batches that are under way. */
  #counts(): Counts {
    const counts = { ...this.#progress.counts };
    for (const { done } of this.#queue) addTo(counts, done);
    return counts;
  }

  #fraction(): number {
    const { total } = this.#progress;
    return total === 0 ? 1 : Math.min(1, settledCount(this.#counts()) / total);
  }

  #report(): void {
    const counts = this.#counts();
    const { changed, unclear, failed, unverified } = counts;
    const text = progressText({
      items: counts.restored + counts.already,
      noun: "objects back",
      bytes: counts.bytes,
      fraction: this.#fraction(),
      fractionAtStart: this.#fractionAtStart,
      elapsedMs: this.#context.clock.monotonic() - this.#beganMs,
      paused: this.#context.pause.paused,
    });
    const trouble =
      changed + unclear + failed + unverified > 0
        ? `, ${changed} changed, ${unclear} unclear, ${failed} failed, ${unverified} unverified`
        : "";
    this.#context.progress(`${text}, ${this.#concurrency.limit} calls at once${trouble}`);
  }
}

function addTo(counts: Counts, { restored, bytes, already, problems }: Settled): void {
  counts.restored += restored;
  counts.bytes += bytes;
  counts.already += already;
  for (const { kind } of problems) counts[kind] += 1;
}

/** The line of a key of which a listing does not tell what was there. */
export const unclearLine = (k: string): Problem => ({
  k,
  kind: "unclear",
  why: "a version and a delete marker of the same second are the newest from before that time, and clients are not told their order: look at it, and restore it by its version id",
});

/** Why a call on a key failed, for its line among the problems. */
export const failedLine = (k: string, error: unknown): Problem => ({
  k,
  kind: "failed",
  why: failureDetail(error, k).why,
});
