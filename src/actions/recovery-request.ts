import { randomUUID } from "node:crypto";
import * as z from "zod";
import { Failure } from "../base/failure.ts";
import type { JsonObject } from "../base/json.ts";
import type { Deployment } from "../config/deployment.ts";
import type { Component } from "../record/entries.ts";
import type { DamageKind } from "../recovery/s3/damage.ts";
import { expiryOf } from "../recovery/s3/expiry.ts";
import { keyPattern } from "../recovery/s3/keys.ts";
import type { SurveyQuery } from "../recovery/s3/survey.ts";
import type { PrepareContext } from "./contract.ts";
import { timeOf } from "./evidence-window.ts";
import { type BucketFacts, readBucket } from "./s3-facts.ts";
import { encryptionFacts, lifecycleRules } from "./s3-recovery-facts.ts";

/** The parameters by which objects are chosen. */
export const choiceParameters = {
  bucket: z.string().default("").describe("Bucket (empty: the lakehouse bucket; audit: the audit bucket)"),
  prefix: z.string().default("").describe("Only keys that begin so, such as lakehouse/orders/"),
  pattern: z.string().default("").describe("Only keys like this: * any text in a folder, ** any text, ? a character"),
  since: z
    .string()
    .default("")
    .describe("What happened since this time, UTC ISO 8601 or an age such as 2h; default: the incident's start"),
  until: z.string().default("").describe("And no later than this; default: now"),
};

export interface Choice {
  bucket: string;
  prefix: string;
  pattern: string;
  since: string;
  until: string;
}

/** What a recovery's job gets: plain JSON. Times in domain ms. */
export interface ChosenObjects {
  bucket: string;
  accountId: string;
  prefix: string;
  pattern: string;
  sinceMs: number;
  /** Null: the start of the job. With it a job that was cut off is found again. */
  untilMs: number | null;
  kinds: DamageKind[];
  /** Lifecycle rules of the bucket, for the days that are left. */
  rules: JsonObject[];
  kmsKeyId: string | null;
  bucketKey: boolean;
}

/** The bucket that is meant. @throws Failure when it is the audit bucket, and none is known. */
function bucketOf({ buckets }: Deployment, given: string): string {
  if (given !== "audit") return given || buckets.lakehouse;
  if (buckets.audit) return buckets.audit;
  throw invalid("bucket", "no audit bucket is known (buckets.audit in mayday.yaml)");
}

/** What of the lakehouse lives in a bucket; null for one that the deployment does not name. */
export function componentIn(bucket: string, { buckets, terraform }: Deployment): Component | null {
  if (bucket === buckets.lakehouse) return "s3";
  if (bucket === buckets.audit) return "audit-logs";
  return bucket === terraform?.stateBucket ? "terraform-state" : null;
}

/** Reads the bucket, and checks the parameters. Throws a Failure that names the wrong one. */
export async function choose(
  context: PrepareContext,
  given: Choice,
  kinds: DamageKind[],
  defaultSinceMs: number,
): Promise<{ found: BucketFacts; chosen: ChosenObjects; query: SurveyQuery }> {
  const nowMs = context.clock.now();
  const sinceMs = given.since === "" ? defaultSinceMs : timeOf("since", given.since, nowMs);
  const untilMs = given.until === "" ? null : timeOf("until", given.until, nowMs);
  if (sinceMs >= (untilMs ?? nowMs)) throw invalid("since", "the time lies at or after the end of the window");
  matcherOf(given.pattern);
  const { found, chosen } = await chooseIn(context, {
    bucket: bucketOf(context.deployment, given.bucket.trim()),
    prefix: given.prefix,
    pattern: given.pattern,
    // A plan keeps whole seconds, as S3 does.
    sinceMs: Math.floor(sinceMs / 1000) * 1000,
    untilMs,
    kinds,
  });
  return { found, chosen, query: queryOf(chosen, untilMs ?? nowMs) };
}

/** Reads the bucket of chosen objects. Rejects with a Failure when it cannot be read. */
export async function chooseIn(
  context: PrepareContext,
  objects: Pick<ChosenObjects, "bucket" | "prefix" | "pattern" | "sinceMs" | "untilMs" | "kinds">,
): Promise<{ found: BucketFacts; chosen: ChosenObjects }> {
  const found = await readBucket(context, objects.bucket);
  const { kmsKeyId, bucketKey } = encryptionFacts(found);
  const chosen: ChosenObjects = {
    ...objects,
    accountId: context.accountId,
    rules: lifecycleRules(found),
    kmsKeyId: kmsKeyId ?? null,
    bucketKey: bucketKey ?? false,
  };
  return { found, chosen };
}

export function queryOf(chosen: ChosenObjects, untilMs: number): SurveyQuery {
  const { bucket, prefix, pattern, sinceMs, kinds, rules } = chosen;
  return { bucket, prefix, sinceMs, untilMs, kinds, matches: matcherOf(pattern), expiry: expiryOf(rules) };
}

/** Whether a key is meant by the pattern; an empty one means all. Throws a Failure for one that cannot be used. */
export function matcherOf(pattern: string): (key: string) => boolean {
  if (pattern === "") return () => true;
  const matches = keyPattern(pattern);
  if (!matches) throw invalid("pattern", "it has more than eight wildcards");
  return matches;
}

/** The incident's start: its detection, or its declaration where that came first. */
export const incidentStartMs = ({ incident }: PrepareContext): number =>
  Math.min(incident.detectedAtMs ?? incident.declaredAtMs, incident.declaredAtMs);

/** The id of a recovery: its plan, its folder and its undo name it. */
export const newRecoveryId = (): string => randomUUID();

const invalid = (what: string, why: string) =>
  new Failure({ kind: "invalid", what, why, next: "See mayday run --list for what each parameter takes." });
