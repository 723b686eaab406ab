import * as z from "zod";
import type { JsonObject } from "../base/json.ts";
import { canonicalPolicy } from "../policy/canonical.ts";
import { insertStatement, minifyJson, removeStatement } from "../policy/text.ts";
import { BUCKET_EVIDENCE_OPERATIONS } from "./bucket-evidence.ts";
import { bucketChecks, bucketFacts, CAVEATS, effectsOf, POLICY_BYTES, sparedWords } from "./contain-s3-words.ts";
import type {
  ActionDefinition,
  CallStep,
  Check,
  HeldRun,
  JobStep,
  PrepareContext,
  Prepared,
  WaitStep,
} from "./contract.ts";
import {
  type BreakGlass,
  type ExemptPrincipal,
  exemptBreakGlass,
  exemptByArn,
  exemptCaller,
  exemptRoot,
} from "./exempt-principals.ts";
import { lockoutProof } from "./lockout-proof.ts";
import {
  type EarlierQuarantine,
  earlierQuarantine,
  lostStatements,
  type SparedBefore,
  sparedBefore,
} from "./quarantine-before.ts";
import { LEVELS, type QuarantineLevel, quarantineSid, quarantineStatement } from "./quarantine-statement.ts";
import { readPath, shortHash } from "./reading.ts";
import { type BucketFacts, readBucket } from "./s3-facts.ts";
import { policyCall, policyReading, policyState } from "./s3-readings.ts";

const parameters = z.object({
  // The least outage by default: jobs and queries go on, and what is kept can still be looked at. A stricter level can be put on top.
  level: z
    .enum(LEVELS)
    .default("freeze-deletion")
    .describe(
      "freeze-deletion: nothing is destroyed; freeze-writes: nothing changes; deny-all: nothing is read either",
    ),
  bucket: z.string().default("").describe("Bucket (empty: the lakehouse bucket)"),
  exempt: z
    .string()
    .default("")
    .describe("ARNs of more roles or users to spare, commas between; empty: the configured break-glass; none: nobody"),
});

/**
 * Appends one Deny statement to the bucket policy that spares the responder, the root user and whom the responder names; every other
 * statement stays as it is written. Before anything is sent the resulting policy is evaluated here for all of them.
 */
export const containS3: ActionDefinition<z.infer<typeof parameters>> = {
  id: "contain-s3",
  title: "Contain S3: deny deletion, writes or everything by the bucket policy",
  description:
    "Appends one Deny statement that spares you and break-glass. Proved not to lock you out before it is sent. Can be undone.",
  runbook: "Incident Response > Containment",
  tier: "name",
  parameters,
  operations: [
    ...BUCKET_EVIDENCE_OPERATIONS,
    "s3:HeadBucket",
    "s3:PutBucketPolicy",
    "s3:DeleteBucketPolicy",
    "iam:GetRole",
    "iam:GetUser",
    "sts:GetCallerIdentity",
  ],
  async prepare(context, { level, bucket: named, exempt }) {
    const bucket = named.trim() || context.deployment.buckets.lakehouse;
    const { signal } = context;
    const options = { purpose: "action" as const, ...(signal ? { signal } : {}) };
    const identity = (await context.aws.call("sts", "GetCallerIdentity", {}, options)).output;
    const arn = identity.Arn ?? "";
    const accountId = identity.Account ?? "";
    const partition = arn.split(":")[1] || "aws";
    const extra = exempt.split(/[\s,]+/).filter((one) => one !== "");
    const [found, responder, others] = await Promise.all([
      readBucket(context, bucket),
      exemptCaller(context, { arn, accountId, userId: identity.UserId ?? "" }),
      exemptOthers(context, extra, partition),
    ]);
    const spared = [...others.spared, exemptRoot(partition, accountId)];
    const { leftOut } = others;
    const sid = quarantineSid(context.incident.id, level);
    const run = earlierQuarantine(context.held, bucket, sid);
    const earlier = run && { ...run, spared: await sparedBefore(context, run, sid, [responder, ...spared]) };
    const asked = { level, accountId, partition, exempt: extra.join(",") };
    return planOf(context, { found, responder, spared, leftOut, ...asked, ...(earlier ? { earlier } : {}) });
  },
};

/** Whom the responder names; without a name the break-glass principals of the configuration. */
async function exemptOthers(context: PrepareContext, named: string[], partition: string): Promise<BreakGlass> {
  if (named.length === 0) return exemptBreakGlass(context, partition);
  const arns = named.length === 1 && named[0] === "none" ? [] : named;
  return { spared: await Promise.all(arns.map((one) => exemptByArn(context, one))), leftOut: [] };
}

interface Quarantine {
  found: BucketFacts;
  responder: ExemptPrincipal;
  spared: ExemptPrincipal[];
  leftOut: Check[];
  level: QuarantineLevel;
  accountId: string;
  partition: string;
  exempt: string;
  /** Set where it is held open already: what it was, and whom it spared beside those of now. */
  earlier?: EarlierQuarantine & { spared: SparedBefore };
}

function planOf(context: PrepareContext, quarantine: Quarantine): Prepared {
  const { found, responder, leftOut, level, accountId, partition, earlier } = quarantine;
  const spared = [...quarantine.spared, ...(earlier?.spared.principals ?? [])];
  const { bucket, policy: before } = found;
  const bucketArn = `arn:${partition}:s3:::${bucket}`;
  const sid = quarantineSid(context.incident.id, level);
  const all = [responder, ...spared];
  const statement = quarantineStatement(bucketArn, sid, level, {
    arns: [...new Set([...all.flatMap(({ arns }) => arns), ...(earlier?.spared.exemption.arns ?? [])])],
    userIds: [...new Set([...all.flatMap(({ userIds }) => userIds), ...(earlier?.spared.exemption.userIds ?? [])])],
  });
  // What this incident's own statement was changed to is replaced; the undo takes out the statement, whatever became of it meanwhile.
  const others = before === undefined ? undefined : removeStatement(before, sid);
  const lost = earlier && lostStatements(earlier, sid, others);
  const { after, check: sizeCheck } = resultingPolicy(others, statement);
  const proof = lockoutProof({
    policy: after,
    hadPolicy: others !== undefined,
    sid,
    level,
    bucketArn,
    accountId,
    responder,
    others: spared,
  });
  const checks: Check[] = [
    ...bucketChecks(found, context.deployment.environment, level),
    ...(others === before ? [] : [thereCheck(sid, wasChanged(context.held, before, bucket, sid))]),
    ...(lost ? [lost.check] : []),
    sizeCheck,
    ...(earlier?.spared.checks ?? []),
    ...[responder, ...quarantine.spared].map(({ check }) => check),
    ...leftOut,
    ...proof,
  ];
  const who = sparedWords(spared);
  return {
    facts: bucketFacts(found, before, after, level, who),
    checks,
    plan: {
      actionId: containS3.id,
      title: `Contain S3: ${level} on ${bucket}`,
      parameters: { level, bucket, exempt: quarantine.exempt },
      tier: "name",
      resourceName: bucket,
      effects: [...(lost ? [lost.effect] : []), ...effectsOf(level, who)],
      caveats: [
        ...CAVEATS,
        `Lifecycle expiry goes on: "Hold lifecycle expiry" (a) stops it, or mayday run hold-lifecycle --parameter bucket=${bucket} --yes.`,
      ],
      ...(lost ? { undoing: { effects: [`Takes the Deny statement out again. ${lost.effect}`] } } : {}),
      steps: [
        evidenceStep(bucket, accountId),
        policyStep(bucket, accountId, { before, others, after, sid }),
        headBucket(bucket, accountId),
      ],
      verify: {
        kind: "wait",
        id: "verify-policy",
        title: "The policy reads back with the same meaning",
        reading: policyReading(bucket, accountId),
        until: [{ label: "policy", op: "equals", value: policyState(after).policy ?? null }],
        deadlineMs: 60_000,
      },
      guard: {
        badge: `s3 ${level}`,
        brokenMessage: `the quarantine of bucket ${bucket} was lifted or changed`,
        watches: [
          {
            reading: {
              ...policyReading(bucket, accountId),
              pick: { [STATEMENT]: statementPath(sid) },
            },
            holds: [{ label: STATEMENT, op: "equals", value: statementHash(after, sid) }],
          },
        ],
      },
    },
  };
}

/** Whether the statement of this Sid is another one than this incident put there. */
function wasChanged(held: readonly HeldRun[], policy: string | undefined, bucket: string, sid: string): boolean {
  const wanted = held
    .flatMap(({ guard }) => guard?.watches ?? [])
    .filter(({ reading }) => reading.input.Bucket === bucket && reading.pick[STATEMENT] === statementPath(sid))
    .flatMap(({ holds }) => holds.map(({ value }) => value));
  return policy !== undefined && wanted.length > 0 && !wanted.includes(statementHash(policy, sid));
}

/** What the guard calls our statement. */
const STATEMENT = "quarantine statement";
const statementPath = (sid: string) => `Policy.(policy).Statement[Sid=${sid}][0].(sha256)`;

/** Our statement of this level is in the policy: as it should be, or changed by somebody. */
function thereCheck(sid: string, isChanged: boolean): Check {
  const label = "quarantine";
  return !isChanged
    ? {
        label,
        status: "fail",
        detail: `statement "${sid}" is there already: undo it first (z), or choose a stricter level`,
      }
    : { label, status: "warn", detail: `somebody changed statement "${sid}": it is written again as it should be` };
}

/** The policy with our statement. Where it would not fit, white space outside of strings is left out: the meaning is the same. */
function resultingPolicy(before: string | undefined, statement: JsonObject): { after: string; check: Check } {
  const text = JSON.stringify(statement);
  const full = before === undefined ? `{"Version":"2012-10-17","Statement":[${text}]}` : insertStatement(before, text);
  const small = minifyJson(full);
  const [fullBytes, smallBytes] = [Buffer.byteLength(full), Buffer.byteLength(small)];
  const label = "policy size";
  if (fullBytes <= POLICY_BYTES) {
    return { after: full, check: { label, status: "pass", detail: `${fullBytes} of ${POLICY_BYTES} bytes` } };
  }
  const detail =
    smallBytes <= POLICY_BYTES
      ? `${fullBytes} bytes would not fit: white space outside of strings is left out, ${smallBytes} of ${POLICY_BYTES} bytes; the undo restores it`
      : `${fullBytes} bytes, ${smallBytes} without white space: S3 takes ${POLICY_BYTES}; shorten another statement first`;
  return { after: small, check: { label, status: smallBytes <= POLICY_BYTES ? "warn" : "fail", detail } };
}

function statementHash(policy: string, sid: string): string {
  return shortHash(readPath(canonicalPolicy(policy), `Statement[Sid=${sid}][0]`));
}

function policyStep(
  bucket: string,
  accountId: string,
  {
    before,
    others,
    after,
    sid,
  }: { before: string | undefined; others: string | undefined; after: string; sid: string },
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
    id: "append-deny",
    title: "Append the Deny statement",
    ...policyCall(bucket, accountId, after),
    state: { reading, before: policyState(before), after: policyState(after) },
    undo: [
      {
        ...base,
        id: "remove-deny",
        title:
          others === undefined ? "Delete the bucket policy: ours is its only statement" : "Remove the Deny statement",
        ...policyCall(bucket, accountId, others),
        state: { reading, before: policyState(after), after: policyState(others) },
        rebase: { kind: "bucket-policy-statement", sid },
      },
    ],
  };
}

function headBucket(bucket: string, accountId: string): WaitStep {
  const input = { Bucket: bucket, ExpectedBucketOwner: accountId };
  return {
    kind: "wait",
    id: "head-bucket",
    title: "The responder still reaches the bucket",
    reading: { service: "s3", operation: "HeadBucket", input, pick: { status: "$metadata.httpStatusCode" } },
    until: [{ label: "status", op: "equals", value: 200 }],
    deadlineMs: 60_000,
  };
}

function evidenceStep(bucket: string, accountId: string): JobStep {
  return {
    kind: "job",
    id: "evidence",
    title: "Keep the bucket's configuration as it is",
    job: "bucket-evidence",
    input: { bucket, accountId },
    operations: BUCKET_EVIDENCE_OPERATIONS,
    boxMs: 15_000,
    essential: false,
  };
}
