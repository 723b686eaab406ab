import { partitionOf, s3Arn } from "../../aws/partition.ts";
import { denialsOf } from "../../policy/denials.ts";
import { type Policy, parsePolicy } from "../../policy/document.ts";
import { detector } from "./detector.ts";

const HEADER = "s3:x-amz-server-side-encryption";

interface Place {
  bucket: string;
  accountId: string;
  region: string;
}

/** The Sids of the statements that certainly deny an upload by somebody whom the policy does not name. */
function denyingUpload(policy: Policy, { bucket, accountId, region }: Place, encryption: string | undefined): string[] {
  const roleArn = `arn:${partitionOf(region)}:iam::${accountId}:role/somebody`;
  const { certain } = denialsOf(
    {
      principal: { type: "role-session", arn: `${roleArn}/session`, roleArn, accountId },
      action: "s3:PutObject",
      resource: s3Arn(region, bucket, "some/object"),
      resourceAccountId: accountId,
    },
    policy,
    {
      values: { "aws:securetransport": "true", ...(encryption ? { [HEADER]: encryption } : {}) },
      absent: encryption ? [] : [HEADER],
    },
  );
  return certain.map(({ statement }) => statement.sid ?? `statement ${statement.index + 1}`);
}

/** The policy refuses uploads that do not ask for KMS by their header. */
export const uploadNeedsHeader = detector({
  id: "upload-needs-kms-header",
  question: "whether the bucket policy takes uploads without an encryption header",
  facts: ["policy"],
  detect({ policy: text }, { deployment, accountId }) {
    if (text === null) return [];
    const policy = parsePolicy(text, "bucket policy", "resource");
    const bucket = deployment.buckets.lakehouse;
    const place = { bucket, accountId, region: deployment.region };
    const asked = denyingUpload(policy, place, "aws:kms");
    const without = denyingUpload(policy, place, undefined).filter((sid) => !asked.includes(sid));
    if (without.length === 0) return [];
    return [
      {
        severity: "high",
        title: `${bucket} refuses uploads without the header x-amz-server-side-encryption: aws:kms`,
        means:
          "The runbook's copy-object, with which it restores a previous version, fails with 403 as written. A writer that lost this header fails in the same way.",
        next: "Always give --server-side-encryption aws:kms. At an S3 403 of a writer, look at this first.",
        evidence: without.map((sid) => `Statement ${sid} denies s3:PutObject without the header, and not with it`),
      },
    ];
  },
});

/** Versions that recovery needs go away by themselves. */
export const versionsExpire = detector({
  id: "noncurrent-versions-expire",
  question: "how long deleted and overwritten objects can be recovered",
  facts: ["expiry"],
  detect({ expiry }, { deployment }) {
    if (expiry.length === 0) return [];
    const days = Math.min(...expiry.map(({ noncurrentDays }) => noncurrentDays));
    return [
      {
        severity: "medium",
        title: `Deleted and overwritten objects of ${deployment.buckets.lakehouse} are gone for good after ${days} days`,
        means: `What was deleted ${days} days before you look cannot be restored, and every day of an incident takes one more away.`,
        next: "Hold the expiry as soon as data may have been lost: mayday run hold-lifecycle --yes.",
        evidence: expiry.map(
          ({ id, prefix, noncurrentDays }) =>
            `Rule ${id || "without a name"}${prefix ? ` (prefix ${prefix})` : ""} expires noncurrent versions after ${noncurrentDays} days`,
        ),
      },
    ];
  },
});

/** The runbook looks for deleted objects under `data/`. */
export const objectLayout = detector({
  id: "object-layout",
  question: "where the tables' objects lie",
  facts: ["layout"],
  detect({ layout }, { deployment }) {
    if (layout.length === 0 || layout.includes("data/")) return [];
    return [
      {
        severity: "medium",
        title: "There is nothing under data/, where the runbook looks for objects",
        means: "The runbook's list of deleted objects comes back empty, which looks as if nothing had been deleted.",
        next: "Use <namespace>/<table>/data/ and <namespace>/<table>/metadata/ as prefixes.",
        evidence: [`The top of ${deployment.buckets.lakehouse} holds ${layout.slice(0, 10).join(", ")}`],
      },
    ];
  },
});
