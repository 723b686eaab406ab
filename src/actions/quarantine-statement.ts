import type { JsonObject } from "../base/json.ts";

export const LEVELS = ["freeze-deletion", "freeze-writes", "deny-all"] as const;
export type QuarantineLevel = (typeof LEVELS)[number];

/**
 * What each level denies. Every level also denies what would end the quarantine or destroy around it: policy, lifecycle (expiry is a
 * deletion by S3 itself), versioning. A wildcard must match some action of the bucket or of its objects, which S3 checks.
 */
const ACTIONS: Record<QuarantineLevel, string[]> = {
  "freeze-deletion": [
    "s3:BypassGovernanceRetention",
    "s3:Delete*",
    "s3:PutBucketPolicy",
    "s3:PutBucketVersioning",
    "s3:PutLifecycleConfiguration",
    "s3:PutObjectLegalHold",
    "s3:PutObjectRetention",
    "s3:ReplicateDelete",
  ],
  "freeze-writes": [
    "s3:AbortMultipartUpload",
    "s3:BypassGovernanceRetention",
    "s3:Delete*",
    "s3:ObjectOwnerOverrideToBucketOwner",
    "s3:Put*",
    "s3:Replicate*",
    "s3:RestoreObject",
  ],
  "deny-all": ["s3:*"],
};

/** An action of each level that nobody but the exempt may do any more, and whether it is one on objects: what the proof tries as a stranger. */
export const PROBES: Record<QuarantineLevel, string> = {
  "freeze-deletion": "s3:DeleteObjectVersion",
  "freeze-writes": "s3:PutObject",
  "deny-all": "s3:GetObject",
};

/** Whom the statement spares: either list is enough. */
export interface Exemption {
  /** ARNs as the condition key aws:PrincipalArn has them: a role's with its path, never the session's. */
  arns: string[];
  /** Patterns of aws:userId: `AROA...:*` for every session of a role. */
  userIds: string[];
}

/** The Sid of an incident's quarantine: one for each level, so that a stricter one can be put on top. S3 takes letters and digits. */
export function quarantineSid(incidentId: string, level: QuarantineLevel): string {
  const short = incidentId.replace(/[^A-Za-z0-9]/g, "").slice(-12);
  return `IncidentQuarantine${short}${level.replace(/(?:^|-)([a-z])/g, (_all, letter: string) => letter.toUpperCase())}`;
}

/**
 * The one statement that a quarantine appends. Both conditions must hold for the denial, so a principal that either of them names is
 * spared. It uses no policy variable, and so means the same under both versions of the policy language.
 */
export function quarantineStatement(
  bucketArn: string,
  sid: string,
  level: QuarantineLevel,
  exemption: Exemption,
): JsonObject {
  return {
    Sid: sid,
    Effect: "Deny",
    Principal: "*",
    Action: ACTIONS[level],
    Resource: [bucketArn, `${bucketArn}/*`],
    Condition: {
      ArnNotLike: { "aws:PrincipalArn": exemption.arns },
      StringNotLike: { "aws:userId": exemption.userIds },
    },
  };
}
