import type { AwsCaller, OutputOf } from "../aws/contract.ts";
import { Failure, type FailureDetail, failureDetail } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import type { ExplainedStatement } from "./iam-policy.ts";

/** What the identity's policies do not allow. */
export interface Refusal {
  action: string;
  /** On which of the resources that it is needed on; empty: on all of them. */
  resources: string[];
  explicit: boolean;
}

export type SimulationOutcome =
  | { status: "done"; refusals: Refusal[] }
  /** The simulation itself is not possible, and why. */
  | { status: "unknown"; failure: FailureDetail };

interface Identity {
  arn: string;
  accountId: string;
}

/**
 * Asks IAM what the caller's identity policies and boundary allow of these statements. Bucket policies of roles, policies of an
 * organisation's accounts beyond what IAM tells, of sessions and of VPC endpoints are not in it (IAM API reference,
 * SimulatePrincipalPolicy). Never rejects.
 */
export async function simulateStatements(
  aws: AwsCaller,
  identity: Identity,
  statements: readonly ExplainedStatement[],
  signal: AbortSignal,
): Promise<SimulationOutcome> {
  try {
    const PolicySourceArn = await sourceArn(aws, identity, signal);
    if (PolicySourceArn === undefined) return { status: "done", refusals: [] };
    const found = await Promise.all(
      statements.map(async ({ statement }) => refusalsOf(await simulate(aws, PolicySourceArn, statement, signal))),
    );
    return { status: "done", refusals: found.flat() };
  } catch (error) {
    const cause = signal.aborted ? signal.reason : error;
    return { status: "unknown", failure: failureDetail(cause, "iam:SimulatePrincipalPolicy") };
  }
}

/**
 * The user's or role's own ARN. STS leaves out a role's path, which IAM tells; where that may not be read the role is taken to have none.
 * Undefined for the root user, whom no policy limits. Throws a Failure for callers that have no policies of their own.
 */
async function sourceArn(
  aws: AwsCaller,
  { arn, accountId }: Identity,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [, partition = "aws", kind = "", name = ""] =
    /^arn:([^:]+):(?:sts|iam)::\d{12}:(assumed-role|user|root)(?:\/(.*))?$/.exec(arn) ?? [];
  if (kind === "root") return undefined;
  if (kind === "user") return arn;
  if (kind !== "assumed-role") {
    throw new Failure({
      kind: "invalid",
      what: "iam:SimulatePrincipalPolicy",
      why: `${sanitizeLine(arn)} is neither a user nor a role`,
      next: "Its permissions cannot be asked for; the probes show what it may read.",
    });
  }
  const RoleName = name.split("/")[0] ?? "";
  try {
    const { output } = await aws.call("iam", "GetRole", { RoleName }, { purpose: "poll", signal });
    if (output.Role?.Arn) return output.Role.Arn;
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== "denied") throw error;
  }
  return `arn:${partition}:iam::${accountId}:role/${RoleName}`;
}

type Results = NonNullable<OutputOf<"iam", "SimulatePrincipalPolicy">["EvaluationResults"]>;

async function simulate(
  aws: AwsCaller,
  PolicySourceArn: string,
  { Action, Resource, Condition }: ExplainedStatement["statement"],
  signal: AbortSignal,
): Promise<Results> {
  const ContextEntries = Object.values(Condition ?? {}).flatMap((keys) =>
    Object.entries(keys).map(([ContextKeyName, value]) => ({
      ContextKeyName,
      ContextKeyValues: [value],
      ContextKeyType: "string" as const,
    })),
  );
  const results: Results = [];
  let Marker: string | undefined;
  do {
    const { output } = await aws.call(
      "iam",
      "SimulatePrincipalPolicy",
      {
        PolicySourceArn,
        ActionNames: Action,
        ...(Resource[0] === "*" ? {} : { ResourceArns: Resource }),
        ...(ContextEntries.length > 0 ? { ContextEntries } : {}),
        ...(Marker ? { Marker } : {}),
      },
      { purpose: "poll", signal },
    );
    results.push(...(output.EvaluationResults ?? []));
    Marker = output.IsTruncated ? output.Marker : undefined;
  } while (Marker);
  return results;
}

/** IAM gives one result an action and resource, or one an action with results by resource in it. */
function refusalsOf(results: Results): Refusal[] {
  const single = results.flatMap((result) => {
    const byResource = result.ResourceSpecificResults ?? [];
    const parts =
      byResource.length > 0
        ? byResource.map(
            ({ EvalResourceName, EvalResourceDecision }) => [EvalResourceName, EvalResourceDecision] as const,
          )
        : [[result.EvalResourceName, result.EvalDecision] as const];
    return parts.map(([resource, decision]) => ({ action: result.EvalActionName ?? "", resource, decision }));
  });
  const byAction = new Map<string, { refused: Set<string>; allowed: number; explicit: boolean }>();
  for (const { action, resource = "*", decision } of single) {
    const entry = byAction.get(action) ?? { refused: new Set(), allowed: 0, explicit: false };
    if (decision === "allowed") entry.allowed++;
    else entry.refused.add(sanitizeLine(resource));
    byAction.set(action, { ...entry, explicit: entry.explicit || decision === "explicitDeny" });
  }
  return [...byAction]
    .filter(([, { refused }]) => refused.size > 0)
    .map(([action, { refused, allowed, explicit }]) => ({
      action: sanitizeLine(action),
      resources: allowed > 0 ? [...refused] : [],
      explicit,
    }));
}
