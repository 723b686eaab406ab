import { Failure, failureDetail } from "../base/failure.ts";
import { type JsonObject, toJson } from "../base/json.ts";
import type { PrepareContext } from "./contract.ts";
import { bucketInput } from "./s3-readings.ts";

/** A part of a bucket's configuration: `null` where S3 says that there is none, a problem where it could not be read. */
export type Setting = { value: JsonObject | null } | { problem: string };

export interface BucketFacts {
  bucket: string;
  /** The policy's text as S3 gives it; undefined: there is none. */
  policy: string | undefined;
  versioning: Setting;
  publicAccessBlock: Setting;
  lifecycle: Setting;
  replication: Setting;
  encryption: Setting;
  tags: Setting;
}

/** The error codes by which S3 says that a setting is not there. */
const NONE = new Set([
  "NoSuchBucketPolicy",
  "NoSuchLifecycleConfiguration",
  "NoSuchPublicAccessBlockConfiguration",
  "NoSuchTagSet",
  "ReplicationConfigurationNotFoundError",
  "ServerSideEncryptionConfigurationNotFoundError",
]);

/** The parts of a bucket's configuration, each with the call that reads it. */
export const SETTINGS = {
  versioning: "GetBucketVersioning",
  publicAccessBlock: "GetPublicAccessBlock",
  lifecycle: "GetBucketLifecycleConfiguration",
  replication: "GetBucketReplication",
  encryption: "GetBucketEncryption",
  tags: "GetBucketTagging",
} as const;

/**
 * Reads a bucket's policy and configuration in parallel. Only the policy must be readable.
 * @throws Failure of the policy's read: denied also when the bucket is another account's, not-found when it does not exist.
 */
export async function readBucket(context: PrepareContext, bucket: string): Promise<BucketFacts> {
  const names = Object.keys(SETTINGS) as (keyof typeof SETTINGS)[];
  const [policy, ...settings] = await Promise.all([
    read(context, bucket, "GetBucketPolicy"),
    ...names.map((name) => settled(read(context, bucket, SETTINGS[name]))),
  ]);
  const found = Object.fromEntries(names.map((name, index) => [name, settings[index]!])) as Record<
    keyof typeof SETTINGS,
    Setting
  >;
  return { bucket, policy: typeof policy?.Policy === "string" ? policy.Policy : undefined, ...found };
}

async function read(context: PrepareContext, bucket: string, operation: string): Promise<JsonObject | null> {
  const { aws, accountId, signal } = context;
  try {
    const { output } = await aws.callByName("s3", operation, bucketInput(bucket, accountId), {
      purpose: "action",
      ...(signal ? { signal } : {}),
    });
    const { $metadata: _metadata, ...members } = toJson(output) as JsonObject;
    return members;
  } catch (error) {
    if (error instanceof Failure && NONE.has(error.detail.code ?? "")) return null;
    throw error;
  }
}

async function settled(reading: Promise<JsonObject | null>): Promise<Setting> {
  try {
    return { value: await reading };
  } catch (error) {
    return { problem: failureDetail(error, "s3").why };
  }
}

/** The rules of a lifecycle configuration; undefined: could not be read. */
export function rulesOf(lifecycle: Setting): JsonObject[] | undefined {
  return "problem" in lifecycle ? undefined : ((lifecycle.value?.Rules ?? []) as JsonObject[]);
}

/** Whether a rule destroys noncurrent versions, or the delete markers that show what was deleted. */
export function expiresVersions(rule: JsonObject): boolean {
  const expiration = rule.Expiration as JsonObject | undefined;
  return (
    rule.Status === "Enabled" &&
    (rule.NoncurrentVersionExpiration !== undefined || expiration?.ExpiredObjectDeleteMarker === true)
  );
}

/** Whether a rule deletes anything: on a versioned bucket the expiry of current versions leaves them as noncurrent ones. */
export function expires(rule: JsonObject): boolean {
  return expiresVersions(rule) || (rule.Status === "Enabled" && rule.Expiration !== undefined);
}
