import type { Decision, PolicyLayer } from "../../../policy/evaluate.ts";
import { AwsError } from "../../wire/aws-error.ts";
import { speaksJson } from "../../wire/credential-errors.ts";
import type { Principal } from "../principals.ts";
import type { Requirement } from "./requirement.ts";

/** AccessDenied's code and status where a service has its own; else AccessDeniedException, 400, in JSON and AccessDenied, 403, in XML. */
const OWN_ERRORS: Record<string, { code: string; status: number }> = {
  monitoring: { code: "AccessDenied", status: 403 },
  sns: { code: "AuthorizationErrorException", status: 403 },
  ec2: { code: "UnauthorizedOperation", status: 403 },
};

const LAYER_NAMES: Record<PolicyLayer, string> = {
  identity: "identity-based policy",
  resource: "resource-based policy",
  boundary: "permissions boundary",
  session: "session policy",
  endpoint: "VPC endpoint policy",
};

/** What a refusal is made of. */
export interface Refusal {
  principal: Principal;
  service: string;
  requirement: Requirement;
  decision: Pick<Decision, "effect" | "layer">;
  /** The resource belongs to another account: S3 then gives no reason. */
  foreign?: boolean;
}

/** The error that AWS gives, in the forms of the IAM user guide (troubleshoot_access-denied). */
export function accessDenied(refusal: Refusal): AwsError {
  const { service } = refusal;
  const { code, status } =
    OWN_ERRORS[service] ??
    (speaksJson(service) ? { code: "AccessDeniedException", status: 400 } : { code: "AccessDenied", status: 403 });
  return new AwsError(code, message(refusal), { status });
}

function message(refusal: Refusal): string {
  const { principal, service, requirement, decision, foreign } = refusal;
  if (service === "s3" && foreign) return "Access Denied";
  // SNS alone writes its prefix in capitals.
  const action = service === "sns" ? requirement.action.replace(/^sns:/, "SNS:") : requirement.action;
  // S3 puts the resource in quotes (Amazon S3 user guide, troubleshoot-403-errors).
  const resource = service === "s3" ? `"${requirement.resource}"` : requirement.resource;
  const who = `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} ${because(decision, action)}`;
  if (service !== "ec2") return who;
  const encoded = /:Describe/.test(action) ? "" : ` Encoded authorization failure message: ${encodedMessage(refusal)}`;
  return `You are not authorized to perform this operation. ${who}.${encoded}`;
}

function because({ effect, layer }: Refusal["decision"], action: string): string {
  const trust = layer === "resource" && /^sts:AssumeRole/.test(action);
  const name = trust ? "role trust policy" : LAYER_NAMES[layer];
  if (effect !== "explicit-deny") return `because no ${name} allows the ${action} action`;
  return `with an explicit deny in ${layer === "identity" ? "an" : "a"} ${name}`;
}

/** EC2's opaque detail: base64 of what sts:DecodeAuthorizationMessage would show. */
function encodedMessage({ principal, requirement, decision }: Refusal): string {
  const detail = {
    allowed: false,
    explicitDeny: decision.effect === "explicit-deny",
    context: { principal: { id: principal.userId, arn: principal.arn }, ...requirement },
  };
  return Buffer.from(JSON.stringify(detail)).toString("base64url");
}

/** The code under which CloudTrail records a refusal: EC2's carries the side that is at fault (CloudTrail record contents). */
export function trailErrorCode(service: string, code: string): string {
  return service === "ec2" && code === "UnauthorizedOperation" ? `Client.${code}` : code;
}
