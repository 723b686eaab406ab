import { Failure } from "../../base/failure.ts";
import type { S3Calls } from "./calls.ts";
import { type Copied, type CopySizes, type CopyTask, copyVersion } from "./copy-version.ts";
import type { Damage } from "./damage.ts";
import type { KeyState } from "./key-state.ts";
import type { Manifest, ManifestLine } from "./manifest.ts";
import { failedLine, type Restorer, type Settled, unclearLine } from "./restore.ts";
import { statesOf } from "./states.ts";
import type { Target } from "./target.ts";
import { unlikePromise } from "./verify.ts";
import type { Version } from "./versions.ts";

/** Copies of a batch: what a crash has to look at again. */
const BATCH = 100;

/** Answers by which S3 says that the current version is no longer what it was (S3 user guide, conditional writes). */
const CHANGED = /PreconditionFailed|ConditionalRequestConflict|NoSuchKey/;

/** Archived versions have to be brought back first (S3 API reference, CopyObject: the source's storage class). */
const ARCHIVED = new Set(["GLACIER", "DEEP_ARCHIVE"]);

export interface CopyOptions {
  /** Where the versions come from; left out: the bucket itself. */
  source?: { bucket: string; region?: string };
  sizes?: CopySizes;
  /** What an earlier run of this recovery said about keys that it may not have finished: key -> its last line. */
  earlier?: ReadonlyMap<string, ManifestLine>;
}

/** A key with what its copy would cover. */
interface Intended {
  line: Damage;
  former: Version | undefined;
}

/** Restores keys by copying an earlier version on top of what is there; nothing is deleted. Each key is then looked at by HEAD. */
export function copier(calls: S3Calls, target: Target, manifest: Manifest, options: CopyOptions = {}): Restorer {
  const { bucket } = target;
  const { source, sizes, earlier } = options;
  // Within a run, too: a batch that is carried out again must know its own copies.
  const own = new Map<string, ManifestLine>(earlier);

  async function settle(lines: readonly Damage[], done: Settled): Promise<void> {
    const place = { bucket, prefix: target.prefix, sinceMs: target.sinceMs };
    const states = await statesOf(
      calls,
      place,
      lines.map(({ k }) => k),
    );
    const intended: Intended[] = [];
    const work: (() => Promise<ManifestLine | undefined>)[] = [];
    for (const line of lines) {
      const state = states.get(line.k);
      const mine = ownCopy(own.get(line.k), state);
      if (mine) work.push(() => verified(line, { version: mine.id, etag: mine.etag }, done));
      else if (line.u) done.problems.push(unclearLine(line.k));
      else if (ARCHIVED.has(line.sc ?? "")) {
        done.problems.push({
          k: line.k,
          kind: "failed",
          why: `its version is archived (${line.sc}): restore it from there first`,
        });
      } else if ((state?.latest.id ?? "") !== line.l) {
        done.problems.push({ k: line.k, kind: "changed", why: "it was written or deleted again meanwhile" });
      } else intended.push({ line, former: state?.latest });
    }
    const intents = intended.map(({ line, former }) => intentOf(line, former, source?.bucket));
    for (const intent of intents) own.set(intent.k, intent);
    await manifest.write(intents);
    for (const one of intended) work.push(() => restoreOne(one, done));
    // All of them are seen through: the next try must know which copies were made.
    const results = await Promise.allSettled(work.map((start) => start()));
    const made = results.flatMap((result) => (result.status === "fulfilled" && result.value ? [result.value] : []));
    for (const line of made) own.set(line.k, line);
    await manifest.write(made);
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
    for (const line of lines) own.delete(line.k);
  }

  /** Looks at a copy that was made. */
  async function verified({ k, r, v = "", s = 0, x }: Damage, copy: Copied, done: Settled): Promise<ManifestLine> {
    const from = { bucket, ...source };
    const why = await unlikePromise(
      calls,
      { Bucket: bucket, Key: k },
      {
        version: copy.version,
        size: s,
        encryption: "aws:kms",
        ...(x ? { checksumOf: { Bucket: from.bucket, VersionId: v, region: from.region } } : {}),
      },
    );
    if (why !== undefined) done.problems.push({ k, kind: "unverified", why });
    else {
      done.restored += 1;
      done.bytes += s;
    }
    return { o: "copied", k, r, n: copy.version, e: copy.etag };
  }

  async function restoreOne({ line, former }: Intended, done: Settled): Promise<ManifestLine | undefined> {
    const { k, v = "", s = 0, sc } = line;
    const task: CopyTask = {
      key: k,
      source: { bucket, ...source, version: v, size: s, ...(sc ? { storageClass: sc } : {}) },
      replaces: former && !former.isMarker ? former.etag : null,
    };
    try {
      return await verified(line, await copyVersion(calls, target, task, sizes), done);
    } catch (error) {
      if (!(error instanceof Failure) || ["unreachable", "throttled", "expired", "refused"].includes(error.kind))
        throw error;
      if (CHANGED.test(error.detail.code ?? ""))
        done.problems.push({ k, kind: "changed", why: "it was written or deleted again meanwhile" });
      else done.problems.push(failedLine(k, error));
      return undefined;
    }
  }

  return { batchSize: BATCH, batches: 3, settle };
}

function intentOf(line: Damage, former: Version | undefined, from: string | undefined): ManifestLine {
  return {
    o: "copy",
    k: line.k,
    r: line.r,
    v: line.v ?? "",
    ...(from ? { from } : {}),
    s: line.s ?? 0,
    f: former?.id ?? null,
    ...(former?.isMarker ? { fm: true as const } : {}),
    ...(former && !former.isMarker ? { fs: former.size } : {}),
    ...(former?.storageClass ? { fc: former.storageClass } : {}),
  };
}

/** The current version when it is the copy that a manifest's line announced: right on top of what was there, and as large as its source. */
export function ownCopy(line: ManifestLine | undefined, state: KeyState | undefined): Version | undefined {
  if (!line || !state || state.latest.isMarker || line.o === "unmark") return undefined;
  if (line.o === "copied") return state.latest.id === line.n ? state.latest : undefined;
  const isOnTop = (state.second?.id ?? null) === line.f;
  return isOnTop && state.latest.size === line.s && state.latest.id !== line.f ? state.latest : undefined;
}
