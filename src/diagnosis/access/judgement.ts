import { denialsOf, type KnownContext } from "../../policy/denials.ts";
import { type Policy, parsePolicy, type Statement } from "../../policy/document.ts";
import { applicableStatements, evaluate, type Match, type PolicyRequest } from "../../policy/evaluate.ts";
import type { DeniedCall } from "./denied-calls.ts";
import { callerOf, type Subject } from "./subjects.ts";

/** A refused call as the policy evaluator takes it, with what is known of its condition keys. */
export interface Question {
  request: PolicyRequest;
  known: KnownContext;
}

/** The header by which an upload asks for encryption, as policies name it. */
const ENCRYPTION_KEY = "s3:x-amz-server-side-encryption";

/** @param endpoint the VPC endpoint that the call goes through, where that is known. */
export function questionOf(call: DeniedCall, subject: Subject, endpoint?: { id: string; vpcId: string }): Question {
  const values: Record<string, string> = {
    "aws:securetransport": "true",
    "aws:principalisawsservice": "false",
    "aws:viaawsservice": "false",
    "aws:principaltype": subject.kind === "user" ? "User" : "AssumedRole",
  };
  const via = call.vpcEndpointId ?? endpoint?.id;
  if (via !== undefined) values["aws:sourcevpce"] = via;
  if (endpoint && endpoint.id === via) values["aws:sourcevpc"] = endpoint.vpcId;
  if (typeof call.encryption === "string") values[ENCRYPTION_KEY] = call.encryption;
  const absent = call.encryption === null || call.action !== "s3:PutObject" ? [`${ENCRYPTION_KEY}*`] : [];
  const request: PolicyRequest = {
    principal: callerOf(subject, call),
    action: call.action,
    resource: call.resource,
    resourceAccountId: subject.accountId,
    context: values,
  };
  return { request, known: { values, absent } };
}

/** Whether a statement's conditions are about the encryption of uploads and nothing else. */
export function isAboutEncryption({ conditions }: Statement): boolean {
  return conditions.length > 0 && conditions.every(({ key }) => key.toLowerCase().startsWith(ENCRYPTION_KEY));
}

/** Sids of our own quarantine statements (quarantineSid of contain-s3). */
export const isQuarantine = ({ sid }: Pick<Statement, "sid">): boolean =>
  sid?.startsWith("IncidentQuarantine") ?? false;

export interface BucketDenials {
  certain: Match[];
  /** Statements that deny it for some values of keys that are not known. */
  possible: Match[];
}

/** The statements of the bucket policy that deny the call. Throws a Failure for a policy that cannot be parsed. */
export function bucketDenials(text: string | undefined, question: Question): BucketDenials {
  if (text === undefined) return { certain: [], possible: [] };
  return denialsOf(question.request, parsePolicy(text, "bucket policy", "resource"), question.known);
}

/** How the identity policies (with boundary, and what the bucket policy grants) decide. */
export interface IdentityAnswer {
  effect: "allowed" | "explicit-deny" | "not-allowed" | "beyond-boundary";
  /** In words: which statement. */
  reason: string;
  /** Where nothing allows: the statements that allow the action on other resources, with the policy they are in. */
  narrower: { policyId: string; statement: Statement }[];
  /** An allowing statement has a condition on a key that is not known here: the answer is not certain. */
  conditional: boolean;
}

export function identityAnswer(subject: Subject, bucketPolicy: string | undefined, question: Question): IdentityAnswer {
  const resource =
    bucketPolicy === undefined ? undefined : onlyAllows(parsePolicy(bucketPolicy, "bucket policy", "resource"));
  const policies = {
    identity: subject.identity,
    ...(resource ? { resource } : {}),
    ...(subject.boundary ? { boundary: subject.boundary } : {}),
  };
  const decision = evaluate(question.request, policies);
  const base = { reason: decision.reason, narrower: [], conditional: false };
  if (decision.effect === "allow") return { ...base, effect: "allowed" };
  if (decision.effect === "explicit-deny") return { ...base, effect: "explicit-deny" };
  if (decision.layer === "boundary") return { ...base, effect: "beyond-boundary" };
  const bare = subject.identity.map((policy) => withoutConditions(policy));
  return {
    ...base,
    effect: "not-allowed",
    narrower: subject.identity.flatMap((policy) => allowsElsewhere(policy, question.request)),
    conditional: evaluate(question.request, { ...policies, identity: bare }).effect === "allow",
  };
}

const onlyAllows = (policy: Policy): Policy => ({
  ...policy,
  statements: policy.statements.filter(({ effect }) => effect === "Allow"),
});

const withoutConditions = (policy: Policy): Policy => ({
  ...policy,
  statements: policy.statements.map((statement) => ({ ...statement, conditions: [] })),
});

/** Allow statements for the action that stop at the resource. */
function allowsElsewhere(policy: Policy, request: PolicyRequest): { policyId: string; statement: Statement }[] {
  const anywhere = policy.statements.map((statement): Statement => {
    const { resource: _resource, notResource: _notResource, ...rest } = statement;
    return { ...rest, resource: ["*"], conditions: [] };
  });
  return applicableStatements(request, [{ ...policy, statements: anywhere }])
    .filter(({ statement }) => statement.effect === "Allow")
    .map(({ statement }) => ({ policyId: policy.id, statement: policy.statements[statement.index]! }));
}

/** How a VPC endpoint's policy decides: it must allow, besides all others. */
export function endpointAnswer(policyText: string, question: Question): { allowed: boolean; reason: string } {
  const policy = parsePolicy(policyText, "the endpoint's policy", "resource");
  const matches = applicableStatements(question.request, [policy]);
  const denied = matches.find(({ statement }) => statement.effect === "Deny");
  if (denied) return { allowed: false, reason: `${statementName(denied.statement)} denies it` };
  const allowing = matches.find(({ statement }) => statement.effect === "Allow");
  return allowing
    ? { allowed: true, reason: `${statementName(allowing.statement)} allows it` }
    : { allowed: false, reason: "none of its statements allows it" };
}

/** `statement "Sid"`, or by its place. */
export function statementName({ sid, index }: Pick<Statement, "sid" | "index">): string {
  return sid === undefined ? `statement ${index + 1}` : `statement "${sid}"`;
}
