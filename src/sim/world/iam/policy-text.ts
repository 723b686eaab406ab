import { Failure } from "../../../base/failure.ts";
import { type PolicyKind, parsePolicy } from "../../../policy/document.ts";
import { AwsError } from "../../wire/aws-error.ts";
import type { PolicyText } from "./model.ts";

/** A document as text and parsed. @throws Failure (invalid) from the parser. */
export function policyText(document: object | string, id: string, kind: PolicyKind): PolicyText {
  const json = typeof document === "string" ? document : JSON.stringify(document);
  return { json, policy: parsePolicy(json, id, kind) };
}

/** A document that a caller sent. @throws AwsError MalformedPolicyDocument, as IAM and STS answer what they cannot parse. */
export function givenPolicyText(json: string | undefined, id: string, kind: PolicyKind): PolicyText {
  try {
    return policyText(json ?? "", id, kind);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new AwsError("MalformedPolicyDocumentException", error.detail.why);
  }
}
