import * as z from "zod";
import { Failure } from "../../base/failure.ts";
import { sanitizeLine, truncate } from "../../base/text.ts";
import { denialsOf } from "../../policy/denials.ts";
import { parsePolicy, type Statement } from "../../policy/document.ts";
import { removeStatementAt, statementTexts } from "../../policy/text.ts";
import type { ActionDefinition, CallStep, Check, WaitStep } from "../contract.ts";
import { type ExemptPrincipal, exemptCaller } from "../exempt-principals.ts";
import { takeReading } from "../reading.ts";
import { policyCall, policyReading, policyState } from "../s3-readings.ts";

const parameters = z.object({
  bucket: z.string().default("").describe("Bucket (empty: the lakehouse bucket)"),
  statement: z.string().min(1).describe("The Deny statement: its Sid, or #2 for the second one"),
});

/** Sids of the Terraform template's own statements: they protect the bucket. */
const TEMPLATE_SIDS = new Set(["DenyInsecureTransport", "DenyUnencryptedPuts"]);

/** Takes one Deny statement out of a bucket policy; every other statement stays as it is written. */
export const removeBucketDeny: ActionDefinition<z.infer<typeof parameters>> = {
  id: "remove-bucket-deny",
  title: "Remove one Deny statement from a bucket policy",
  description: "Takes out the statement that refuses, and nothing else. Can be undone.",
  runbook: "Common Failure Runbooks > S3 403 Forbidden",
  tier: "name",
  parameters,
  operations: [
    "s3:GetBucketPolicy",
    "s3:PutBucketPolicy",
    "s3:DeleteBucketPolicy",
    "iam:GetRole",
    "sts:GetCallerIdentity",
  ],
  async prepare(context, { bucket: named, statement: wanted }) {
    const bucket = named.trim() || context.deployment.buckets.lakehouse;
    const { accountId, signal } = context;
    const options = { purpose: "action" as const, ...(signal ? { signal } : {}) };
    const [{ picked }, identity] = await Promise.all([
      takeReading(context.aws, policyReading(bucket, accountId), options),
      context.aws.call("sts", "GetCallerIdentity", {}, options),
    ]);
    const before = typeof picked.text === "string" ? picked.text : undefined;
    const found = before === undefined ? undefined : statementOf(before, wanted);
    if (before === undefined || !found) throw missing(bucket, wanted, before);
    const { Arn = "", UserId = "" } = identity.output;
    const responder = await exemptCaller(context, { arn: Arn, accountId, userId: UserId });
    const after = removeStatementAt(before, found.statement.index);
    const name = found.statement.sid ?? `statement ${found.statement.index + 1}`;
    return {
      facts: {
        bucket,
        removed: truncate(sanitizeLine(found.text), 400),
        kept: String(policyState(after).statements ?? "no policy"),
      },
      checks: [...statementChecks(found.statement), ...wayBack(after, responder, bucket, accountId)],
      plan: {
        actionId: removeBucketDeny.id,
        title: `Remove ${name} from the policy of ${bucket}`,
        parameters: { bucket, statement: wanted },
        tier: "name",
        resourceName: bucket,
        effects: [
          "Whomever the statement denied gets in again as far as other policies allow: also those it was meant for.",
        ],
        caveats: [
          "S3 has no conditional PutBucketPolicy: the policy is read again right before it is written.",
          "Where Terraform has the statement, the next apply puts it back: take it out there too.",
        ],
        steps: [removeStep({ bucket, accountId, name }, before, after, found.text)],
        verify: verifyStep(bucket, accountId, after),
        undoing: {
          effects: [
            "Whomever the statement denies is refused again, jobs of the lakehouse among them if it meant them.",
          ],
          tier: "name",
        },
        guard: null,
      },
    };
  },
};

function statementOf(policy: string, wanted: string): { statement: Statement; text: string } | undefined {
  const { statements } = parsePolicy(policy, "bucket policy", "resource");
  const [, place] = /^#(\d+)$/.exec(wanted) ?? [];
  const statement = statements.find(({ sid, index }) => (place ? index === Number(place) - 1 : sid === wanted));
  const text = statement && statementTexts(policy)[statement.index];
  return statement && text !== undefined ? { statement, text } : undefined;
}

function missing(bucket: string, wanted: string, policy: string | undefined): Failure {
  return new Failure({
    kind: "not-found",
    what: `statement ${sanitizeLine(wanted)}`,
    why:
      policy === undefined
        ? `bucket ${bucket} has no policy`
        : `the policy of ${bucket} has ${policyState(policy).statements}`,
    next: "Diagnose S3 403 again (d): the policy may have been changed meanwhile.",
  });
}

function statementChecks({ effect, sid }: Statement): Check[] {
  const checks: Check[] = [
    effect === "Deny"
      ? { label: "effect", status: "pass", detail: "it denies" }
      : { label: "effect", status: "fail", detail: "it allows: to take it out would lock somebody out" },
  ];
  if (sid?.startsWith("IncidentQuarantine"))
    checks.push({
      label: "quarantine",
      status: "fail",
      detail: "it is a quarantine of mayday's: undo that instead (z)",
    });
  if (sid !== undefined && TEMPLATE_SIDS.has(sid))
    checks.push({
      label: "template",
      status: "warn",
      detail: `${sid} is the Terraform template's own and protects the bucket: correct the caller instead, or undo this soon`,
    });
  return checks;
}

/** A policy with one Deny less denies nobody more; whether the statement can be put back is another question. */
function wayBack(
  after: string | undefined,
  { caller, isExact }: ExemptPrincipal,
  bucket: string,
  accountId: string,
): Check[] {
  const label = "way back";
  if (after === undefined) return [{ label, status: "pass", detail: "no policy remains, so that none denies" }];
  const policy = parsePolicy(after, "bucket policy", "resource");
  const resource = `arn:${caller.arn.split(":")[1] || "aws"}:s3:::${bucket}`;
  const known = {
    values: { "aws:securetransport": "true", "aws:principalisawsservice": "false" },
    absent: ["s3:x-amz-*", "s3:prefix", "s3:versionid"],
    ...(isExact ? {} : { uncertain: ["aws:principalarn"] }),
  };
  return ["s3:GetBucketPolicy", "s3:PutBucketPolicy"].map((action): Check => {
    const request = { principal: caller, action, resource, resourceAccountId: accountId };
    const [denied] = denialsOf(request, policy, known).certain;
    const name = denied?.statement.sid ?? `statement ${(denied?.statement.index ?? 0) + 1}`;
    return denied
      ? {
          label: `${label} ${action}`,
          status: "fail",
          detail: `${name} denies it to you: the undo could not be written`,
        }
      : { label: `${label} ${action}`, status: "pass", detail: "not denied to you by what remains" };
  });
}

function removeStep(
  { bucket, accountId, name }: { bucket: string; accountId: string; name: string },
  before: string,
  after: string | undefined,
  statement: string,
): CallStep {
  const base = {
    kind: "call" as const,
    transport: "aws" as const,
    service: "s3",
    resource: `bucket policy of ${bucket}`,
  };
  const reading = policyReading(bucket, accountId);
  return {
    ...base,
    id: "remove-statement",
    title:
      after === undefined ? "Delete the bucket policy: no other statement remains" : `Write the policy without ${name}`,
    ...policyCall(bucket, accountId, after),
    state: { reading, before: policyState(before), after: policyState(after) },
    undo: [
      {
        ...base,
        id: "put-statement-back",
        title: `Put ${name} back`,
        ...policyCall(bucket, accountId, before),
        state: { reading, before: policyState(after), after: policyState(before) },
        rebase: { kind: "bucket-policy-insert", statement },
      },
    ],
  };
}

function verifyStep(bucket: string, accountId: string, after: string | undefined): WaitStep {
  return {
    kind: "wait",
    id: "verify-policy",
    title: "The policy reads back without the statement",
    reading: policyReading(bucket, accountId),
    until: [{ label: "policy", op: "equals", value: policyState(after).policy ?? null }],
    deadlineMs: 60_000,
  };
}
