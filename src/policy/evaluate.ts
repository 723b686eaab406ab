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
}

export interface Decision {
  effect: "allow" | "explicit-deny" | "implicit-deny";
  /** The statement that decided; none where nothing allowed. */
  deciding?: { policyId: string; sid?: string; statementIndex: number };
  /** In words, for a person. */
  reason: string;
}

interface Match {
  policy: Policy;
  statement: Statement;
  principal: PrincipalMatch;
}

/**
 * Decides a request as reference_policies_evaluation-logic says: an explicit Deny anywhere wins; else, in one account,
 * the resource policy or the identity policies may allow; between accounts both must; else it is denied.
 * Control policies of an organisation and session policies are not known here.
 */
export function evaluate(request: PolicyRequest, policies: Policies): Decision {
  const context = contextOf(request.principal, request.context);
  const find = (list: Policy[]) =>
    list.flatMap((policy) =>
      policy.statements.flatMap((statement): Match[] => {
        const principal = principalOf(statement, request.principal, policies.boundary !== undefined);
        const applies = principal !== "none" && statementApplies(statement, policy, request, context);
        return applies ? [{ policy, statement, principal }] : [];
      }),
    );
  const resource = find(policies.resource ? [policies.resource] : []);
  const identity = find(policies.identity);
  const boundary = find(policies.boundary ? [policies.boundary] : []);

  const denied = [...resource, ...identity, ...boundary].find(({ statement }) => statement.effect === "Deny");
  if (denied) return decision("explicit-deny", `${nameOf(denied)} denies it`, denied);

  const { principal } = request;
  const owner = request.resourceAccountId ?? principal.accountId;
  if (principal.accountId === undefined) {
    const named = resource.find((match) => match.principal === "direct");
    return named ? allowed(named) : decision("implicit-deny", "the resource policy does not allow it");
  }
  const boundaryAllows = policies.boundary === undefined || boundary.length > 0;
  const granted = identity[0];
  if (principal.accountId === owner) return withinAccount(principal, resource, granted, boundaryAllows);
  const shared = resource[0];
  if (!shared) return decision("implicit-deny", "no statement of the other account's resource policy allows it");
  // The root user is not subject to identity policies.
  if (principal.type === "root") return allowed(shared);
  if (!granted) return decision("implicit-deny", "the caller's own account does not allow it: no identity policy does");
  return boundaryAllows ? allowed(granted) : outsideBoundary();
}

/**
 * In one account (reference_policies_evaluation-logic and access_policies_boundaries, "Resource-based policies"): a
 * resource policy that names the user or the session, or everybody, allows alone, whatever the boundary leaves out; one
 * that names the role allows alone within the boundary; one that names the account leaves it to the identity policies.
 */
function withinAccount(caller: Caller, resource: Match[], granted: Match | undefined, boundaryAllows: boolean) {
  const direct = resource.find((match) => match.principal === "direct");
  if (direct) return allowed(direct);
  if (caller.type === "root") return decision("allow", "the root user of the account, and nothing denies it");
  const grant = resource.find((match) => match.principal === "role") ?? granted;
  if (!grant) return decision("implicit-deny", "no statement allows it");
  return boundaryAllows ? allowed(grant) : outsideBoundary();
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
  const isAction = (pattern: string) => matchesPattern(pattern.toLowerCase(), request.action.toLowerCase(), undefined);
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

function allowed(match: Match): Decision {
  return decision("allow", `${nameOf(match)} allows it`, match);
}

function outsideBoundary(): Decision {
  return decision("implicit-deny", "the permissions boundary does not allow it");
}

function decision(effect: Decision["effect"], reason: string, match?: Match): Decision {
  if (!match) return { effect, reason };
  const { policy, statement } = match;
  const sid = statement.sid === undefined ? {} : { sid: statement.sid };
  return { effect, reason, deciding: { policyId: policy.id, ...sid, statementIndex: statement.index } };
}
