import { formatAge } from "../base/duration.ts";
import type { JsonObject } from "../base/json.ts";
import { PauseGate } from "../evidence/export/pause.ts";
import type { RecoveryContext } from "../recovery/contract.ts";
import { DAMAGE_KINDS, type DamageKind } from "../recovery/s3/damage.ts";
import { countDamage, type SurveyQuery } from "../recovery/s3/survey.ts";
import { burstsOf, type Tally } from "../recovery/s3/tally.ts";
import { encryptionDefaults } from "../recovery/s3/target.ts";
import { bytesText, countText, objectsText, secondText } from "../recovery/words.ts";
import type { Check, PrepareContext } from "./contract.ts";
import { type BucketFacts, rulesOf } from "./s3-facts.ts";

/** How long a plan may take to count what it is about, machine ms; the job itself counts to the end. */
const COUNT_WITHIN_MS = 10_000;
/** Deletions this young are probably still going on, domain ms. */
const STILL_MS = 10 * 60_000;
const DAY_MS = 86_400_000;

export interface Counted {
  tally: Tally;
  /** False: the time was over first, so there are at least as many. */
  isWhole: boolean;
}

/** What reads for a plan: for a few seconds at most. `isOver`: whether that time is what ended it. */
export function countingContext(context: PrepareContext): { reading: RecoveryContext; isOver: () => boolean } {
  const box = AbortSignal.timeout(COUNT_WITHIN_MS);
  const { aws, clock } = context;
  return {
    isOver: () => box.aborted,
    reading: {
      aws,
      clock,
      signal: AbortSignal.any([box, ...(context.signal ? [context.signal] : [])]),
      pause: new PauseGate(),
      folder: "",
      progress: () => undefined,
      checkCaller: async () => undefined,
    },
  };
}

/** Counts the damage for a plan. Rejects with a Failure when the bucket cannot be listed. */
export async function countForPlan(context: PrepareContext, query: SurveyQuery): Promise<Counted> {
  const { reading, isOver } = countingContext(context);
  return countDamage(query, reading, isOver);
}

/** What was found, for the dialog. */
export function damageFacts({ tally, isWhole }: Counted, kinds: readonly DamageKind[]): Record<string, string> {
  const least = isWhole ? "" : "at least ";
  const shown = DAMAGE_KINDS.filter((kind) => kinds.includes(kind) || tally.kinds[kind].count > 0);
  return {
    "versions read": `${countText(tally.versions)}${isWhole ? "" : `, and there are more: counting ended after ${COUNT_WITHIN_MS / 1000} s`}`,
    ...Object.fromEntries(
      shown.map((kind) => {
        const { count, bytes, firstMs, lastMs } = tally.kinds[kind];
        const when = firstMs === null || lastMs === null ? "" : `, ${secondText(firstMs)} to ${secondText(lastMs)}`;
        return [KIND_WORDS[kind], `${least}${objectsText(count)}, ${bytesText(bytes)}${when}`];
      }),
    ),
    ...burstFacts(tally),
  };
}

/** What each kind of damage is called. */
export const KIND_WORDS: Record<DamageKind, string> = {
  deleted: "deleted since",
  overwritten: "overwritten since",
  new: "new since",
  brief: "came and went since",
  gone: "gone for good",
};

/** When keys were deleted: the responder finds the time to give there. */
function burstFacts(tally: Tally): Record<string, string> {
  const bursts = burstsOf(tally);
  if (bursts.length === 0) return {};
  const shown = bursts
    .slice(0, 3)
    .map(({ fromMs, toMs, count }) => `${countText(count)} from ${secondText(fromMs)} to ${secondText(toMs)}`);
  const rest = bursts.length > 3 ? `; ${bursts.length - 3} smaller ones` : "";
  return { "deletions by time": `${shown.join("; ")}${rest}` };
}

/** The largest burst of deletions from before a time, for who gave too late a one. */
export function burstBefore(tally: Tally, sinceMs: number): string | undefined {
  const burst = burstsOf(tally).find(({ fromMs }) => fromMs < sinceMs);
  return (
    burst &&
    `${objectsText(burst.count)} were deleted from ${secondText(burst.fromMs)} on: give since=${secondText(burst.fromMs)}`
  );
}

/** Versioning, MFA delete, the expiry of versions, and whether the damage goes on. */
export function recoveryChecks(
  context: PrepareContext,
  found: BucketFacts,
  counted: Counted | undefined,
  { removesMarkers }: { removesMarkers: boolean },
): Check[] {
  const { tally } = counted ?? {};
  return [
    versioningCheck(found, removesMarkers),
    ...(tally ? [...expiryCheck(context, found, tally), ...goingOnCheck(context, tally)] : []),
  ];
}

function versioningCheck({ versioning }: BucketFacts, removesMarkers: boolean): Check {
  const label = "versioning";
  if ("problem" in versioning) return { label, status: "fail", detail: `could not be read: ${versioning.problem}` };
  const { Status: status, MFADelete: mfa } = versioning.value ?? {};
  if (status !== "Enabled")
    return {
      label,
      status: "fail",
      detail: `${String(status ?? "off")}: a restore would replace what is there for good`,
    };
  if (removesMarkers && mfa === "Enabled") {
    const detail =
      "MFA delete is on, so no marker can be removed here: recover-s3-versions with damage=deleted copies the versions instead";
    return { label, status: "fail", detail };
  }
  return { label, status: "pass", detail: "Enabled" };
}

function expiryCheck({ clock }: PrepareContext, { bucket, lifecycle }: BucketFacts, tally: Tally): Check[] {
  const label = "days left";
  if (!rulesOf(lifecycle)) return [{ label, status: "unknown", detail: "the lifecycle rules could not be read" }];
  if (!tally.expiry) return [];
  const leftMs = tally.expiry.firstMs - clock.now();
  const days = Math.max(0, Math.floor(leftMs / DAY_MS));
  const first = `S3 deletes the first of these versions for good after ${secondText(tally.expiry.firstMs)}`;
  const hold = `mayday run hold-lifecycle --parameter bucket=${bucket} --yes stops that`;
  return [{ label, status: days < 7 ? "warn" : "pass", detail: `${days}: ${first}; ${hold}` }];
}

function goingOnCheck({ clock }: PrepareContext, { kinds }: Tally): Check[] {
  const lastMs = kinds.deleted.lastMs;
  const ageMs = lastMs === null ? Number.POSITIVE_INFINITY : clock.now() - lastMs;
  if (ageMs > STILL_MS) return [];
  const detail = `the last deletion is ${formatAge(ageMs)} old: contain what deletes first (contain-s3), or it deletes again what comes back`;
  return [{ label: "still going on", status: "warn", detail }];
}

/** What a write has to say of encryption in this bucket. */
export function encryptionFacts({ encryption }: BucketFacts): ReturnType<typeof encryptionDefaults> {
  return "problem" in encryption ? {} : encryptionDefaults(encryption.value);
}

/** The rules by which versions expire; none where they could not be read, which a check says. */
export const lifecycleRules = ({ lifecycle }: BucketFacts): JsonObject[] => rulesOf(lifecycle) ?? [];
