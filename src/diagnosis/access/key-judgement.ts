import { denialsOf, type KnownContext } from "../../policy/denials.ts";
import { type Policy, type PrincipalElement, parsePolicy, type Statement } from "../../policy/document.ts";
import { applicableStatements, evaluate, type PolicyRequest } from "../../policy/evaluate.ts";
import type { DeniedCall } from "./denied-calls.ts";
import { questionOf, statementName } from "./judgement.ts";
import type { KeyGrant } from "./key-facts.ts";
import type { Subject } from "./subjects.ts";

/** How a key's policy, its grants and the caller's own policies decide together. */
export interface KeyAnswer {
  /** What denies, or does not allow: the key's policy, the caller's own policies, its boundary; `none`: it is allowed. */
  layer: "key-policy" | "identity" | "boundary" | "none";
  effect: "allowed" | "explicit-deny" | "not-allowed";
  /** In words: which statement. */
  reason: string;
  /** Of the key's policy: the statement that denies, or that allows it to others. */
  statement?: Statement;
  /** A condition on a key that is not known here has a say: the answer is not certain. */
  conditional: boolean;
  /** The key's policy gives the account's own policies a say. */
  delegates: boolean;
}

/**
 * Decides `kms:Decrypt` or `kms:GenerateDataKey` that S3 asks for a caller. Identity policies count only where a statement of the key's
 * policy names the account (KMS developer guide, key policies). @throws Failure for a policy that cannot be parsed.
 */
export function keyAnswer(
  subject: Subject,
  policyText: string,
  grants: readonly KeyGrant[],
  call: DeniedCall,
  region: string,
): KeyAnswer {
  const policy = parsePolicy(policyText, "the key's policy", "resource");
  const { request, known } = questionForKey(call, subject, region);
  const { certain, possible } = denialsOf(request, policy, known);
  const allows = { ...policy, statements: policy.statements.filter(({ effect }) => effect === "Allow") };
  const matches = applicableStatements(request, [allows]);
  const delegates = matches.some(({ principal }) => principal === "account");
  const denying = certain[0] ?? possible[0];
  if (denying && (certain.length > 0 || call.words?.explicit === true)) {
    const { statement } = denying;
    const reason = `${statementName(statement)} of the key's policy denies it`;
    const conditional = certain.length === 0;
    return { layer: "key-policy", effect: "explicit-deny", reason, statement, conditional, delegates };
  }
  const policies = {
    identity: subject.identity,
    resource: allows,
    resourceMustAllow: true,
    ...(subject.boundary ? { boundary: subject.boundary } : {}),
  };
  const decision = evaluate(request, policies);
  const base = { reason: decision.reason, conditional: false, delegates };
  if (decision.effect === "allow") return { ...base, layer: "none", effect: "allowed" };
  const grant = decision.effect === "implicit-deny" ? grants.find((one) => covers(one, subject, request)) : undefined;
  if (grant) {
    const reason = `the grant ${grant.id.slice(0, 12)} gives it`;
    return { ...base, layer: "none", effect: "allowed", reason, conditional: grant.constrained };
  }
  const bare = {
    ...policies,
    identity: subject.identity.map(withoutConditions),
    resource: withoutConditions(allows),
  };
  const conditional = evaluate(request, bare).effect === "allow";
  if (decision.layer === "resource") {
    const statement = allowedToOthers(allows, request);
    return { ...base, layer: "key-policy", effect: "not-allowed", conditional, ...(statement ? { statement } : {}) };
  }
  const layer = decision.layer === "boundary" ? "boundary" : "identity";
  const effect = decision.effect === "explicit-deny" ? "explicit-deny" : "not-allowed";
  return { ...base, layer, effect, conditional };
}

/** What S3 asks KMS on behalf of the caller, with the condition keys that it brings (KMS developer guide, condition keys). */
function questionForKey(
  call: DeniedCall,
  subject: Subject,
  region: string,
): { request: PolicyRequest; known: KnownContext } {
  const { request, known } = questionOf(call, subject);
  // Whether KMS sees the caller's own network is not documented: those keys stay unknown.
  const { "aws:sourcevpce": _endpoint, "aws:sourcevpc": _vpc, ...rest } = known.values;
  const values = {
    ...rest,
    "aws:viaawsservice": "true",
    "kms:calleraccount": subject.accountId,
    "kms:viaservice": `s3.${region}.amazonaws.com`,
  };
  return { request: { ...request, context: values }, known: { values, absent: ["kms:grantisforawsresource"] } };
}

const covers = ({ grantee, key, operations }: KeyGrant, subject: Subject, request: PolicyRequest) =>
  key === request.resource && grantee === subject.arn && operations.includes(request.action.replace(/^kms:/, ""));

const withoutConditions = (policy: Policy): Policy => ({
  ...policy,
  statements: policy.statements.map((statement) => ({ ...statement, conditions: [] })),
});

/** The first statement that allows it to somebody else. */
function allowedToOthers(policy: Policy, request: PolicyRequest): Statement | undefined {
  const forAll = policy.statements.map(
    ({ notPrincipal: _not, ...statement }): Statement => ({
      ...statement,
      principal: "*",
      conditions: [],
    }),
  );
  const found = applicableStatements(request, [{ ...policy, statements: forAll }])[0];
  return found && policy.statements[found.statement.index];
}

/** Whom a statement names, shortened: `role/x, role/y and 3 more`. */
export function namedPrincipals({ principal, notPrincipal }: Statement): string {
  const names = listed(principal ?? notPrincipal).map((name) => name.replace(/^arn:[^:]*:(?:iam|sts)::\d*:/, ""));
  const shown = names.slice(0, 3).join(", ");
  const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
  return `${notPrincipal ? "all but " : ""}${shown}${more}`;
}

const listed = (element: PrincipalElement | undefined): string[] =>
  element === undefined || element === "*" ? ["everybody"] : Object.values(element).flat();
