import { stat } from "node:fs/promises";
import { Failure } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import type { RecoveryContext } from "../contract.ts";
import { countText } from "../words.ts";
import { S3Calls } from "./calls.ts";
import { type CopySizes, copyVersion } from "./copy-version.ts";
import type { KeyState } from "./key-state.ts";
import { RANKS } from "./keys.ts";
import { linesOf, type ManifestLine } from "./manifest.ts";
import { failedLine, type Problem } from "./restore.ts";
import { ownCopy } from "./restore-copies.ts";
import { statesOf } from "./states.ts";
import type { Target } from "./target.ts";
import { unlikePromise } from "./verify.ts";
import type { Version } from "./versions.ts";
import { RecoveryWorkspace } from "./workspace.ts";

/** Keys that are looked at together; DeleteObjects takes 1000. */
const BATCH = 1000;
const COPIES_WITHIN = 100;
/** Tries of a batch, and the first pause between them, machine ms. */
const TRIES = 5;
const PAUSE_MS = 1000;
const CHANGED = /PreconditionFailed|ConditionalRequestConflict|NoSuchKey/;

export interface UndoResult {
  undone: number;
  /** Were as before when they were looked at. */
  already: number;
  problems: Problem[];
  /** More problems than are kept here. */
  moreProblems: number;
  failure?: unknown;
}

/** Problems that are kept to be shown. */
const PROBLEMS_KEPT = 1000;

/**
 * Takes back a recovery by its manifest, metadata first: an undelete by a new delete marker, a copy by a copy of what it covered or
 * by a marker where there was one. No version is deleted. A key that somebody changed since is left alone. Carried out again it finds
 * what is undone and goes on, so it needs no checkpoint. Does not reject because of S3.
 */
export async function undoRecovery(
  id: string,
  target: Pick<Target, "bucket" | "accountId" | "prefix" | "kmsKeyId" | "bucketKey">,
  context: RecoveryContext,
  sizes?: CopySizes,
): Promise<UndoResult> {
  const workspace = await RecoveryWorkspace.open(context.folder, id);
  const stop = new AbortController();
  const calls = new S3Calls(context, AbortSignal.any([context.signal, stop.signal]));
  const undo = new Undo(calls, { ...target, sinceMs: 0, untilMs: Number.POSITIVE_INFINITY }, context, sizes);
  try {
    await requireManifest(workspace.manifest);
    await context.checkCaller();
    for (const rank of RANKS.toReversed()) await undo.rank(workspace.manifest, rank);
    return undo.result;
  } catch (error) {
    stop.abort(error);
    return { ...undo.result, failure: context.signal.aborted ? context.signal.reason : error };
  }
}

async function requireManifest(path: string): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  if (found) return;
  throw new Failure({
    kind: "not-found",
    what: "undo a restore",
    why: "its manifest is not in this incident's folder on this host",
    next: "Undo it from the host on which it was run; a copy of the manifest is in the evidence when the restore ended.",
  });
}

class Undo {
  readonly result: UndoResult = { undone: 0, already: 0, problems: [], moreProblems: 0 };
  readonly #calls: S3Calls;
  readonly #target: Target;
  readonly #context: RecoveryContext;
  readonly #sizes: CopySizes | undefined;

  constructor(calls: S3Calls, target: Target, context: RecoveryContext, sizes: CopySizes | undefined) {
    this.#calls = calls;
    this.#target = target;
    this.#context = context;
    this.#sizes = sizes;
  }

  async rank(manifest: string, rank: number): Promise<void> {
    let lines: ManifestLine[] = [];
    for await (const { text } of linesOf(manifest, 0)) {
      const line = JSON.parse(text) as ManifestLine;
      if (line.r !== rank) continue;
      lines.push(line);
      if (lines.length < BATCH) continue;
      await this.#patiently(lines);
      lines = [];
    }
    if (lines.length > 0) await this.#patiently(lines);
  }

  /** No answer does not mean no effect: the next try begins by looking how things stand. */
  async #patiently(lines: readonly ManifestLine[]): Promise<void> {
    const { clock, signal } = this.#context;
    for (let tries = 1; ; tries++) {
      try {
        return await this.#batch(lines);
      } catch (error) {
        const passes = error instanceof Failure && ["unreachable", "throttled"].includes(error.kind);
        if (signal.aborted || !passes || tries === TRIES) throw error;
        await clock.sleep(PAUSE_MS * 2 ** (tries - 1), signal);
      }
    }
  }

  async #batch(lines: readonly ManifestLine[]): Promise<void> {
    this.#context.signal.throwIfAborted();
    await this.#context.checkCaller();
    const copied = new Map(lines.flatMap((line) => (line.o === "copied" ? [[line.k, line] as const] : [])));
    // After a crash a key may stand twice: the last line is about what is there now.
    const intents = new Map(lines.flatMap((line) => (line.o === "copied" ? [] : [[line.k, line] as const])));
    const { bucket, prefix } = this.#target;
    const states = await statesOf(this.#calls, { bucket, prefix, sinceMs: 0 }, [...intents.keys()]);
    const marks: { Key: string; ETag: string }[] = [];
    const copies: (() => Promise<void>)[] = [];
    for (const [key, line] of intents) {
      const state = states.get(key);
      const left = versionLeft(line, copied.get(key), state);
      if (!left) {
        if (isAsBefore(line, copied.get(key), state)) this.result.already += 1;
        else this.#problem({ k: key, kind: "changed", why: "it was written or deleted again since" });
      } else if (line.o === "copy" && line.f !== null && !line.fm) {
        const task = { version: line.f, size: line.fs ?? 0, ...(line.fc ? { storageClass: line.fc } : {}) };
        copies.push(() => this.#copyBack(key, task, left));
      } else marks.push({ Key: key, ETag: left.etag });
    }
    if (marks.length > 0) await this.#mark(marks);
    for (let from = 0; from < copies.length; from += COPIES_WITHIN) {
      // All of them are seen through before a failure ends the undo.
      const results = await Promise.allSettled(copies.slice(from, from + COPIES_WITHIN).map((start) => start()));
      const failed = results.find((result) => result.status === "rejected");
      if (failed) throw failed.reason;
    }
    this.#report();
  }

  /** Puts delete markers on top, each on condition of the version that was just read. */
  async #mark(objects: { Key: string; ETag: string }[]): Promise<void> {
    const { bucket, accountId } = this.#target;
    const { output } = await this.#calls.call(
      "DeleteObjects",
      { Bucket: bucket, ExpectedBucketOwner: accountId, Delete: { Objects: objects } },
      { isMutation: true, undoesRestore: true },
    );
    this.result.undone += (output.Deleted ?? []).filter(({ DeleteMarker }) => DeleteMarker).length;
    for (const { Key: k = "", Code: code = "", Message: message = "" } of output.Errors ?? [])
      this.#problem(
        CHANGED.test(code)
          ? { k, kind: "changed", why: "it was written or deleted again since" }
          : { k, kind: "failed", why: sanitizeLine(`${code}: ${message}`) },
      );
  }

  async #copyBack(
    key: string,
    former: { version: string; size: number; storageClass?: string },
    left: Version,
  ): Promise<void> {
    const { bucket } = this.#target;
    try {
      const task = { key, source: { bucket, ...former }, replaces: left.etag };
      const { version } = await copyVersion(this.#calls, this.#target, task, this.#sizes);
      const promised = { version, size: former.size, encryption: "aws:kms" as const };
      const why = await unlikePromise(this.#calls, { Bucket: bucket, Key: key }, promised);
      if (why === undefined) this.result.undone += 1;
      else this.#problem({ k: key, kind: "unverified", why });
    } catch (error) {
      if (!(error instanceof Failure) || !["invalid", "not-found", "denied"].includes(error.kind)) throw error;
      this.#problem(
        CHANGED.test(error.detail.code ?? "")
          ? { k: key, kind: "changed", why: "it was written or deleted again since" }
          : failedLine(key, error),
      );
    }
  }

  #problem(problem: Problem): void {
    if (this.result.problems.length < PROBLEMS_KEPT) this.result.problems.push(problem);
    else this.result.moreProblems += 1;
  }

  #report(): void {
    const { undone, already, problems, moreProblems } = this.result;
    const trouble = problems.length + moreProblems;
    this.#context.progress(
      `${countText(undone)} undone, ${countText(already)} as before already${trouble > 0 ? `, ${countText(trouble)} left alone or failed` : ""}`,
    );
  }
}

type Intent = Exclude<ManifestLine, { o: "copied" }>;
type Made = Extract<ManifestLine, { o: "copied" }>;

/** The current version when it is the one that the restore left. */
function versionLeft(line: Intent, made: Made | undefined, state: KeyState | undefined): Version | undefined {
  if (line.o === "copy") return ownCopy(made ?? line, state);
  return state?.latest.id === line.v ? state.latest : undefined;
}

/** Whether the key is as it was before the restore: never restored, or undone before. */
function isAsBefore(line: Intent, made: Made | undefined, state: KeyState | undefined): boolean {
  if (line.o === "unmark") return state?.latest.isMarker === true && state.data?.id === line.v;
  // Announced, and not on top: it was never made, or another run went on with it and has a manifest of its own.
  if (!made || (state?.latest.id ?? null) === line.f) return true;
  if (line.f === null || line.fm) return state?.latest.isMarker === true && state.data?.id === made.n;
  // A copy does not say what it was made from: right above ours and as large as the former version, it is taken for the undo's.
  return state?.second?.id === made.n && state.latest.size === line.fs;
}
