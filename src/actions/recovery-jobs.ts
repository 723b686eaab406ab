import { stat } from "node:fs/promises";
import { s3Arn } from "../aws/partition.ts";
import { failureDetail } from "../base/failure.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { sanitizeLine } from "../base/text.ts";
import { bundleName } from "../evidence/export/names.ts";
import type { RecoveryContext } from "../recovery/contract.ts";
import { findTable } from "../recovery/iceberg/find-table.ts";
import { snapshotOf } from "../recovery/iceberg/locate.ts";
import { parseTableFiles } from "../recovery/iceberg/metadata.ts";
import { readMetadata } from "../recovery/iceberg/read-version.ts";
import { expiryOf } from "../recovery/s3/expiry.ts";
import { findBySurvey, findVersion } from "../recovery/s3/findings.ts";
import { RANK } from "../recovery/s3/keys.ts";
import { linesOf } from "../recovery/s3/manifest.ts";
import { BEGINS, RESTORED, type RecoveryPlan, type RecoveryResult, recover } from "../recovery/s3/recovery.ts";
import { findInReplica } from "../recovery/s3/replica.ts";
import { type Problem, settledCount } from "../recovery/s3/restore.ts";
import { copier } from "../recovery/s3/restore-copies.ts";
import { mixed } from "../recovery/s3/restore-mixed.ts";
import { compress, exportSurvey } from "../recovery/s3/survey-export.ts";
import { burstsOf } from "../recovery/s3/tally.ts";
import { undeleter } from "../recovery/s3/undelete.ts";
import { undoRecovery } from "../recovery/s3/undo.ts";
import { bytesText, countText, objectsText, secondText } from "../recovery/words.ts";
import type { Job, JobContext, JobJudge, JobResult } from "./jobs.ts";
import { type ChosenObjects, matcherOf, queryOf } from "./recovery-request.ts";
import { KIND_WORDS } from "./s3-recovery-facts.ts";

/** Problems that the outcome names; all of them are in the file. */
const PROBLEMS_NAMED = 5;

export function recoveryContext(context: JobContext, folder: string): RecoveryContext {
  const { aws, clock, signal, pause, progress, checkCaller, checkpoint } = context;
  return { aws, clock, signal, pause, folder, progress, checkCaller, checkpoint };
}

/** Lists what happened to a bucket's objects, and keeps every damaged key as evidence. */
const surveyS3: Job = async (input, context) => {
  const chosen = input as unknown as ChosenObjects;
  const { untilMs } = chosen;
  const query = queryOf(chosen, 0);
  const survey = await exportSurvey(input, query, untilMs, recoveryContext(context, context.workFolder));
  if (survey.failure !== undefined && survey.tally.versions === 0) throw survey.failure;
  const { tally, file, failure } = survey;
  if (file) await context.adoptEvidence(file);
  if (failure === undefined) await survey.discard();
  const { kinds, versions, keys, expiry } = tally;
  const bursts = burstsOf(tally).slice(0, 5);
  const counted = Object.entries(KIND_WORDS).map(
    ([kind, words]) =>
      `${words}: ${objectsText(kinds[kind as keyof typeof kinds].count)}, ${bytesText(kinds[kind as keyof typeof kinds].bytes)}`,
  );
  const note = [
    `${countText(versions)} versions of ${countText(keys)} keys: ${counted.join("; ")}`,
    bursts.length > 0
      ? `deletions: ${bursts.map(({ fromMs, toMs, count }) => `${countText(count)} from ${secondText(fromMs)} to ${secondText(toMs)}`).join("; ")}`
      : "no key is deleted",
    ...(expiry ? [`S3 deletes the first of these versions for good after ${secondText(expiry.firstMs)}`] : []),
    ...(file ? [`every key is in evidence/${file.name}`] : []),
  ].join(". ");
  const missing = failure === undefined ? [] : [`the rest of the listing: ${failureDetail(failure, "survey").why}`];
  const output = { versions, keys, kinds, bursts, expiry, file: file?.name ?? null } as unknown as Json;
  return { complete: failure === undefined, missing, requestIds: [], output, note };
};

export interface RecoverInput extends ChosenObjects {
  recovery: string;
  mode: "undelete" | "copy";
  /** One version of the key that `prefix` is. */
  version?: string;
}

interface TableInput extends ChosenObjects {
  recovery: string;
  table: string;
  metadata: { key: string; version: string; size: number };
  /** Empty: the current one. */
  snapshot: string;
  incomplete: "stop" | "allow";
}

/** Restores what a survey finds, or one version. */
const recoverS3: Job = async (input, context) => {
  const request = input as unknown as RecoverInput;
  const { recovery, mode, version, prefix, pattern, kinds, rules, untilMs } = request;
  const plan: RecoveryPlan = {
    id: recovery,
    key: keyOf(input),
    target: targetOf(request),
    untilMs,
    find: (finding) =>
      version === undefined
        ? findBySurvey({ matches: matcherOf(pattern), kinds, expiry: expiryOf(rules) }, finding)
        : findVersion({ key: prefix, version }, finding),
    restorer: (calls, target, manifest, earlier) =>
      mode === "undelete" ? undeleter(calls, target, manifest) : copier(calls, target, manifest, { earlier }),
  };
  const result = await recover(plan, recoveryContext(context, context.recoveryFolder));
  return recovered(result, request.bucket, context);
};

/** Copies back what only the replica has. */
const copyBackS3: Job = async (input, context) => {
  const request = input as unknown as RecoverInput & { replica: { bucket: string; region: string } };
  const { recovery, bucket, prefix, pattern, sinceMs, untilMs, replica } = request;
  const query = { bucket, replica, prefix, sinceMs, matches: matcherOf(pattern) };
  const plan: RecoveryPlan = {
    id: recovery,
    key: keyOf(input),
    target: targetOf(request),
    untilMs,
    find: (finding) => findInReplica(query, finding),
    restorer: (calls, target, manifest, earlier) => copier(calls, target, manifest, { earlier, source: replica }),
  };
  return recovered(await recover(plan, recoveryContext(context, context.recoveryFolder)), bucket, context);
};

/** Restores what a snapshot of a table needs. */
const recoverTable: Job = async (input, context) => {
  const request = input as unknown as TableInput;
  const { recovery, bucket, prefix, untilMs, table: name, metadata, incomplete } = request;
  const plan: RecoveryPlan = {
    id: recovery,
    key: keyOf(input),
    target: targetOf(request),
    untilMs,
    async find(finding) {
      const files = parseTableFiles(await readMetadata(finding.calls, { bucket, ...metadata }));
      const snapshot = snapshotOf(files, request.snapshot, `table ${name}`);
      await findTable({ name, bucket, prefix, metadata, files, snapshot }, finding);
    },
    restorer: (calls, target, manifest, earlier) =>
      mixed(undeleter(calls, target, manifest), copier(calls, target, manifest, { earlier })),
    beforeRank: (rank, { changed, unclear, failed, unverified }) =>
      rank !== RANK.metadata || incomplete === "allow" || changed + unclear + failed + unverified === 0,
  };
  const result = await recover(plan, recoveryContext(context, context.recoveryFolder));
  return recovered(result, bucket, context);
};

/** What makes two recoveries the same one: everything but the id, and what was only read for the plan. */
export function keyOf(input: JsonObject): JsonObject {
  const { recovery: _recovery, rules: _rules, kmsKeyId: _key, bucketKey: _bucketKey, ...key } = input;
  return key;
}

export function targetOf({
  bucket,
  accountId,
  prefix,
  sinceMs,
  kmsKeyId,
  bucketKey,
}: ChosenObjects): RecoveryPlan["target"] {
  return {
    bucket,
    accountId,
    prefix,
    sinceMs,
    ...(kmsKeyId ? { kmsKeyId } : {}),
    ...(bucketKey ? { bucketKey } : {}),
  };
}

/** Puts manifest and problems into the evidence, and says what it came to. Throws when nothing at all was done. */
export async function recovered(result: RecoveryResult, bucket: string, context: JobContext): Promise<JobResult> {
  const { counts, total, before, failure, workspace, startedAtMs } = result;
  const manifestBytes = await sizeOf(workspace.manifest);
  if (failure !== undefined && manifestBytes === 0 && before === 0) throw failure;
  const base = bundleName(`s3-recovery-${bucket}`, startedAtMs, context.clock.now());
  const kept = await keepFile(
    workspace.manifest,
    `${base}-undo-manifest.jsonl.gz`,
    "s3:DeleteObjects, s3:CopyObject",
    result,
    bucket,
    context,
  );
  await keepFile(workspace.problems, `${base}-problems.jsonl.gz`, "s3:HeadObject", result, bucket, context);
  const { restored, already, changed, unclear, failed, unverified, bytes } = counts;
  const problems = await firstProblems(workspace.problems);
  const heldBack = failure === undefined ? total - settledCount(counts) : 0;
  const missing = [
    ...(failure === undefined ? [] : [`the rest: ${failureDetail(failure, "restore").why}`]),
    ...(failed > 0 ? [`${objectsText(failed)} that S3 would not restore`] : []),
    ...(unclear > 0 ? [`${objectsText(unclear)} of which it is unclear what was there`] : []),
    ...(heldBack > 0
      ? [`${objectsText(heldBack)} held back, because those before are not whole (incomplete=allow)`]
      : []),
    ...(unverified > 0 ? [`${objectsText(unverified)} that read otherwise than expected after it`] : []),
  ];
  const note = [
    `${objectsText(restored)} of ${countText(total)} restored and verified, ${bytesText(bytes)}`,
    ...(before > 0 ? [`went on where an earlier run was cut off, ${countText(before)} were through`] : []),
    ...(already > 0 ? [`${countText(already)} were back already`] : []),
    ...(changed > 0 ? [`${objectsText(changed)} left alone because somebody changed them meanwhile`] : []),
    ...(problems.length > 0 ? [problems.map(({ k, why }) => `${sanitizeLine(k)}: ${why}`).join("; ")] : []),
    ...(kept ? [`undo manifest: evidence/${kept}`] : []),
    ...(failure === undefined ? [] : ["run it again with the same parameters to go on"]),
  ].join(". ");
  return {
    complete: missing.length === 0,
    missing,
    requestIds: [],
    output: { found: total, ...counts, before, manifest: kept ?? null },
    note,
    ...(failure === undefined ? {} : { failure: failureDetail(failure, "restore") }),
  };
}

async function keepFile(
  path: string,
  name: string,
  api: string,
  { startedAtMs, workspace }: RecoveryResult,
  bucket: string,
  context: JobContext,
): Promise<string | undefined> {
  const bytes = await sizeOf(path);
  if (bytes === 0) return undefined;
  const target = workspace.path(name);
  await compress([{ path, bytes }], target);
  await context.adoptEvidence({
    path: target,
    name,
    sourceArn: s3Arn(context.aws.region, bucket),
    api,
    requestIds: [],
    startedAtMs,
    endedAtMs: context.clock.now(),
    partialReason: "",
  });
  return name;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}

async function firstProblems(path: string): Promise<Problem[]> {
  const first: Problem[] = [];
  for await (const { text } of linesOf(path, 0)) {
    first.push(JSON.parse(text) as Problem);
    if (first.length === PROBLEMS_NAMED) break;
  }
  return first;
}

/** Takes a recovery back by its manifest. */
const undoS3Recovery: Job = async (input, context) => {
  const { recovery, bucket, accountId, prefix, kmsKeyId, bucketKey } = input as unknown as RecoverInput;
  const target = { bucket, accountId, prefix, ...(kmsKeyId ? { kmsKeyId } : {}), ...(bucketKey ? { bucketKey } : {}) };
  const result = await undoRecovery(recovery, target, recoveryContext(context, context.recoveryFolder));
  const { undone, already, problems, moreProblems, failure } = result;
  if (failure !== undefined && undone + already === 0) throw failure;
  const bad = problems.filter(({ kind }) => kind !== "changed").length;
  const changed = problems.length - bad;
  const missing = [
    ...(failure === undefined ? [] : [`the rest: ${failureDetail(failure, "undo").why}`]),
    ...(bad > 0 ? [`${objectsText(bad)} that S3 would not put back`] : []),
  ];
  const named = problems.slice(0, PROBLEMS_NAMED).map(({ k, why }) => `${sanitizeLine(k)}: ${why}`);
  const note = [
    `${objectsText(undone)} as before again`,
    ...(already > 0 ? [`${countText(already)} were so already`] : []),
    ...(changed > 0 ? [`${objectsText(changed)} left alone because somebody changed them since`] : []),
    ...(named.length > 0 ? [named.join("; ")] : []),
    ...(moreProblems > 0 ? [`and ${countText(moreProblems)} more`] : []),
  ].join(". ");
  return {
    complete: missing.length === 0,
    missing,
    requestIds: [],
    output: { undone, already, changed, failed: bad },
    note,
  };
};

/** The parameters that find a recovery again, as they are typed. */
function parametersWords(input: JsonObject): string {
  const { table, snapshot, bucket, prefix, pattern, sinceMs, untilMs, kinds, mode, version } =
    input as unknown as Partial<TableInput & RecoverInput>;
  const damage = kinds?.length === 2 ? "both" : kinds?.[0];
  const given: Record<string, string | undefined> = table
    ? { table, snapshot }
    : {
        bucket,
        prefix,
        pattern,
        since: sinceMs === undefined ? "" : secondText(sinceMs),
        until: typeof untilMs === "number" ? secondText(untilMs) : "",
        ...(mode === "copy" && damage !== "overwritten" ? { damage } : {}),
        ...(mode === "undelete" && kinds?.includes("brief") ? { brief: "restore" } : {}),
        version,
      };
  return Object.entries(given)
    .flatMap(([name, value]) => (value ? [`${name}=${sanitizeLine(value)}`] : []))
    .join(" ");
}

/** What came of a restore whose cockpit died: its manifest has the keys, and the record how far it was. */
const judgeRecovery: JobJudge = async (input, checkpoints) => {
  const begun = checkpoints.findLast(({ name }) => name === BEGINS);
  if (!begun) return { verdict: "did-not-happen", detail: "it had not begun to change anything" };
  const last = checkpoints.findLast(({ name }) => name === RESTORED)?.detail ?? begun.detail;
  const restored = countText(Number(last.restored ?? 0));
  return {
    verdict: "in-part",
    detail: `${restored} of ${countText(Number(last.found ?? 0))} objects were back at the last checkpoint, and there may be more; run again with the same parameters (${parametersWords(input)}) it goes on, and its manifest undoes what was done`,
  };
};

export const recoveryJudges: Record<string, JobJudge> = {
  "recover-s3": judgeRecovery,
  "copy-back-s3": judgeRecovery,
  "recover-table": judgeRecovery,
};

export const recoveryJobs: Record<string, Job> = {
  "survey-s3": surveyS3,
  "recover-s3": recoverS3,
  "copy-back-s3": copyBackS3,
  "recover-table": recoverTable,
  "undo-s3-recovery": undoS3Recovery,
};
