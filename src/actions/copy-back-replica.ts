import * as z from "zod";
import { Failure } from "../base/failure.ts";
import type { JsonObject } from "../base/json.ts";
import { countInReplica } from "../recovery/s3/replica.ts";
import { bytesText, objectsText, secondText } from "../recovery/words.ts";
import { bucketPermissionChecks } from "./bucket-permissions.ts";
import type { ActionDefinition, PrepareContext } from "./contract.ts";
import {
  choiceParameters,
  choose,
  componentIn,
  incidentStartMs,
  matcherOf,
  newRecoveryId,
} from "./recovery-request.ts";
import {
  BUCKET_READS,
  COPY_OPERATIONS,
  RECOVERY_CAVEATS,
  restoreStep,
  UNDO_OPERATIONS,
  undoingRestore,
} from "./restore-steps.ts";
import type { BucketFacts } from "./s3-facts.ts";
import { countingContext, recoveryChecks } from "./s3-recovery-facts.ts";

const { until: _until, ...where } = choiceParameters;
const parameters = z.object({
  ...where,
  replica: z.string().default("").describe("Bucket with the replicas (empty: where the bucket replicates to)"),
});

/** Copies objects back from a replica that the bucket itself has no version of any more. */
export const copyBackReplica: ActionDefinition<z.infer<typeof parameters>> = {
  id: "copy-back-replica",
  title: "Copy S3 objects back from the replica",
  description:
    "What the bucket has no version of any more (deleted for good, or expired), as the replica has it from before a time. What can be undeleted is left to that.",
  runbook: "Disaster Recovery > S3 Data Recovery",
  tier: "yes",
  parameters,
  operations: [...new Set([...BUCKET_READS, ...UNDO_OPERATIONS, "s3:HeadBucket"])],
  async prepare(context, given) {
    const { found, chosen } = await choose(context, { ...given, until: "" }, ["gone"], incidentStartMs(context));
    const { bucket, prefix, sinceMs, pattern } = chosen;
    const name = given.replica.trim() || destinationOf(found);
    const replica = { bucket: name, region: await regionOf(context, name) };
    const counting = countingContext(context);
    const query = { bucket, replica, prefix, sinceMs, matches: matcherOf(pattern) };
    const [counted, permissions] = await Promise.all([
      countInReplica(query, counting.reading, counting.isOver),
      bucketPermissionChecks(context, bucket, found.policy, ["s3:ListBucketVersions", "s3:PutObject"]),
    ]);
    if (counted.isWhole && counted.count === 0) {
      throw new Failure({
        kind: "not-found",
        what: `copy back from ${name}`,
        why: `the bucket still has a version of all that the replica has from before ${secondText(sinceMs)}`,
        next: "Undelete with recover-s3-deleted, or restore previous versions with recover-s3-versions.",
      });
    }
    const words = `${counted.isWhole ? "" : "at least "}${objectsText(counted.count)}`;
    const title = `Copy ${words} of s3://${bucket}/${prefix} back from ${name}`;
    const recovery = newRecoveryId();
    return {
      facts: {
        bucket,
        prefix: prefix || "all keys",
        since: secondText(sinceMs),
        replica: `${name} in ${replica.region}`,
        "only there": `${words}, ${bytesText(counted.bytes)}`,
      },
      checks: [...recoveryChecks(context, found, undefined, { removesMarkers: false }), ...permissions],
      plan: {
        actionId: copyBackReplica.id,
        title,
        parameters: { ...given, bucket, replica: name, since: secondText(sinceMs) },
        tier: "yes",
        resourceName: bucket,
        recovers: componentIn(bucket, context.deployment),
        effects: [
          `${words} can be read again; jobs and queries see them at once. The bucket replicates the copies again, and they are paid for.`,
        ],
        caveats: [
          "A key of which the bucket has not even a marker may have been deleted on purpose long ago, where the replica keeps what is deleted: choose by prefix and time.",
          ...RECOVERY_CAVEATS,
        ],
        undoing: undoingRestore(
          "The objects that it copied back are deleted again, by new markers: whoever reads them fails.",
        ),
        steps: [
          restoreStep({
            title,
            job: "copy-back-s3",
            recovery,
            chosen,
            input: { replica },
            operations: COPY_OPERATIONS,
            shows: [
              {
                service: "s3",
                operation: "CopyObject",
                input: {
                  Bucket: bucket,
                  Key: "KEY",
                  CopySource: `${name}/KEY?versionId=VERSION`,
                  ServerSideEncryption: "aws:kms",
                  IfNoneMatch: "*",
                },
              },
            ],
          }),
        ],
        verify: null,
        guard: null,
      },
    };
  },
};

/** Where an enabled rule replicates to. Throws a Failure when none does. */
function destinationOf({ bucket, replication }: BucketFacts): string {
  const configuration = "problem" in replication ? null : replication.value?.ReplicationConfiguration;
  const rules = ((configuration as JsonObject | undefined)?.Rules ?? []) as JsonObject[];
  const destinations = rules
    .filter(({ Status }) => Status === "Enabled")
    .map(({ Destination }) => String((Destination as JsonObject | undefined)?.Bucket ?? "").split(":::")[1] ?? "");
  const [name] = destinations;
  if (name) return name;
  throw new Failure({
    kind: "not-found",
    what: `replica of ${bucket}`,
    why: "problem" in replication ? replication.problem : "the bucket replicates to nowhere",
    next: "Name the bucket with the replicas (replica=BUCKET), if there is one.",
  });
}

async function regionOf({ aws, deployment, signal }: PrepareContext, bucket: string): Promise<string> {
  try {
    await aws.call("s3", "HeadBucket", { Bucket: bucket }, { purpose: "action", ...(signal ? { signal } : {}) });
    return deployment.region;
  } catch (error) {
    const { region } = error instanceof Failure ? error.detail : {};
    if (region === undefined) throw error;
    return region;
  }
}
