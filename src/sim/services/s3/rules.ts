import type * as Wire from "@aws-sdk/client-s3";
import { AwsError } from "../../wire/aws-error.ts";
import type { Operations } from "../../wire/types.ts";
import type { Region } from "../../world/region.ts";
import type { Bucket } from "../../world/s3/bucket.ts";
import { DAY_MS } from "../../world/s3/lifecycle.ts";
import { destinationOf } from "../../world/s3/replication.ts";
import { bucketOf, invalidArgument, invalidRequest, malformedXml } from "./common.ts";

/** Rules of a configuration at most (S3 user guide, lifecycle and replication). */
const RULES = 1000;

const ACTIONS = [
  "Expiration",
  "Transitions",
  "NoncurrentVersionTransitions",
  "NoncurrentVersionExpiration",
  "AbortIncompleteMultipartUpload",
] as const;

function checkLifecycleRule(rule: Wire.LifecycleRule): void {
  const { Status: status, Filter: filter, Prefix: prefix, Expiration: expiration } = rule;
  if (status !== "Enabled" && status !== "Disabled") throw malformedXml();
  if ((filter === undefined) === (prefix === undefined)) throw malformedXml();
  if (ACTIONS.every((action) => rule[action] === undefined))
    throw invalidRequest("At least one action needs to be specified in a rule");
  const periods = [
    ["Expiration", expiration?.Days],
    ["NoncurrentVersionExpiration", rule.NoncurrentVersionExpiration?.NoncurrentDays],
    ["AbortIncompleteMultipartUpload", rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation],
  ] as const;
  for (const [action, days] of periods) {
    if (days !== undefined && days < 1)
      throw invalidArgument(`'Days' for ${action} action must be a positive integer`, "Days", days);
  }
  if (rule.NoncurrentVersionExpiration && rule.NoncurrentVersionExpiration.NoncurrentDays === undefined)
    throw malformedXml();
  const kinds = [expiration?.Days, expiration?.Date, expiration?.ExpiredObjectDeleteMarker];
  if (expiration && kinds.filter((value) => value !== undefined).length !== 1) throw malformedXml();
  if (expiration?.Date && expiration.Date.getTime() % DAY_MS !== 0)
    throw invalidArgument("'Date' must be at midnight GMT", "Date", expiration.Date.toISOString());
}

/** Every rule with an id: S3 makes one where the caller gave none. */
function withIds(bucket: Bucket, rules: readonly Wire.LifecycleRule[]): Wire.LifecycleRule[] {
  return rules.map((rule) => ({ ...rule, ID: rule.ID || bucket.random("client").hex(48) }));
}

function checkReplication(region: Region, bucket: Bucket, rules: readonly Wire.ReplicationRule[]): void {
  if (bucket.versioning !== "Enabled")
    throw invalidRequest("Versioning must be 'Enabled' on the bucket to apply a replication configuration");
  if (rules.length === 0 || rules.length > RULES) throw malformedXml();
  for (const rule of rules) {
    const destination = region.account.buckets.byName.get(destinationOf(rule));
    if (!destination) throw invalidRequest("Destination bucket must exist.");
    if (destination.versioning !== "Enabled") throw invalidRequest("Destination bucket must have versioning enabled.");
    if (destination === bucket) throw invalidRequest("Destination bucket cannot be the same as the source bucket.");
  }
}

/** Lifecycle and replication: configurations that the world carries out. */
export function ruleOperations(region: Region): Operations<typeof Wire> {
  return {
    GetBucketLifecycleConfiguration: (input) => {
      const { lifecycle } = bucketOf(region, input).settings;
      if (!lifecycle)
        throw new AwsError("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", {
          status: 404,
          members: { BucketName: input.Bucket },
        });
      return { Rules: lifecycle, TransitionDefaultMinimumObjectSize: "all_storage_classes_128K" };
    },
    PutBucketLifecycleConfiguration: (input) => {
      const bucket = bucketOf(region, input);
      const rules = input.LifecycleConfiguration?.Rules ?? [];
      if (rules.length === 0 || rules.length > RULES) throw malformedXml();
      rules.forEach(checkLifecycleRule);
      const ids = rules.flatMap(({ ID }) => (ID ? [ID] : []));
      if (new Set(ids).size < ids.length)
        throw invalidArgument("Rule ID must be unique. Found same ID for more than one rule", "ID", ids[0]);
      // The whole configuration is replaced, rules that are not named again are gone (S3 API reference).
      bucket.settings.lifecycle = withIds(bucket, rules);
      return { TransitionDefaultMinimumObjectSize: "all_storage_classes_128K" };
    },
    DeleteBucketLifecycle: (input) => {
      delete bucketOf(region, input).settings.lifecycle;
      return {};
    },
    GetBucketReplication: (input) => {
      const { replication } = bucketOf(region, input).settings;
      if (!replication)
        throw new AwsError("ReplicationConfigurationNotFoundError", "The replication configuration was not found", {
          status: 404,
          members: { BucketName: input.Bucket },
        });
      return { ReplicationConfiguration: replication };
    },
    PutBucketReplication: (input) => {
      const bucket = bucketOf(region, input);
      const configuration = input.ReplicationConfiguration;
      if (!configuration) throw malformedXml();
      checkReplication(region, bucket, configuration.Rules ?? []);
      bucket.settings.replication = configuration;
      return {};
    },
    DeleteBucketReplication: (input) => {
      delete bucketOf(region, input).settings.replication;
      return {};
    },
  };
}
