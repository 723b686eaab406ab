import { GrowingFile } from "../../evidence/export/workspace.ts";
import type { RecoveryContext } from "../contract.ts";
import { countText } from "../words.ts";
import { S3Calls } from "./calls.ts";
import { type Damage, type DamageKind, type DamageWindow, damageOf } from "./damage.ts";
import type { Expiry } from "./expiry.ts";
import type { KeyState } from "./key-state.ts";
import { divide, type KeyRange } from "./ranges.ts";
import { readRange } from "./read-range.ts";
import { addDamage, addDeletion, newTally, sumOf, type Tally } from "./tally.ts";

/** What is surveyed, and which lines are written. */
export interface SurveyQuery extends DamageWindow {
  bucket: string;
  region?: string;
  prefix: string;
  matches: (key: string) => boolean;
  kinds: readonly DamageKind[];
  expiry: Expiry;
}

/** A range with how far it has been read: `after` is the last key whose line, if any, is among the first `bytes` of its file. */
export interface SurveyedRange extends KeyRange {
  after: string | null;
  bytes: number;
  done: boolean;
  tally: Tally;
}

/** Where the lines go. */
export interface SurveyFiles {
  path(range: number): string;
  /** Called now and then, after the data is on disk: a crash goes on from there. */
  save(ranges: readonly SurveyedRange[]): Promise<void>;
}

/** Ranges that are read at the same time. Each answer is a chain: the next page needs the last one. */
const READERS = 12;
/** Machine ms between checkpoints: what a crash has to read again. */
const SAVE_EVERY_MS = 500;

export const newRanges = async (calls: S3Calls, query: SurveyQuery): Promise<SurveyedRange[]> =>
  (await divide(calls, query)).map((range) => ({ ...range, after: null, bytes: 0, done: false, tally: newTally() }));

/**
 * Reads every version below the prefix and writes a line for each damaged key of the wanted kinds, in a file for each range, in the
 * order of keys. Goes on from what the ranges say. Memory does not grow with the number of versions. Rejects when S3 cannot be read
 * or the recovery is cancelled; what was read by then is saved.
 */
export class Survey {
  readonly #calls: S3Calls;
  readonly #query: SurveyQuery;
  readonly #ranges: SurveyedRange[];
  readonly #files: SurveyFiles;
  readonly #context: RecoveryContext;
  readonly #open = new Map<SurveyedRange, GrowingFile>();
  readonly #stop = new AbortController();
  #savedMs: number;
  #saving: Promise<void> | undefined;

  constructor(
    calls: S3Calls,
    query: SurveyQuery,
    ranges: SurveyedRange[],
    files: SurveyFiles,
    context: RecoveryContext,
  ) {
    this.#calls = calls;
    this.#query = query;
    this.#ranges = ranges;
    this.#files = files;
    this.#context = context;
    this.#savedMs = context.clock.monotonic();
  }

  async run(): Promise<void> {
    const waiting = this.#ranges.filter(({ done }) => !done);
    const readers = Array.from({ length: READERS }, async () => {
      for (let range = waiting.shift(); range && !this.#stop.signal.aborted; range = waiting.shift())
        await this.#read(range).catch((error: unknown) => this.#stop.abort(error));
    });
    try {
      await Promise.all(readers);
      await this.#save();
    } finally {
      for (const file of this.#open.values()) await file.close();
    }
    this.#context.signal.throwIfAborted();
    this.#stop.signal.throwIfAborted();
  }

  async #read(range: SurveyedRange): Promise<void> {
    const index = this.#ranges.indexOf(range);
    const file = await GrowingFile.open(this.#files.path(index), range.bytes);
    this.#open.set(range, file);
    const { from, to, after } = range;
    const { bucket, region, prefix, sinceMs } = this.#query;
    const place = { bucket, prefix, ...(region ? { region } : {}) };
    for await (const states of readRange(this.#calls, { ...place, sinceMs, from, to, after })) {
      if (this.#stop.signal.aborted) return;
      const found = newTally();
      const nowMs = this.#context.clock.now();
      const lines = states.flatMap((state) => count(state, this.#query, nowMs, found));
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
      const bytes = text === "" ? range.bytes : await file.append(Buffer.from(text));
      // Together: a checkpoint that is taken meanwhile must not count what it does not reach.
      Object.assign(range, {
        bytes,
        after: states.at(-1)?.key ?? range.after,
        tally: sumOf([range.tally, found]),
      });
      this.#report();
      await this.#saveSometimes();
    }
    range.done = true;
  }

  async #saveSometimes(): Promise<void> {
    const nowMs = this.#context.clock.monotonic();
    if (this.#saving || nowMs - this.#savedMs < SAVE_EVERY_MS) return;
    this.#savedMs = nowMs;
    await this.#save();
  }

  /** The data first, then the checkpoint that counts it. One at a time. */
  async #save(): Promise<void> {
    await this.#saving;
    // As it stands now: ranges go on while the files are written.
    const ranges = structuredClone(this.#ranges);
    this.#saving = (async () => {
      for (const file of this.#open.values()) await file.sync();
      await this.#files.save(ranges);
    })().finally(() => {
      this.#saving = undefined;
    });
    await this.#saving;
  }

  #report(): void {
    const { versions, kinds } = sumOf(this.#ranges.map(({ tally }) => tally));
    const done = this.#ranges.filter((range) => range.done).length;
    const found = this.#query.kinds.map((kind) => `${countText(kinds[kind].count)} ${kind}`).join(", ");
    const paused = this.#context.pause.paused ? ", paused" : "";
    this.#context.progress(
      `${countText(versions)} versions read; found ${found}; ${done} of ${this.#ranges.length} ranges${paused}`,
    );
  }
}

/** Adds a key to the tally. @returns its line, when it is of a wanted kind. */
function count(state: KeyState, query: SurveyQuery, nowMs: number, tally: Tally): Damage[] {
  const { matches, kinds, expiry } = query;
  tally.versions += state.count;
  if (!matches(state.key)) return [];
  tally.keys += 1;
  if (state.latest.isMarker) addDeletion(tally, state.latest.atMs, nowMs);
  const damage = damageOf(state, query);
  if (!damage) return [];
  addDamage(tally, damage, expiry);
  if (!kinds.includes(damage.c)) return [];
  tally.written[damage.r] = (tally.written[damage.r] ?? 0) + 1;
  return [damage];
}

/**
 * Counts what a survey would find, without keeping any of it.
 * @param isOver asked when the context's signal aborts: whether what was counted by then is the answer, which is then not whole.
 */
export async function countDamage(
  query: SurveyQuery,
  context: RecoveryContext,
  isOver: () => boolean,
): Promise<{ tally: Tally; isWhole: boolean }> {
  const stop = new AbortController();
  const calls = new S3Calls(context, AbortSignal.any([context.signal, stop.signal]));
  const tally = newTally();
  const place = { bucket: query.bucket, prefix: query.prefix, ...(query.region ? { region: query.region } : {}) };
  try {
    const waiting = await divide(calls, query);
    const readers = Array.from({ length: READERS }, async () => {
      for (let range = waiting.shift(); range; range = waiting.shift()) {
        for await (const states of readRange(calls, { ...place, ...range, sinceMs: query.sinceMs, after: null })) {
          const nowMs = context.clock.now();
          for (const state of states) count(state, query, nowMs, tally);
        }
      }
    });
    await Promise.all(readers);
    return { tally, isWhole: true };
  } catch (error) {
    stop.abort(error);
    if (context.signal.aborted && isOver()) return { tally, isWhole: false };
    throw error;
  }
}
