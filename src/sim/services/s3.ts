import type * as Wire from "@aws-sdk/client-s3";
import { defineService, type ServiceDefinition } from "../wire/types.ts";
import type { Region } from "../world/region.ts";
import { bucketOperations } from "./s3/buckets.ts";
import { deletingOperations } from "./s3/deleting.ts";
import { listingOperations } from "./s3/listing.ts";
import { multipartOperations } from "./s3/multipart.ts";
import { policyOperations } from "./s3/policy.ts";
import { readingOperations } from "./s3/reading.ts";
import { ruleOperations } from "./s3/rules.ts";
import { settingOperations } from "./s3/settings.ts";
import { taggingOperations } from "./s3/tagging.ts";
import { uploadListing } from "./s3/uploads.ts";
import { writingOperations } from "./s3/writing.ts";

/** Amazon S3. Whether a caller may do what a call asks is decided before these handlers run. */
export function s3Service(region: Region): ServiceDefinition {
  return defineService<typeof Wire>({
    signingName: "s3",
    load: () => import("@aws-sdk/client-s3"),
    clientName: "S3Client",
    operations: {
      ...bucketOperations(region),
      ...policyOperations(region),
      ...settingOperations(region),
      ...ruleOperations(region),
      ...listingOperations(region),
      ...readingOperations(region),
      ...writingOperations(region),
      ...deletingOperations(region),
      ...taggingOperations(region),
      ...multipartOperations(region),
      ...uploadListing(region),
    },
  });
}
