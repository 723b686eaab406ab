import { Failure } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import type { S3Calls } from "./calls.ts";
import type { Damage } from "./damage.ts";
import type { KeyState } from "./key-state.ts";
import type { Manifest } from "./manifest.ts";
import { type Problem, type Restorer, type Settled, unclearLine } from "./restore.ts";
import { statesOf } from "./states.ts";
import type { Target } from "./target.ts";
import { NOT_THERE, unlikePromise } from "./verify.ts";

/** Keys of one DeleteObjects request at most (S3 API reference). */
const KEYS_PER_CALL = 1000;
/** When S3 removes none of so many markers, it will not remove the others either. */
const HOPELESS = 50;
/** Errors of single keys that pass by waiting (S3 API reference, error responses). */
const PASSING = new Set(["SlowDown", "InternalError", "ServiceUnavailable"]);

/** Looks at a key that is still deleted after its markers were removed. */
const ROUNDS = 3;

interface Intended extends Damage {
  m: string[];
  v: string;
  s: number;
  e: string;
}

/**
 * Undeletes keys by removing the markers on top of their last version: a call for 1000 keys. Right before it the versions are listed
 * again, which is also what the client layer's guard asks for: only a version that was just read as a delete marker can be removed.
 * Each key is then looked at by HEAD.
 */
export function undeleter(calls: S3Calls, target: Target, manifest: Manifest): Restorer {
  const { bucket, accountId } = target;
  const place = { bucket, prefix: target.prefix, sinceMs: target.sinceMs };

  async function settle(lines: readonly Damage[], done: Settled): Promise<void> {
    done.problems.push(...lines.filter(({ u }) => u).map(({ k }) => unclearLine(k)));
    let open = lines.filter(({ u }) => !u) as readonly Intended[];
    for (let round = 1; open.length > 0; round++) open = await settleOnce(open, done, round === ROUNDS);
  }

  /** @returns the keys that are still deleted: of two markers of the same second a listing does not tell which is on top. */
  async function settleOnce(lines: readonly Intended[], done: Settled, isLast: boolean): Promise<Intended[]> {
    const states = await statesOf(
      calls,
      place,
      lines.map(({ k }) => k),
    );
    const intended: Intended[] = [];
    const back: Intended[] = [];
    for (const line of lines) {
      const state = states.get(line.k);
      if (state?.latest.id === line.v) back.push(line);
      else {
        const why = reasonAgainst(state, line, target);
        if (why !== undefined) done.problems.push({ k: line.k, kind: "changed", why });
        else intended.push({ ...line, m: state?.markers.map(({ id }) => id) ?? [] });
      }
    }
    await manifest.write(intended.map(({ k, r, m, v, s, e }) => ({ o: "unmark", k, r, m, v, s, e })));
    const failed = await remove(intended);
    done.problems.push(...failed);
    const isFailed = new Set(failed.map(({ k }) => k));
    const removed = intended.filter(({ k }) => !isFailed.has(k));
    const again: Intended[] = [];
    const look = async (line: Intended, isRemoved: boolean) => {
      const { k, v, s, e } = line;
      const why = await unlikePromise(calls, { Bucket: bucket, Key: k }, { version: v, size: s, etag: e });
      if (why === NOT_THERE && !isLast) again.push(line);
      else if (why !== undefined) done.problems.push({ k, kind: "unverified", why });
      else if (isRemoved) {
        done.restored += 1;
        done.bytes += s;
      } else done.already += 1;
    };
    await Promise.all([...back.map((line) => look(line, false)), ...removed.map((line) => look(line, true))]);
    return again;
  }

  /** Removes the markers. @returns the keys whose markers S3 would not remove. */
  async function remove(lines: readonly Intended[]): Promise<Problem[]> {
    const objects = lines.flatMap(({ k, m }) => m.map((VersionId) => ({ Key: k, VersionId })));
    const problems = new Map<string, Problem>();
    let passing = false;
    for (let from = 0; from < objects.length; from += KEYS_PER_CALL) {
      const { output } = await calls.call(
        "DeleteObjects",
        {
          Bucket: bucket,
          ExpectedBucketOwner: accountId,
          Delete: { Objects: objects.slice(from, from + KEYS_PER_CALL), Quiet: true },
        },
        { isMutation: true },
      );
      for (const { Key: k = "", Code: code = "", Message: message = "" } of output.Errors ?? []) {
        passing ||= PASSING.has(code);
        problems.set(k, { k, kind: "failed", why: sanitizeLine(`${code}: ${message}`) });
      }
    }
    const [first] = problems.values();
    // A busy S3 says so for single keys, too: the whole batch is looked at again, after a pause.
    if (first && passing) throw new Failure(notRemoved("throttled", first, "It is tried again by itself."));
    if (first && problems.size === lines.length && lines.length >= HOPELESS) {
      throw new Failure(
        notRemoved("denied", first, "Ask for s3:DeleteObjectVersion on the bucket's objects, and run it again."),
      );
    }
    return [...problems.values()];
  }

  const notRemoved = (kind: "throttled" | "denied", { k, why }: Problem, next: string) => ({
    kind,
    what: `s3:DeleteObjects ${bucket}`,
    why: `${why} (${sanitizeLine(k)})`,
    next,
  });
  return { batchSize: KEYS_PER_CALL, batches: 3, settle };
}

/** Why the markers must not be removed as it stands now. */
function reasonAgainst(state: KeyState | undefined, line: Damage, { sinceMs, untilMs }: Target): string | undefined {
  if (!state) return "no version of it is left";
  const { latest, markers, data } = state;
  if (!latest.isMarker) return "it was written again meanwhile";
  if (data?.id !== line.v) return "another version lies below its marker now";
  if (latest.atMs > untilMs) return "it was deleted again meanwhile";
  if (markers.some(({ atMs }) => atMs < sinceMs)) return "a marker from before lies below";
  if (markers.some(({ id }) => id === "null"))
    return "its marker is from a time without versioning: restore the version by a copy (recover-s3-versions)";
  return undefined;
}
