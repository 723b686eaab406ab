import type { RecoveryPath } from "../state/recovery-objectives.ts";
import type { Component } from "./entries.ts";

const MINUTE_MS = 60_000;

/** A row of the table "RTO/RPO Targets" of the operations runbook, with what it does not say. */
export interface RecoveryTarget {
  component: Component;
  /** Word for word, as are the next three. */
  label: string;
  rpo: string;
  rto: string;
  strategy: string;
  /** The RTO as a number, domain ms. */
  rtoMs: number;
  realRpo: string;
  paths: Omit<RecoveryPath, "status">[];
}

const path = (
  id: string,
  title: string,
  minimumMs: number,
  basis: string,
  actionIds: string[],
  byHand: string,
  more: Pick<RecoveryPath, "parameters" | "looksOnly"> = {},
): RecoveryTarget["paths"][number] => ({ id, title, minimumMs, basis, actionIds, byHand, ...more });

/** In the order of the runbook. Minima without a source of AWS are estimates of the calls that are needed at least, and say so. */
export const RECOVERY_TARGETS: readonly RecoveryTarget[] = [
  {
    component: "s3",
    label: "S3 lakehouse data",
    rpo: "0 (versioned)",
    rto: "< 1 hour",
    rtoMs: 60 * MINUTE_MS,
    strategy: "S3 versioning + cross-region replication (if enabled)",
    realRpo:
      "0 only as long as versions are kept: lifecycle deletes noncurrent versions after 30 days (hold-lifecycle stops that)",
    paths: [
      path(
        "undelete",
        "Remove the delete markers",
        MINUTE_MS,
        "estimate: 1000 objects a call",
        ["recover-s3-deleted"],
        "aws s3api delete-object --version-id MARKER",
      ),
      path(
        "versions",
        "Copy earlier versions over what is current",
        5 * MINUTE_MS,
        "estimate: a copy for each object",
        ["recover-s3-versions"],
        "aws s3api copy-object with versionId, and aws:kms",
      ),
      path(
        "table",
        "Restore what a table's snapshot needs",
        5 * MINUTE_MS,
        "estimate: a marker or a copy for each file",
        ["recover-table"],
        "its metadata, manifests and data files one by one",
      ),
      path(
        "replica",
        "Copy back from the replica bucket, where there is one",
        5 * MINUTE_MS,
        "estimate: a copy for each object",
        ["copy-back-replica"],
        "aws s3 sync from the replica bucket",
      ),
    ],
  },
  {
    component: "terraform-state",
    label: "Terraform state",
    rpo: "0 (versioned)",
    rto: "< 30 min",
    rtoMs: 30 * MINUTE_MS,
    strategy: "S3 versioning on state bucket",
    realRpo: "0 for what was written; what an apply did and never wrote has to be imported",
    paths: [
      path(
        "version",
        "Put an earlier version back, under the lock",
        MINUTE_MS,
        "estimate: a dozen calls",
        ["recover-terraform-state", "mend-terraform-state"],
        "aws s3api get-object and put-object, then the digest item",
      ),
    ],
  },
  {
    component: "nessie",
    label: "Nessie catalog (DynamoDB)",
    rpo: "< 1 second",
    rto: "< 1 hour",
    rtoMs: 60 * MINUTE_MS,
    strategy: "Point-in-time recovery (PITR)",
    realRpo: "about 5 minutes: the last ones before now cannot be restored (DynamoDB, latest restorable time)",
    paths: [
      path(
        "service",
        "Bring the service back: undo of a containment, or a rollback",
        3 * MINUTE_MS,
        "estimate: a task's start and two health checks",
        [],
        "the undo ledger (z), restore-desired-count or roll-back-deployment",
      ),
      path(
        "branch",
        "Assign the branch to a commit before the damage",
        MINUTE_MS,
        "estimate: a few calls",
        ["recover-nessie-branch"],
        "Nessie REST API v2: assign the branch with the expected hash",
      ),
      path(
        "pitr",
        "Point-in-time restore of both tables, then the swap by Terraform",
        20 * MINUTE_MS,
        "AWS: a restore takes at least 20 minutes, whatever the size",
        ["recover-nessie-tables", "switch-nessie-tables"],
        "aws dynamodb restore-table-to-point-in-time for both tables",
      ),
    ],
  },
  {
    component: "dagster",
    label: "Dagster pipelines",
    rpo: "0 (in Git)",
    rto: "< 15 min",
    rtoMs: 15 * MINUTE_MS,
    strategy: "Redeploy from Git",
    realRpo: "0 for code; a run that was under way has to be run again",
    paths: [
      path(
        "redeploy",
        "Redeploy",
        2 * MINUTE_MS,
        "estimate: the image is pulled and a task starts",
        ["redeploy-dagster"],
        "aws ecs update-service --force-new-deployment, or docker compose pull and up -d",
      ),
    ],
  },
  {
    component: "audit-logs",
    label: "CloudTrail audit logs",
    rpo: "0 (versioned)",
    rto: "< 1 hour",
    rtoMs: 60 * MINUTE_MS,
    strategy: "Separate audit bucket with versioning",
    realRpo: "0 for what was delivered: CloudTrail delivers about five minutes late, digests once an hour",
    paths: [
      path(
        "check",
        "Check the digest chain, and find what was deleted",
        2 * MINUTE_MS,
        "estimate: a read for each log file",
        ["check-audit-logs"],
        "aws cloudtrail validate-logs",
        { looksOnly: true },
      ),
      path(
        "undelete",
        "Remove the delete markers of log files",
        MINUTE_MS,
        "estimate: 1000 objects a call",
        ["recover-s3-deleted"],
        "recover-s3-deleted with the parameter bucket=audit",
        { parameters: { bucket: "audit" } },
      ),
    ],
  },
];
