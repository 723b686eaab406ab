import { mkdir } from "node:fs/promises";
import { Failure } from "../../base/failure.ts";
import { canonicalJson, type JsonObject } from "../../base/json.ts";
import { GrowingFile } from "../../evidence/export/workspace.ts";
import type { RecoveryContext } from "../contract.ts";
import { S3Calls } from "./calls.ts";
import { Manifest, type ManifestLine } from "./manifest.ts";
import { type Counts, type Problem, Restore, type Restorer, settledCount } from "./restore.ts";
import { sumOf, type Tally } from "./tally.ts";
import type { Target } from "./target.ts";
import { manifestTail, newState, type RecoveryState, RecoveryWorkspace } from "./workspace.ts";

/** What makes a recovery: where it finds what has to come back, and how that is done. */
export interface RecoveryPlan {
  /** Of the recovery, as its plan says it: the undo finds its manifest by it. */
  id: string;
  /** What makes two recoveries the same one. */
  key: JsonObject;
  target: Omit<Target, "untilMs">;
  /** What was done later is left alone, ms since the Unix epoch; null: from the start of the recovery on. */
  untilMs: number | null;
  /** Writes a line for each key that has to come back into the files of `state.ranges`; goes on from what they say. */
  find(finding: Finding): Promise<void>;
  restorer(calls: S3Calls, target: Target, manifest: Manifest, earlier: ReadonlyMap<string, ManifestLine>): Restorer;
  /** Asked before the files of a rank are restored, with what came of those before: false ends the recovery there. */
  beforeRank?(rank: number, counts: Counts): boolean;
}

export interface Finding {
  calls: S3Calls;
  target: Target;
  state: RecoveryState;
  workspace: RecoveryWorkspace;
  context: RecoveryContext;
}

export interface RecoveryResult {
  tally: Tally;
  /** Lines that were found, and what became of them. */
  total: number;
  counts: Counts;
  /** Lines that were settled by an earlier run that this one went on with. */
  before: number;
  workspace: RecoveryWorkspace;
  startedAtMs: number;
  /** Why it is not through; undefined: it is. */
  failure?: unknown;
}

/**
 * Carries out a recovery: finds, restores, verifies. Goes on where an earlier one of the same key was cut off. Does not reject once it
 * has its folder: what was done until something failed is in the result.
 */
export async function recover(plan: RecoveryPlan, context: RecoveryContext): Promise<RecoveryResult> {
  await mkdir(context.folder, { recursive: true, mode: 0o700 });
  const stop = new AbortController();
  const calls = new S3Calls(context, AbortSignal.any([context.signal, stop.signal]));
  const key = canonicalJson({ ...plan.key, untilMs: plan.untilMs });
  const workspace = await RecoveryWorkspace.open(context.folder, plan.id);
  const s3TimeMs = await requireVersioning(calls, plan.target, context);
  const known = await workspace.resume(context.folder, plan.id, key);
  const state = known ?? newState(key, context.clock.now(), plan.untilMs ?? s3TimeMs);
  const before = settledCount(state.counts);
  let failure: unknown;
  try {
    await context.checkCaller();
    await run(plan, { calls, target: { ...plan.target, untilMs: state.untilMs }, state, workspace, context });
  } catch (error) {
    failure = context.signal.aborted ? context.signal.reason : error;
    stop.abort(error);
  }
  const tally = sumOf(state.ranges.map((range) => range.tally));
  const total = linesOf(tally);
  const { counts, startedAtMs } = state;
  return { tally, total, counts, before, workspace, startedAtMs, ...(failure === undefined ? {} : { failure }) };
}

async function run(plan: RecoveryPlan, finding: Finding): Promise<void> {
  const { calls, target, state, workspace, context } = finding;
  if (state.phase === "survey") {
    await workspace.save(state);
    await plan.find(finding);
    state.phase = "restore";
    await workspace.save(state);
  }
  const tally = sumOf(state.ranges.map((range) => range.tally));
  const manifest = await Manifest.open(workspace.manifest);
  const problems = await GrowingFile.open(workspace.problems, state.problemBytes);
  const earlier = new Map<string, ManifestLine>();
  for (const { manifest: path, bytes } of [
    ...state.earlier,
    { manifest: workspace.manifest, bytes: state.manifestBytes },
  ])
    for (const [k, line] of await manifestTail(path, bytes)) earlier.set(k, line);
  try {
    const restorer = plan.restorer(calls, target, manifest, earlier);
    const files = state.ranges.map(({ bytes }, range) => ({ path: workspace.found(range), bytes }));
    const ranks = Object.entries(tally.written).flatMap(([rank, count]) => (count > 0 ? [Number(rank)] : []));
    const { position, counts } = state;
    const commit = async (found: readonly Problem[], mark: number) => {
      const text = found.map((problem) => `${JSON.stringify(problem)}\n`).join("");
      if (text !== "") state.problemBytes = await problems.append(Buffer.from(text));
      await problems.sync();
      state.manifestBytes = mark;
      await workspace.save(state);
    };
    const progress = { position, counts, total: linesOf(tally), mark: () => manifest.bytes, commit };
    const restore = new Restore(files, ranks, restorer, progress, context, calls.concurrency);
    await restore.run((rank) => plan.beforeRank?.(rank, counts) ?? true);
  } finally {
    await manifest.close();
    await problems.close();
  }
  state.phase = "done";
  await workspace.save(state);
  await workspace.clear(state.ranges.length);
}

const linesOf = ({ written }: Tally): number => Object.values(written).reduce((sum, count) => sum + count, 0);

/**
 * Versioning has to be enabled: otherwise a copy would replace what is there. @returns S3's own time, ms since the Unix epoch; this
 * host's clock may be off by more than lies between two deletions.
 */
async function requireVersioning(
  calls: S3Calls,
  { bucket, accountId }: Pick<Target, "bucket" | "accountId">,
  { clock }: RecoveryContext,
): Promise<number> {
  const input = { Bucket: bucket, ExpectedBucketOwner: accountId };
  const { output, serverDateMs } = await calls.call("GetBucketVersioning", input);
  if (output.Status === "Enabled") return serverDateMs ?? clock.now();
  throw new Failure({
    kind: "refused",
    what: `restore objects of ${bucket}`,
    why: `versioning of the bucket is ${output.Status?.toLowerCase() ?? "off"}: what a copy covers would be gone for good`,
    next: "Nothing was changed. Restore into another bucket, or ask the platform team to enable versioning first.",
  });
}
