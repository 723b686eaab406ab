import type { Context } from "../../../policy/pattern.ts";
import type { Tag } from "../iam/model.ts";
import type { Principal } from "../principals.ts";

/** The VPC endpoint that a call comes through. */
export interface CallEndpoint {
  id: string;
  vpcId?: string;
  /** Its policy's JSON; undefined: the default one, which allows everything. */
  policy?: string;
}

export interface ContextFacts {
  principal: Principal;
  /** Tags of the user or role. */
  tags: readonly Tag[];
  /** Virtual time, ms since the Unix epoch. */
  nowMs: number;
  region?: string;
  sourceIp?: string;
  endpoint?: CallEndpoint;
}

const PRINCIPAL_TYPES: Record<Principal["type"], string> = {
  user: "User",
  "role-session": "AssumedRole",
  root: "Account",
};

/**
 * The global condition keys of a call (reference_policies_condition-keys); those that follow from the principal alone
 * are the evaluator's. aws:SecureTransport is always true: the loopback's plain HTTP stands for TLS.
 */
export function globalContext({ principal, tags, nowMs, region, sourceIp, endpoint }: ContextFacts): Context {
  const context: Context = {
    "aws:CurrentTime": new Date(nowMs).toISOString(),
    "aws:EpochTime": String(Math.floor(nowMs / 1000)),
    "aws:SecureTransport": "true",
    "s3:TlsVersion": "1.3",
    "aws:PrincipalType": PRINCIPAL_TYPES[principal.type],
    "aws:PrincipalIsAWSService": "false",
    "aws:ViaAWSService": "false",
  };
  if (region !== undefined) context["aws:RequestedRegion"] = region;
  if (endpoint) {
    context["aws:SourceVpce"] = endpoint.id;
    if (endpoint.vpcId !== undefined) context["aws:SourceVpc"] = endpoint.vpcId;
    // Through an endpoint the private address is told under a name of its own (global condition keys, aws:VpcSourceIp).
    if (sourceIp !== undefined) context["aws:VpcSourceIp"] = sourceIp;
  } else if (sourceIp !== undefined) context["aws:SourceIp"] = sourceIp;
  const { session } = principal;
  if (session) {
    // Temporary credentials only: calls with a user's own keys have neither key.
    context["aws:TokenIssueTime"] = new Date(session.issuedAtMs).toISOString();
    context["aws:MultiFactorAuthPresent"] = String(session.mfaAtMs !== undefined);
    if (session.mfaAtMs !== undefined) {
      context["aws:MultiFactorAuthAge"] = String(Math.floor((nowMs - session.mfaAtMs) / 1000));
    }
  }
  for (const { Key, Value } of tags) context[`aws:PrincipalTag/${Key}`] = Value;
  return context;
}
