import { denialsOf, type KnownContext } from "../policy/denials.ts";
import { type Policy, parsePolicy } from "../policy/document.ts";
import { applicableStatements, type Match } from "../policy/evaluate.ts";
import type { Caller } from "../policy/principal.ts";
import type { Check } from "./contract.ts";
import type { ExemptPrincipal } from "./exempt-principals.ts";
import { PROBES, type QuarantineLevel } from "./quarantine-statement.ts";

export interface ProofInput {
  /** The bucket policy's text as it would be after the call. */
  policy: string;
  /** Whether there was a policy before: then the undo writes it back, else it deletes the policy. */
  hadPolicy: boolean;
  sid: string;
  level: QuarantineLevel;
  bucketArn: string;
  accountId: string;
  responder: ExemptPrincipal;
  others: ExemptPrincipal[];
}

/** Condition keys that calls on a bucket's policy certainly lack: they belong to requests on objects and listings. */
const ABSENT = [
  "s3:x-amz-*",
  "s3:prefix",
  "s3:delimiter",
  "s3:max-keys",
  "s3:versionid",
  "s3:existingobjecttag/*",
  "s3:requestobjecttag/*",
  "s3:requestobjecttagkeys",
  "s3:object-lock-*",
];

/**
 * Evaluates the resulting policy before it is sent: for the responder the read and the write of the policy, which the undo is made
 * of, and HeadBucket; for the others that are spared the same read and write; and for a stranger what the level denies. The reading
 * of the policy that this plan was made from is itself a proof: it succeeded, so no statement that also covers s3:GetBucketPolicy
 * hits the responder from where it works. What an existing statement denies for certain fails; what only may apply, by a key that is
 * not known here, is shown: if it does apply, AWS refuses the call itself and nothing has changed.
 */
export function lockoutProof(input: ProofInput): Check[] {
  const policy = parsePolicy(input.policy, "bucket policy", "resource");
  const undo = input.hadPolicy ? "s3:PutBucketPolicy" : "s3:DeleteBucketPolicy";
  const needed = [...new Set(["s3:GetBucketPolicy", "s3:PutBucketPolicy", undo])];
  const all = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];
  return [
    ...all.map((action) => responderCheck(input, policy, action, needed.includes(action))),
    responderCheck(input, policy, "s3:ListBucket", false),
    ...input.others.map((other) => otherCheck(input, policy, other, needed)),
    strangerCheck(input, policy),
  ];
}

function responderCheck(input: ProofInput, policy: Policy, action: string, isNeeded: boolean): Check {
  const { responder, sid } = input;
  const label = `responder ${action}`;
  const { certain, possible } = denials(input, policy, responder, action);
  const ours = [...certain, ...possible].find(({ statement }) => statement.sid === sid);
  if (ours) return { label, status: "fail", detail: "our own statement would deny it: the exemption does not match" };
  const read = denials(input, policy, responder, "s3:GetBucketPolicy");
  const readable = new Set([...read.certain, ...read.possible].map(({ statement }) => statement.index));
  const isOpen = ({ statement }: Match) => !readable.has(statement.index);
  const denied = certain.find(isOpen);
  if (denied) {
    return {
      label,
      status: isNeeded ? "fail" : "warn",
      detail: `${nameOf(denied)} denies it already${isNeeded ? ": there would be no way back" : ""}`,
    };
  }
  const maybe = possible.find(isOpen);
  if (!maybe) return { label, status: "pass", detail: "not denied by the resulting policy" };
  const keys = maybe.policy.statements[maybe.statement.index]?.conditions.map(({ key }) => key).join(", ");
  return {
    label,
    status: "warn",
    detail: `${nameOf(maybe)} may deny it (${keys}); if it does, AWS refuses the change and nothing happens`,
  };
}

function otherCheck(input: ProofInput, policy: Policy, other: ExemptPrincipal, needed: string[]): Check {
  const label = `${other.label}, way in`;
  for (const action of needed) {
    const { certain, possible } = denials(input, policy, other, action);
    const ours = [...certain, ...possible].find(({ statement }) => statement.sid === input.sid);
    if (ours) return { label, status: "fail", detail: `our own statement would deny ${action}` };
    const [denied] = certain;
    if (denied) return { label, status: "warn", detail: `${nameOf(denied)} denies ${action} already` };
  }
  return { label, status: "pass", detail: "spared" };
}

/** Somebody of the account whom nothing names. */
function strangerCheck({ accountId, bucketArn, level, sid }: ProofInput, policy: Policy): Check {
  const action = PROBES[level];
  const [, partition = "aws"] = bucketArn.split(":");
  const stranger: Caller = {
    type: "role-session",
    arn: `arn:${partition}:sts::${accountId}:assumed-role/a-stranger-to-this-incident/session`,
    roleArn: `arn:${partition}:iam::${accountId}:role/a-stranger-to-this-incident`,
    accountId,
    userId: "AROASTRANGERSTRANGER:session",
  };
  const request = { principal: stranger, action, resource: `${bucketArn}/any/object`, context: {} };
  const isDenied = applicableStatements(request, [policy]).some(({ statement }) => statement.sid === sid);
  return {
    label: `stranger ${action}`,
    status: isDenied ? "pass" : "fail",
    detail: isDenied ? "denied by our statement" : "our statement does not deny it: it would contain nothing",
  };
}

function denials(input: ProofInput, policy: Policy, principal: ExemptPrincipal, action: string) {
  const { caller, isExact } = principal;
  const { accountId: resourceAccountId, bucketArn: resource } = input;
  return denialsOf({ principal: caller, action, resource, resourceAccountId }, policy, knownOf(caller, isExact));
}

const TYPES: Partial<Record<Caller["type"], string>> = {
  user: "User",
  "role-session": "AssumedRole",
  root: "Account",
  "federated-user": "FederatedUser",
};

/** What is known of a call by this program: it goes over TLS, and a principal makes it and no service for it. */
function knownOf(caller: Caller, isExact: boolean): KnownContext {
  const values: Record<string, string> = {
    "aws:securetransport": "true",
    "aws:principalisawsservice": "false",
    "aws:viaawsservice": "false",
    "aws:principaltype": TYPES[caller.type] ?? "",
  };
  const absent = caller.type === "user" ? ABSENT : [...ABSENT, "aws:username"];
  return { values, absent, ...(isExact ? {} : { uncertain: ["aws:principalarn"] }) };
}

function nameOf({ statement }: Match): string {
  return statement.sid ? `statement "${statement.sid}"` : `statement ${statement.index + 1}`;
}
