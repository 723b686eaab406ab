import type { Json, JsonObject } from "../base/json.ts";
import { canonicalPolicy, statementLabels } from "../policy/canonical.ts";
import type { Reading } from "./contract.ts";
import { shortHash } from "./reading.ts";

/** S3 answers AccessDenied when the bucket is another account's: names of buckets are global. */
export const bucketInput = (bucket: string, accountId: string) => ({ Bucket: bucket, ExpectedBucketOwner: accountId });

/** The bucket policy by its meaning, the names of its statements, and its text. */
export function policyReading(bucket: string, accountId: string): Reading {
  return {
    service: "s3",
    operation: "GetBucketPolicy",
    input: bucketInput(bucket, accountId),
    pick: { policy: "Policy.(policy).(sha256)", statements: "Policy.(statements)", text: "Policy" },
    absent: ["NoSuchBucketPolicy"],
  };
}

/** What `policyReading` picks of a policy with this text, as far as it counts. */
export function policyState(text: string | undefined): Record<string, Json> {
  if (text === undefined) return { policy: null, statements: null };
  return { policy: shortHash(canonicalPolicy(text)), statements: statementLabels(text) };
}

/** The lifecycle configuration: ids, states, the whole by its hash, and what has to be written back. */
export function lifecycleReading(bucket: string, accountId: string): Reading {
  return {
    service: "s3",
    operation: "GetBucketLifecycleConfiguration",
    input: bucketInput(bucket, accountId),
    pick: {
      rules: "Rules[].ID",
      status: "Rules[].Status",
      content: "Rules.(sha256)",
      text: "Rules",
      minimumSize: "TransitionDefaultMinimumObjectSize",
    },
    absent: ["NoSuchLifecycleConfiguration"],
  };
}

/** What `lifecycleReading` picks of these rules, as far as it counts. */
export function lifecycleState(rules: JsonObject[]): Record<string, Json> {
  return {
    rules: rules.map(({ ID }) => ID ?? null),
    status: rules.map(({ Status }) => Status ?? null),
    content: shortHash(rules),
  };
}

/** The input that writes the policy, or deletes it where there is to be none. */
export function policyCall(bucket: string, accountId: string, text: string | undefined) {
  const input: JsonObject = bucketInput(bucket, accountId);
  return text === undefined
    ? { operation: "DeleteBucketPolicy", input }
    : { operation: "PutBucketPolicy", input: { ...input, Policy: text } };
}

/** The input that writes all rules: the call replaces the whole configuration, and a default that is left out is set back as well. */
export function lifecycleInput(bucket: string, accountId: string, rules: JsonObject[], minimumSize: Json): JsonObject {
  return {
    ...bucketInput(bucket, accountId),
    LifecycleConfiguration: { Rules: rules },
    ...(minimumSize === null ? {} : { TransitionDefaultMinimumObjectSize: minimumSize }),
  };
}
