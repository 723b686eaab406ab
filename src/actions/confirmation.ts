import type { Plan } from "./contract.ts";
import { evidenceChoiceOf } from "./evidence-choice.ts";

export interface GivenConfirmation {
  yes?: boolean;
  typedName?: string;
  typedAccount?: string;
}

/**
 * Whether what was given is enough for the plan's tier: undefined when it is, else a sentence that says what is missing.
 * `yes` covers only its own tier; names are compared exactly.
 */
export function confirmationProblem(
  plan: Plan,
  given: GivenConfirmation,
  accountId: string | undefined,
): string | undefined {
  switch (plan.tier) {
    case "none":
      return undefined;
    case "yes":
      return given.yes ? undefined : "Press y to confirm.";
    case "name":
      return nameProblem(plan, given);
    case "name-and-account":
      return (
        nameProblem(plan, given) ??
        (accountId !== undefined && given.typedAccount === accountId
          ? undefined
          : `Type the account id ${accountId ?? "(unknown)"} to confirm.`)
      );
  }
}

function nameProblem(plan: Plan, given: GivenConfirmation): string | undefined {
  if (plan.resourceName !== "" && given.typedName === plan.resourceName) return undefined;
  return given.typedName
    ? `"${given.typedName}" is not "${plan.resourceName}".`
    : `Type ${plan.resourceName} to confirm.`;
}

/** How it was confirmed, for the record. */
export function describeConfirmation(plan: Plan): string {
  const skipped = evidenceChoiceOf(plan) === "skip" ? ", evidence knowingly skipped" : "";
  return `${confirmationWords(plan)}${skipped}`;
}

function confirmationWords(plan: Plan): string {
  switch (plan.tier) {
    case "none":
      return "no confirmation needed";
    case "yes":
      return "confirmed with y";
    case "name":
      return `typed ${plan.resourceName}`;
    case "name-and-account":
      return `typed ${plan.resourceName} and the account`;
  }
}
