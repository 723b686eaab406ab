import type { JsonObject } from "../base/json.ts";
import type { JobStep, Plan } from "./contract.ts";
import type { ChosenObjects } from "./recovery-request.ts";
import { SETTINGS } from "./s3-facts.ts";

/** A recovery has all the time that it needs: 24 h, machine ms. */
export const RECOVERY_BOX_MS = 24 * 3_600_000;
/** What every plan about a bucket's objects reads. */
export const BUCKET_READS = [
  "s3:GetBucketPolicy",
  ...Object.values(SETTINGS).map((operation) => `s3:${operation}`),
  "s3:ListObjectVersions",
  "sts:GetCallerIdentity",
];
export const UNDELETE_OPERATIONS = [
  "s3:GetBucketVersioning",
  "s3:ListObjectVersions",
  "s3:DeleteObjects",
  "s3:HeadObject",
];
export const COPY_OPERATIONS = [
  "s3:GetBucketVersioning",
  "s3:ListObjectVersions",
  "s3:HeadObject",
  "s3:CopyObject",
  "s3:GetObjectTagging",
  "s3:CreateMultipartUpload",
  "s3:UploadPartCopy",
  "s3:CompleteMultipartUpload",
  "s3:AbortMultipartUpload",
];
export const UNDO_OPERATIONS = [...new Set([...UNDELETE_OPERATIONS, ...COPY_OPERATIONS])];

/** Said of every restore. */
export const RECOVERY_CAVEATS = [
  "A key that somebody writes or deletes while it runs is left alone and listed; what is deleted after its start stays deleted.",
  "Cut off by a crash, it goes on when it is run again with the same parameters, which mayday resume names.",
];

/** What a restore's step says beside what all of them have. */
interface RestoreStep {
  title: string;
  job: string;
  /** The recovery's id: its folder and its undo. */
  recovery: string;
  chosen: ChosenObjects;
  /** Of this kind of restore alone. */
  input: object;
  operations: string[];
  shows?: JobStep["shows"];
}

/** The step that restores objects, with its undo by the manifest. */
export function restoreStep({ title, job, recovery, chosen, input, operations, shows }: RestoreStep): JobStep {
  return {
    kind: "job",
    id: "restore",
    title,
    job,
    input: { recovery, ...chosen, ...input } as unknown as JsonObject,
    operations,
    boxMs: RECOVERY_BOX_MS,
    essential: true,
    resource: `objects of ${chosen.bucket}`,
    pausable: true,
    ...(shows ? { shows } : {}),
    undo: [undoStep(recovery, chosen)],
  };
}

/** The undo of a restore takes objects away from whoever reads them by now: the bucket's name confirms it. */
export const undoingRestore = (undone: string): NonNullable<Plan["undoing"]> => ({
  effects: [
    undone,
    "Objects that somebody wrote or deleted since are left alone. No version is deleted: the restore can be run again.",
  ],
  tier: "name",
});

/** Takes a recovery back by its manifest. */
function undoStep(
  recovery: string,
  {
    bucket,
    accountId,
    prefix,
    kmsKeyId,
    bucketKey,
  }: Pick<ChosenObjects, "bucket" | "accountId" | "prefix" | "kmsKeyId" | "bucketKey">,
): JobStep {
  return {
    kind: "job",
    id: "undo-restore",
    title: `Put everything back as it was before, by the manifest: markers on top again, former versions on top of the restored ones`,
    job: "undo-s3-recovery",
    input: { recovery, bucket, accountId, prefix, kmsKeyId, bucketKey },
    operations: UNDO_OPERATIONS,
    boxMs: RECOVERY_BOX_MS,
    essential: true,
    resource: `objects of ${bucket}`,
    pausable: true,
  };
}
