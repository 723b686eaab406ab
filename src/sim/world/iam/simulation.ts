import type { Policy } from "../../../policy/document.ts";
import { applicableStatements, evaluate, type Match, type PolicyRequest } from "../../../policy/evaluate.ts";
import type { Context } from "../../../policy/pattern.ts";
import { type Caller, contextOf } from "../../../policy/principal.ts";
import type { PolicyText } from "./model.ts";
import { type Span, statementPositions } from "./statement-positions.ts";

/** A policy of a simulation, with what its results call it. */
export interface SourcedPolicy extends PolicyText {
  sourceId: string;
  sourceType: "user" | "group" | "role" | "aws-managed" | "user-managed" | "resource" | "none";
}

export interface Simulation {
  caller: Caller;
  identity: SourcedPolicy[];
  boundary?: SourcedPolicy;
  resource?: SourcedPolicy;
  /** Of the resources, where it is not the caller's account. */
  resourceAccountId?: string;
  context: Context;
}

export interface MatchedStatement extends Span {
  SourcePolicyId: string;
  SourcePolicyType: SourcedPolicy["sourceType"];
}

export interface SimulationResult {
  decision: "allowed" | "explicitDeny" | "implicitDeny";
  matched: MatchedStatement[];
  missingContext: string[];
  /** Undefined without a boundary. */
  allowedByBoundary?: boolean;
}

const DECISIONS = { allow: "allowed", "explicit-deny": "explicitDeny", "implicit-deny": "implicitDeny" } as const;

/** Decides one action on one resource by the policies alone, as IAM's policy simulator does. */
export function simulate(simulation: Simulation, action: string, resource: string): SimulationResult {
  const { caller: principal, identity, boundary, resource: resourcePolicy, resourceAccountId, context } = simulation;
  const request: PolicyRequest = {
    principal,
    action,
    resource,
    context,
    ...(resourceAccountId === undefined ? {} : { resourceAccountId }),
  };
  const { effect } = evaluate(request, {
    identity: identity.map(({ policy }) => policy),
    ...(boundary ? { boundary: boundary.policy } : {}),
    ...(resourcePolicy ? { resource: resourcePolicy.policy } : {}),
  });
  const sources = [...identity, ...(resourcePolicy ? [resourcePolicy] : []), ...(boundary ? [boundary] : [])];
  const granting = sources.filter((source) => source !== boundary);
  return {
    decision: DECISIONS[effect],
    matched:
      effect === "explicit-deny"
        ? matchedBy(request, sources, "Deny").slice(0, 1)
        : effect === "allow"
          ? matchedBy(request, granting, "Allow")
          : [],
    missingContext: missingKeys(simulation, sources),
    ...(boundary ? { allowedByBoundary: isAllowedBy(request, boundary.policy) } : {}),
  };
}

function isAllowedBy(request: PolicyRequest, policy: Policy): boolean {
  const effects = applicableStatements(request, [policy]).map(({ statement }) => statement.effect);
  return effects.includes("Allow") && !effects.includes("Deny");
}

function matchedBy(request: PolicyRequest, sources: SourcedPolicy[], effect: "Allow" | "Deny"): MatchedStatement[] {
  return sources.flatMap((source) => {
    const spans = statementPositions(source.json);
    const place = ({ statement }: Match): MatchedStatement => ({
      SourcePolicyId: source.sourceId,
      SourcePolicyType: source.sourceType,
      ...spans[statement.index]!,
    });
    return applicableStatements(request, [source.policy])
      .filter(({ statement }) => statement.effect === effect)
      .map(place);
  });
}

/** Keys that the policies' conditions and variables ask for, and that the simulation was not told. */
function missingKeys({ caller, context }: Simulation, sources: SourcedPolicy[]): string[] {
  const known = new Set(Object.keys(contextOf(caller, context)));
  const asked = new Map<string, string>();
  for (const { json, policy } of sources) {
    const inConditions = policy.statements.flatMap(({ conditions }) => conditions.map(({ key }) => key));
    const inVariables = [...json.matchAll(/\$\{\s*([\w:/.-]+)\s*[,}]/g)].map((match) => match[1]!);
    for (const key of [...inConditions, ...inVariables]) asked.set(key.toLowerCase(), key);
  }
  return [...asked].filter(([key]) => !known.has(key)).map(([, name]) => name);
}
