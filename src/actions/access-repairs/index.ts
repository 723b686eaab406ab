import { enableKmsKey } from "./enable-kms-key.ts";
import { grantLakeFormation } from "./grant-lake-formation.ts";
import { openEndpointPolicy } from "./open-endpoint-policy.ts";
import { removeBucketDeny } from "./remove-bucket-deny.ts";
import { grantRoleAccess, restoreRolePolicy } from "./role-policy.ts";

/** What the diagnosis of S3 403 offers: each a plan with its way back. */
export const accessRepairs = [
  removeBucketDeny,
  grantRoleAccess,
  restoreRolePolicy,
  grantLakeFormation,
  openEndpointPolicy,
  enableKmsKey,
] as const;
