import { hostname, userInfo } from "node:os";
import { Failure } from "../base/failure.ts";
import type { StateAccess, StatePlace } from "../recovery/terraform-state/place.ts";
import type { AuditPlace } from "../recovery/terraform-state/writers.ts";
import type { PrepareContext } from "./contract.ts";

/** What all actions on the Terraform state read. */
export const READ_STATE_OPERATIONS = [
  "s3:ListObjectVersions",
  "s3:ListObjectsV2",
  "s3:HeadObject",
  "s3:GetObject",
  "dynamodb:GetItem",
];

/** What a replacement writes. */
export const WRITE_STATE_OPERATIONS = ["s3:PutObject", "s3:DeleteObject", "dynamodb:PutItem", "dynamodb:DeleteItem"];

/** Where the state is, by the configuration. @throws Failure not-found when no bucket is known. */
export function placeOf({ deployment }: PrepareContext): StatePlace {
  const { terraform } = deployment;
  if (!terraform) {
    throw new Failure({
      kind: "not-found",
      what: "Terraform state",
      why: "it is not known in which bucket it is",
      next: "Set terraform.stateBucket in mayday.yaml, or MAYDAY_TERRAFORM_STATE_BUCKET.",
    });
  }
  const { stateBucket: bucket, stateKey: key, lockTable } = terraform;
  return { bucket, key, ...(lockTable ? { lockTable } : {}) };
}

/** Where data events may tell who wrote a version. */
export function auditOf({ deployment, accountId }: PrepareContext): AuditPlace | undefined {
  const { audit } = deployment.buckets;
  return audit === undefined ? undefined : { bucket: audit, accountId, region: deployment.region };
}

export const accessOf = ({ aws, signal }: PrepareContext): StateAccess => ({ aws, ...(signal ? { signal } : {}) });

/** `Who` of our lock, in Terraform's form. */
export const lockOwner = (): string => `${userInfo().username}@${hostname()}`;

/** `Info` of our lock: by it a later run of the same incident knows its own lock again. */
export const lockInfoText = (incidentId: string): string => `mayday incident ${incidentId}`;

/** The state in the words of the field: also what two cockpits may not write to at once. */
export const stateResource = ({ bucket, key }: StatePlace): string => `Terraform state s3://${bucket}/${key}`;
