import type * as Wire from "@aws-sdk/client-s3";
import { AwsError } from "../../wire/aws-error.ts";
import type { Operations } from "../../wire/types.ts";
import type { Region } from "../../world/region.ts";
import { bucketOf, malformedXml } from "./common.ts";

/** Tags of a bucket at most (S3 user guide, bucket tags). */
const BUCKET_TAGS = 50;

function checkTags(tags: readonly Wire.Tag[]): void {
  const keys = tags.map(({ Key }) => Key ?? "");
  if (tags.length > BUCKET_TAGS)
    throw new AwsError("BadRequest", `Bucket tag count cannot be greater than ${BUCKET_TAGS}`, { status: 400 });
  if (keys.some((key) => key === "" || key.length > 128))
    throw new AwsError("InvalidTag", "The TagKey you have provided is invalid", { status: 400 });
  if (new Set(keys).size < keys.length)
    throw new AwsError("InvalidTag", "Cannot provide multiple Tags with the same key", { status: 400 });
}

/** A bucket's encryption, ownership, tags, Object Lock as it is configured, and what no simulated bucket has: logging, notifications. */
export function settingOperations(region: Region): Operations<typeof Wire> {
  const absent = (code: string, message: string, input: { Bucket: string | undefined }) =>
    new AwsError(code, message, { status: 404, members: { BucketName: input.Bucket } });
  return {
    GetBucketEncryption: (input) => ({
      ServerSideEncryptionConfiguration: { Rules: [bucketOf(region, input).settings.encryption] },
    }),
    PutBucketEncryption: (input) => {
      const bucket = bucketOf(region, input);
      const [rule, ...more] = input.ServerSideEncryptionConfiguration?.Rules ?? [];
      if (!rule?.ApplyServerSideEncryptionByDefault || more.length > 0) throw malformedXml();
      bucket.settings.encryption = { ...rule, BucketKeyEnabled: rule.BucketKeyEnabled ?? false };
      return {};
    },
    GetBucketOwnershipControls: (input) => {
      const { ownership } = bucketOf(region, input).settings;
      if (!ownership)
        throw absent("OwnershipControlsNotFoundError", "The bucket ownership controls were not found", input);
      return { OwnershipControls: { Rules: [{ ObjectOwnership: ownership }] } };
    },
    GetBucketTagging: (input) => {
      const { tags } = bucketOf(region, input).settings;
      if (!tags) throw absent("NoSuchTagSet", "The TagSet does not exist", input);
      return { TagSet: tags };
    },
    PutBucketTagging: (input) => {
      const bucket = bucketOf(region, input);
      const tags = input.Tagging?.TagSet ?? [];
      checkTags(tags);
      if (tags.length === 0) delete bucket.settings.tags;
      else bucket.settings.tags = tags;
      return {};
    },
    DeleteBucketTagging: (input) => {
      delete bucketOf(region, input).settings.tags;
      return {};
    },
    GetBucketLogging: (input) => {
      bucketOf(region, input);
      return {};
    },
    GetBucketNotificationConfiguration: (input) => {
      bucketOf(region, input);
      return {};
    },
    GetObjectLockConfiguration: (input) => {
      const { objectLock } = bucketOf(region, input).settings;
      if (objectLock) return { ObjectLockConfiguration: objectLock };
      throw absent(
        "ObjectLockConfigurationNotFoundError",
        "Object Lock configuration does not exist for this bucket",
        input,
      );
    },
  };
}
