import type * as Wire from "@aws-sdk/client-s3";
import type { Operations } from "../../wire/types.ts";
import type { Region } from "../../world/region.ts";
import { bucketOf, objectOf, shownVersionId } from "./common.ts";
import { tagsOf } from "./details.ts";

/** Tags of objects; they belong to a version and can be changed without a new one. */
export function taggingOperations(region: Region): Operations<typeof Wire> {
  const locate = (input: { Bucket: string | undefined; Key: string | undefined; VersionId?: string | undefined }) => {
    const bucket = bucketOf(region, input);
    return { bucket, version: objectOf(bucket, input.Key, input.VersionId) };
  };
  return {
    GetObjectTagging: (input) => {
      const { bucket, version } = locate(input);
      return {
        VersionId: shownVersionId(bucket, version),
        TagSet: Object.entries(version.tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
      };
    },
    PutObjectTagging: (input) => {
      const { bucket, version } = locate(input);
      version.tags = tagsOf(input.Tagging?.TagSet);
      return { VersionId: shownVersionId(bucket, version) };
    },
    DeleteObjectTagging: (input) => {
      const { bucket, version } = locate(input);
      version.tags = undefined;
      return { VersionId: shownVersionId(bucket, version) };
    },
  };
}
