import * as z from "zod";
import { Failure } from "../base/failure.ts";
import type { JsonObject } from "../base/json.ts";
import type { Deployment } from "../config/deployment.ts";
import type { DamageKind } from "../recovery/s3/damage.ts";
import { objectsText, secondText } from "../recovery/words.ts";
import { bucketPermissionChecks } from "./bucket-permissions.ts";
import type { ActionDefinition, Check, JobStep, Plan, PrepareContext, Prepared } from "./contract.ts";
import {
  type Choice,
  type ChosenObjects,
  choiceParameters,
  choose,
  componentIn,
  incidentStartMs,
  newRecoveryId,
} from "./recovery-request.ts";
import {
  BUCKET_READS,
  COPY_OPERATIONS,
  RECOVERY_CAVEATS,
  restoreStep,
  UNDELETE_OPERATIONS,
  UNDO_OPERATIONS,
  undoingRestore,
} from "./restore-steps.ts";
import { burstBefore, type Counted, countForPlan, damageFacts, recoveryChecks } from "./s3-recovery-facts.ts";

const RUNBOOK = "Disaster Recovery > S3 Data Recovery";

interface Restoring {
  actionId: string;
  mode: "undelete" | "copy";
  title(found: string): string;
  tier: Plan["tier"];
  effects(found: string, bucket: string): string[];
  caveats: string[];
  kinds: DamageKind[];
  /** Permissions of the bucket's policy that are looked at. */
  permissions: string[];
  operations: string[];
  shows(chosen: ChosenObjects): JobStep["shows"];
  /** What the undo does to others. */
  undone: string;
}

/** A plan that restores what a survey finds. */
async function restoring(
  context: PrepareContext,
  given: Choice & Record<string, string>,
  how: Restoring,
): Promise<Prepared> {
  const { found, chosen, query } = await choose(context, given, how.kinds, incidentStartMs(context));
  const [counted, permissions] = await Promise.all([
    countForPlan(context, query),
    bucketPermissionChecks(context, chosen.bucket, found.policy, how.permissions),
  ]);
  requireSomething(counted, chosen);
  const { words } = countOf(counted, how.kinds);
  const checks: Check[] = [
    ...recoveryChecks(context, found, counted, { removesMarkers: how.mode === "undelete" }),
    ...permissions,
  ];
  const { bucket, prefix } = chosen;
  const parameters = { ...given, bucket, since: secondText(chosen.sinceMs) };
  return {
    facts: {
      bucket,
      prefix: prefix || "all keys",
      since: secondText(chosen.sinceMs),
      ...damageFacts(counted, how.kinds),
    },
    checks,
    plan: planOf(how, { chosen, parameters, words, place: placeOf(chosen) }, context.deployment),
  };
}

const placeOf = ({ bucket, prefix }: Pick<ChosenObjects, "bucket" | "prefix">) => `s3://${bucket}/${prefix}`;

function countOf({ tally, isWhole }: Counted, kinds: readonly DamageKind[]) {
  const count = kinds.reduce((sum, kind) => sum + tally.kinds[kind].count, 0);
  return { count, words: `${isWhole ? "" : "at least "}${objectsText(count)}` };
}

/** Nothing to restore ends the planning: the parameters are wrong, and the answer says which would not be. */
function requireSomething(counted: Counted, chosen: ChosenObjects): void {
  if (!counted.isWhole || countOf(counted, chosen.kinds).count > 0) return;
  const { sinceMs, kinds } = chosen;
  const earlier = kinds.includes("deleted") ? burstBefore(counted.tally, sinceMs) : undefined;
  throw new Failure({
    kind: "not-found",
    what: `restore objects of ${placeOf(chosen)}`,
    why: `nothing there was ${kinds.includes("deleted") ? "deleted" : "overwritten"} since ${secondText(sinceMs)}`,
    next:
      earlier ?? "Look with list-s3-damage: it lists what happened in the 24 hours before the incident, by the minute.",
  });
}

function planOf(
  how: Restoring,
  what: { chosen: ChosenObjects; parameters: JsonObject; words: string; place: string },
  deployment: Deployment,
): Plan {
  const { chosen, parameters, words, place } = what;
  const { bucket } = chosen;
  const recovery = newRecoveryId();
  const title = how.title(`${words} of ${place}`);
  const shows = how.shows(chosen);
  return {
    actionId: how.actionId,
    title,
    parameters,
    tier: how.tier,
    resourceName: bucket,
    recovers: componentIn(bucket, deployment),
    effects: how.effects(words, bucket),
    caveats: [...how.caveats, ...RECOVERY_CAVEATS],
    undoing: undoingRestore(how.undone),
    steps: [
      restoreStep({
        title,
        job: "recover-s3",
        recovery,
        chosen,
        input: { mode: how.mode },
        operations: how.operations,
        ...(shows ? { shows } : {}),
      }),
    ],
    verify: null,
    guard: null,
  };
}

const undeleteParameters = z.object({
  ...choiceParameters,
  brief: z
    .enum(["leave", "restore"])
    .default("leave")
    .describe("Objects that came after that time and were deleted again: leave: they stay deleted"),
});

/** Brings deleted objects back by removing their delete markers. */
export const recoverS3Deleted: ActionDefinition<z.infer<typeof undeleteParameters>> = {
  id: "recover-s3-deleted",
  title: "Undelete S3 objects: remove their delete markers",
  description:
    "What was there at a time and was deleted since is current again, by prefix, time or pattern. Files of tables before their metadata. Can be undone.",
  runbook: RUNBOOK,
  tier: "yes",
  parameters: undeleteParameters,
  operations: [...new Set([...BUCKET_READS, ...UNDO_OPERATIONS])],
  prepare: (context, given) =>
    restoring(context, given, {
      actionId: recoverS3Deleted.id,
      mode: "undelete",
      title: (found) => `Undelete ${found}`,
      tier: "yes",
      effects: (words) => [
        `${words} can be read again; jobs and queries see them at once. Only markers are removed, no version with data is.`,
      ],
      caveats: [
        "S3 has no condition for the removal of a marker: the versions are listed right before it, and each key is looked at after it.",
      ],
      kinds: given.brief === "restore" ? ["deleted", "brief"] : ["deleted"],
      permissions: ["s3:ListBucketVersions", "s3:DeleteObjectVersion", "s3:GetObject"],
      operations: UNDELETE_OPERATIONS,
      undone: "The objects that it brought back are deleted again, by new markers: whoever reads them fails.",
      shows: ({ bucket }) => [
        {
          service: "s3",
          operation: "DeleteObjects",
          input: { Bucket: bucket, Delete: { Objects: [{ Key: "KEY", VersionId: "VERSION-OF-THE-DELETE-MARKER" }] } },
        },
      ],
    }),
};

const versionParameters = z.object({
  ...choiceParameters,
  damage: z
    .enum(["overwritten", "deleted", "both"])
    .default("overwritten")
    .describe("What is restored by copying the version of that time on top"),
  version: z
    .string()
    .default("")
    .describe("Version id to restore; prefix is then the whole key, and since and damage do not count"),
});

/** Restores earlier versions by copying them on top of what is there. */
export const recoverS3Versions: ActionDefinition<z.infer<typeof versionParameters>> = {
  id: "recover-s3-versions",
  title: "Restore previous versions of S3 objects",
  description:
    "What was overwritten since a time is as it was then, by prefix, time or pattern, or one version by its id. Encrypted by KMS, tags and metadata kept. Can be undone.",
  runbook: RUNBOOK,
  tier: "name",
  parameters: versionParameters,
  operations: [...new Set([...BUCKET_READS, ...UNDO_OPERATIONS])],
  prepare: (context, given) => {
    const how: Restoring = {
      actionId: recoverS3Versions.id,
      mode: "copy",
      title: (found) => `Restore previous versions of ${found}`,
      tier: "name",
      effects: (words) => [
        `${words} read as they were at that time. What was written since lies below, as the version before, and comes back by the undo.`,
        "Each copy is a new version that is paid for.",
      ],
      caveats: ["Versions in GLACIER or DEEP_ARCHIVE have to be restored from there first; they are listed."],
      kinds: given.damage === "both" ? ["overwritten", "deleted"] : [given.damage],
      permissions: ["s3:ListBucketVersions", "s3:GetObjectVersion", "s3:PutObject"],
      operations: COPY_OPERATIONS,
      undone:
        "The objects that it restored read as right before it, with the damage; those that were deleted then are deleted again.",
      shows: ({ bucket }) => [
        {
          service: "s3",
          operation: "CopyObject",
          input: {
            Bucket: bucket,
            Key: "KEY",
            CopySource: `${bucket}/KEY?versionId=VERSION`,
            ServerSideEncryption: "aws:kms",
            IfMatch: "ETAG-OF-THE-CURRENT-VERSION",
          },
        },
      ],
    };
    return given.version === "" ? restoring(context, given, how) : oneVersion(context, given, how);
  },
};

async function oneVersion(
  context: PrepareContext,
  given: z.infer<typeof versionParameters>,
  how: Restoring,
): Promise<Prepared> {
  const { found, chosen, query } = await choose(context, given, how.kinds, incidentStartMs(context));
  if (chosen.prefix === "") {
    throw new Failure({
      kind: "invalid",
      what: "prefix",
      why: "a version belongs to one key, and no key is given",
      next: "Give the whole key as prefix.",
    });
  }
  const place = placeOf(chosen);
  const words = `version ${given.version}`;
  const parameters = { ...given, bucket: chosen.bucket };
  const plan = planOf(how, { chosen, parameters, words, place }, context.deployment);
  const [step] = plan.steps;
  const title = `Restore ${words} of ${place}`;
  return {
    facts: { bucket: chosen.bucket, key: chosen.prefix, version: given.version },
    checks: [
      ...recoveryChecks(context, found, await countForPlan(context, query), { removesMarkers: false }),
      ...(await bucketPermissionChecks(context, chosen.bucket, found.policy, how.permissions)),
    ],
    plan: {
      ...plan,
      title,
      steps: step?.kind === "job" ? [{ ...step, title, input: { ...step.input, version: given.version } }] : [],
    },
  };
}
