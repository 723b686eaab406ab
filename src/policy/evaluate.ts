import { conditionHolds } from "./conditions.ts";
import type { Policy, Statement } from "./document.ts";
import { type Context, matchesArn, matchesPattern } from "./pattern.ts";
import { type Caller, contextOf, type PrincipalMatch, principalMatch, sparedByNotPrincipal } from "./principal.ts";

/** One call, as IAM sees it. */
export interface PolicyRequest {
  principal: Caller;
  /** service:Action, such as s3:GetObject. */
  action: string;
  /** The ARN that is acted on, or * for an action without one. */
  resource: string;
  /** The account that owns the resource: a bucket's ARN does not say. Without it, the caller's own. */
  resourceAccountId?: string;
  /** Condition keys: aws:SourceIp, s3:prefix ... Those that follow from the principal are filled in. */
  context: Context;
}

export interface Policies {
  identity: Policy[];
  /** Such as the bucket policy. */
  resource?: Policy;
  /** Permissions boundary of the user or role: grants nothing, limits what the identity policies grant. */
  boundary?: Policy;
  /** Session policies given with sts:AssumeRole: together they limit what the role may do in this session. */
  session?: Policy[];
  /** Policy of the VPC endpoint that the call comes through: grants nothing, limits every call. */
  endpoint?: Policy;
  /**
   * The resource policy must allow, whatever identity policies grant, as a KMS key's: a statement that names the account is what gives
   * identity policies a say (KMS developer guide, key policies).
   */
  resourceMustAllow?: boolean;
}

/** The kinds of policies that can decide. */
export type PolicyLayer = "identity" | "resource" | "boundary" | "session" | "endpoint";

export interface Decision {
  effect: "allow" | "explicit-deny" | "implicit-deny";
  /** The kind of policy that granted, denied, or failed to allow. */
  layer: PolicyLayer;
  /** The statement that decided; none where nothing allowed. */
  deciding?: { policyId: string; sid?: string; statementIndex: number };
  /** In words, for a person. */
  reason: string;
}

/** A statement that applies to a request. */
export interface Match {
  policy: Policy;
  statement: Statement;
  principal: PrincipalMatch;
}

/**
 * Decides a request as reference_policies_evaluation-logic says: an explicit Deny anywhere wins; else, in one account,
 * the resource policy or the identity policies may allow; between accounts both must; else it is denied. A VPC endpoint's
 * policy must allow besides. Control policies of an organisation are not known here.
 */
export function evaluate(request: PolicyRequest, policies: Policies): Decision {
  const context = contextOf(request.principal, request.context);
  const find = (list: Policy[] | undefined) =>
    (list ?? []).flatMap((policy) => matchesIn(policy, request, context, policies.boundary !== undefined));
  const matches: Record<PolicyLayer, Match[]> = {
    resource: find(policies.resource && [policies.resource]),
    identity: find(policies.identity),
    boundary: find(policies.boundary && [policies.boundary]),
    session: find(policies.session),
    endpoint: find(policies.endpoint && [policies.endpoint]),
  };
  for (const layer of Object.keys(matches) as PolicyLayer[]) {
    const denied = matches[layer].find(({ statement }) => statement.effect === "Deny");
    if (denied) return decision("explicit-deny", layer, `${nameOf(denied)} denies it`, denied);
  }
  if (policies.endpoint && matches.endpoint.length === 0) {
    return decision("implicit-deny", "endpoint", "the VPC endpoint's policy does not allow it");
  }
  if (policies.resourceMustAllow && matches.resource.length === 0) {
    return decision("implicit-deny", "resource", "no statement of the resource policy allows it");
  }
  const limit = missingLimit(policies, matches);
  const { principal } = request;
  const [granted] = matches.identity;
  if (principal.accountId === undefined) {
    const named = matches.resource.find((match) => match.principal === "direct");
    return named
      ? allowed("resource", named)
      : decision("implicit-deny", "resource", "the resource policy does not allow it");
  }
  const owner = request.resourceAccountId ?? principal.accountId;
  if (principal.accountId === owner) return withinAccount(principal, matches.resource, granted, limit);
  const shared = matches.resource[0];
  if (!shared) {
    return decision("implicit-deny", "resource", "no statement of the other account's resource policy allows it");
  }
  // The root user is not subject to identity policies.
  if (principal.type === "root") return allowed("resource", shared);
  if (!granted) {
    return decision("implicit-deny", "identity", "the caller's own account does not allow it: no identity policy does");
  }
  return limit ?? allowed("identity", granted);
}

/** The statements of these policies that apply to the request: to its action, resource, principal and conditions. */
export function applicableStatements(request: PolicyRequest, list: Policy[]): Match[] {
  const context = contextOf(request.principal, request.context);
  return list.flatMap((policy) => matchesIn(policy, request, context, false));
}

/** @param bounded whether the caller has a permissions boundary. */
function matchesIn(policy: Policy, request: PolicyRequest, context: Context, bounded: boolean): Match[] {
  const found: Match[] = [];
  for (const statement of policy.statements) {
    const principal = principalOf(statement, request.principal, bounded);
    const applies = principal !== "none" && statementApplies(statement, policy, request, context);
    if (applies) found.push({ policy, statement, principal });
  }
  return found;
}

/** The policy that limits what the caller is granted and does not allow this, undefined when none does. */
function missingLimit(policies: Policies, matches: Record<PolicyLayer, Match[]>): Decision | undefined {
  if (policies.boundary && matches.boundary.length === 0) {
    return decision("implicit-deny", "boundary", "the permissions boundary does not allow it");
  }
  if (policies.session && matches.session.length === 0) {
    return decision("implicit-deny", "session", "the session policy does not allow it");
  }
  return undefined;
}

/**
 * In one account (reference_policies_evaluation-logic, access_policies_boundaries "Resource-based policies" and
 * access_policies "Session policies"): a resource policy that names the user or the session, or everybody, allows alone,
 * whatever the boundary and the session policy leave out; one that names the role allows alone within them; one that
 * names the account leaves it to the identity policies.
 */
function withinAccount(
  caller: Caller,
  resource: Match[],
  granted: Match | undefined,
  limit: Decision | undefined,
): Decision {
  const direct = resource.find((match) => match.principal === "direct");
  if (direct) return allowed("resource", direct);
  if (caller.type === "root") {
    return decision("allow", "identity", "the root user of the account, and nothing denies it");
  }
  const byRole = resource.find((match) => match.principal === "role");
  const grant = byRole ?? granted;
  if (!grant) return decision("implicit-deny", "identity", "no statement allows it");
  return limit ?? allowed(byRole ? "resource" : "identity", grant);
}

/**
 * How the statement names the caller; one of an identity policy has no principal and is the caller's own.
 * A Deny with NotPrincipal hits every principal that has a boundary, whoever is listed (access_policies_boundaries).
 */
function principalOf(statement: Statement, caller: Caller, bounded: boolean): PrincipalMatch {
  if (statement.principal) return principalMatch(statement.principal, caller);
  if (!statement.notPrincipal) return "direct";
  if (statement.effect === "Deny") {
    return !bounded && sparedByNotPrincipal(statement.notPrincipal, caller) ? "none" : "direct";
  }
  return principalMatch(statement.notPrincipal, caller) === "none" ? "direct" : "none";
}

function statementApplies(statement: Statement, policy: Policy, request: PolicyRequest, context: Context): boolean {
  const variables = policy.version === "2012-10-17";
  // "The prefix and the action name are case insensitive" (reference_policies_elements_action).
  const action = request.action.toLowerCase();
  const isAction = (pattern: string) => matchesPattern(pattern.toLowerCase(), action, undefined);
  const isResource = (pattern: string) =>
    pattern === "*" || matchesArn(pattern, request.resource, variables ? context : undefined);
  return (
    (statement.action ? statement.action.some(isAction) : !statement.notAction?.some(isAction)) &&
    (statement.resource ? statement.resource.some(isResource) : !statement.notResource?.some(isResource)) &&
    statement.conditions.every((condition) => conditionHolds(condition, context, variables))
  );
}

function nameOf({ policy, statement }: Match): string {
  return `${policy.id}, ${statement.sid ? `statement "${statement.sid}"` : `statement ${statement.index + 1}`},`;
}

function allowed(layer: PolicyLayer, match: Match): Decision {
  return decision("allow", layer, `${nameOf(match)} allows it`, match);
}

function decision(effect: Decision["effect"], layer: PolicyLayer, reason: string, match?: Match): Decision {
  if (!match) return { effect, layer, reason };
  const { policy, statement } = match;
  const sid = statement.sid === undefined ? {} : { sid: statement.sid };
  return { effect, layer, reason, deciding: { policyId: policy.id, ...sid, statementIndex: statement.index } };
}
