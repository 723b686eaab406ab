import * as z from "zod";
import { formatUtc } from "../base/duration.ts";
import { Failure } from "../base/failure.ts";
import { type AuditFinding, type AuditReport, checkAuditLogs } from "../recovery/audit-logs/check.ts";
import type { TrailFiles } from "../recovery/audit-logs/place.ts";
import type { ActionDefinition, Check } from "./contract.ts";
import { windowOf, windowParameters } from "./evidence-window.ts";
import type { Job } from "./jobs.ts";

const OPERATIONS = ["s3:GetBucketVersioning", "s3:ListObjectVersions", "s3:GetObject", "cloudtrail:ListPublicKeys"];
/** Thousands of log files take their time, machine ms. */
const CHECK_BOX_MS = 4 * 3_600_000;
/** Findings that a sentence names; the file of the evidence has all. */
const NAMED = 3;

const parameters = z.object(windowParameters);

/** Checks CloudTrail's files in the audit bucket by their digest chain, and says what was deleted and how it comes back. Reads only. */
export const checkAuditLogsAction: ActionDefinition<z.infer<typeof parameters>> = {
  id: "check-audit-logs",
  title: "Check the audit logs: digests, deletions, changes",
  description:
    "Validates CloudTrail's log files of the window by their digests and the bucket's versions. Reads only; says what to restore.",
  runbook: "Disaster Recovery > RTO/RPO Targets",
  tier: "yes",
  parameters,
  operations: OPERATIONS,
  async prepare(context, given) {
    const { audit } = context.deployment.buckets;
    if (!audit) {
      throw new Failure({
        kind: "not-found",
        what: "audit logs",
        why: "no audit bucket is known",
        next: "Set buckets.audit in mayday.yaml, where a trail writes to a bucket.",
      });
    }
    const { fromMs, toMs } = windowOf(given, context);
    const { aws, signal, accountId } = context;
    const options = { purpose: "action" as const, ...(signal ? { signal } : {}) };
    const { output } = await aws.call("s3", "GetBucketVersioning", { Bucket: audit }, options);
    const trail: TrailFiles = {
      bucket: audit,
      accountId,
      region: context.deployment.region,
      fromMs,
      toMs: toMs ?? Math.round(context.clock.now()),
    };
    const title = `Check the log files of s3://${audit} from ${formatUtc(fromMs).slice(0, 16)}Z to ${formatUtc(trail.toMs).slice(0, 16)}Z`;
    return {
      facts: { bucket: audit, from: formatUtc(fromMs), to: formatUtc(trail.toMs) },
      checks: [versioningCheck(output.Status)],
      plan: {
        actionId: checkAuditLogsAction.id,
        title,
        parameters: { ...given },
        tier: "yes",
        resourceName: "",
        effects: [],
        caveats: [
          "Log files after the last digest wait for theirs: digests are made once an hour.",
          "A trail with a prefix of its own, or of another region, is not looked at.",
        ],
        steps: [
          {
            kind: "job",
            id: "check",
            title,
            job: "check-audit-logs",
            input: { ...trail },
            operations: OPERATIONS,
            boxMs: CHECK_BOX_MS,
            essential: true,
          },
        ],
        verify: null,
        guard: null,
      },
    };
  },
};

function versioningCheck(status: string | undefined): Check {
  const label = "versioning";
  if (status === "Enabled")
    return { label, status: "pass", detail: "Enabled: what is deleted or written over stays as a version" };
  return {
    label,
    status: "warn",
    detail: `${status ?? "never enabled"}: what was deleted or written over is gone, and leaves no trace`,
  };
}

/** The check as a job: its report is a file of the evidence; what is wrong makes it fail, so that nobody overlooks it. */
export const checkAuditLogsJob: Job = async (input, context) => {
  const trail = input as unknown as TrailFiles;
  const report = await checkAuditLogs(trail, context);
  const name = `audit-check/${formatUtc(context.clock.now()).replace(/[-:]|\.\d+/g, "")}.json`;
  await context.storeEvidence(name, `${JSON.stringify(report, undefined, 2)}\n`, {
    source: `s3://${trail.bucket}, its log files, digests and versions`,
    requestIds: [],
  });
  const said = `${reportWords(report)} (evidence/${name})`;
  if (report.findings.length === 0)
    return { complete: true, missing: [], requestIds: [], output: { ...summaryOf(report) }, note: said };
  throw new Failure({
    kind: "invalid",
    what: "check the audit logs",
    why: `${findingWords(report.findings)}. ${said}`,
    next: nextWords(trail, report.findings),
  });
};

const summaryOf = ({ digests, logs, valid, signatures }: AuditReport) => ({
  digests,
  logs,
  valid,
  signaturesVerified: signatures.verified,
});

function reportWords({ digests, logs, valid, signatures }: AuditReport): string {
  const { verified, unsigned, notVerified } = signatures;
  const parts = [
    ...(verified > 0 ? [`signed by CloudTrail: ${verified}`] : []),
    ...(unsigned > 0 ? [`not signed, so that their hashes vouch for themselves only: ${unsigned}`] : []),
    ...(notVerified.count > 0
      ? [`signatures that could not be verified: ${notVerified.count} (${notVerified.why})`]
      : []),
  ];
  return `${valid} of ${logs} log files are as their ${digests} digests say${parts.length > 0 ? `; ${parts.join("; ")}` : ""}`;
}

function findingWords(findings: readonly AuditFinding[]): string {
  const kinds = new Map<string, AuditFinding[]>();
  for (const finding of findings) kinds.set(finding.kind, [...(kinds.get(finding.kind) ?? []), finding]);
  return [...kinds]
    .map(([kind, found]) => {
      const names = found.slice(0, NAMED).map(({ key }) => key.split("/").at(-1));
      const more = found.length > NAMED ? ` and ${found.length - NAMED} more` : "";
      return `${found.length} ${kind}: ${names.join(", ")}${more}`;
    })
    .join("; ");
}

function nextWords({ bucket }: TrailFiles, findings: readonly AuditFinding[]): string {
  const deleted = findings.filter(({ kind }) => kind === "deleted");
  if (deleted.length === 0) return "Treat it as tampering: preserve the bucket's versions, and escalate (L3).";
  const prefix = commonPrefix(deleted.map(({ key }) => key));
  return `Deleted files come back with recover-s3-deleted (bucket=${bucket} prefix=${prefix}), or by removing their delete markers. Treat it as tampering: escalate (L3).`;
}

/** Down to the last slash. */
function commonPrefix(keys: readonly string[]): string {
  const [first = "", ...rest] = keys;
  let length = first.lastIndexOf("/") + 1;
  while (length > 0 && !rest.every((key) => key.startsWith(first.slice(0, length))))
    length = first.lastIndexOf("/", length - 2) + 1;
  return first.slice(0, length);
}
