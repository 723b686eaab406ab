import { Failure } from "../base/failure.ts";
import type { DetectorResult } from "../findings/contract.ts";
import type { Caller } from "./identity.ts";
import type { IncidentOptions } from "./options.ts";

/** Where the runbook and the deployment disagree, read now. Rejects with a Failure while it is not known whose account this is. */
export async function accountFindings(
  { aws, deployment, clock }: IncidentOptions,
  caller: Caller,
  signal: AbortSignal,
): Promise<DetectorResult[]> {
  const accountId = caller.accepted?.accountId;
  if (accountId === undefined) {
    throw new Failure({
      kind: "refused",
      what: "look for findings",
      why: "it is not known yet which account the credentials belong to",
      next: "The header shows why; try again when it names the account.",
    });
  }
  // Loaded when it is asked for: no start waits for it.
  const { findFindings } = await import("../findings/find.ts");
  return findFindings({ aws, deployment, clock, accountId, signal });
}
