import type { Finding, Scope } from "./check.ts";
import type { VerdictId } from "./verdict-ids.ts";

/** What is offered against a cause: a plan that an action makes, or a text to copy (a tfvars line, a YAML patch). */
export type Fix =
  | { kind: "action"; title: string; actionId: string; parameters: Record<string, string> }
  | { kind: "text"; title: string; text: string };

const FLAG_WORDS = {
  "suspected-data-loss": "data loss is suspected, so that L2 is due at once",
  "security-incident": "it is a security incident, so that L3 is due at once",
  "data-breach": "data was taken, a breach, so that L3 is due at once",
} as const;

/** What the escalation path asks of the responder's judgement (runbook, Escalation Path), offered beside what mends the cause. */
export const flagFix = (flag: keyof typeof FLAG_WORDS, reason: string): Fix => ({
  kind: "action",
  title: `Record that ${FLAG_WORDS[flag]}`,
  actionId: "flag",
  parameters: { flag, reason },
});

/** A cause that a diagnosis can name. */
export interface VerdictDefinition {
  id: VerdictId;
  /** A short statement: "Nessie's container is killed at its memory limit". */
  title: string;
  /** What that means, in one or two sentences, for somebody who has not met it before. */
  meaning: string;
  /** Verdicts of which this one is only a consequence: when one of them holds, this is no cause of its own. */
  consequenceOf: readonly VerdictId[];
  /** What can be done, best first. `evidence` are the findings that speak for it, with their details. */
  fixes(evidence: readonly Finding[], scope: Scope): Fix[];
}

/** `proven`: a finding proves it and nothing speaks against. `likely`: it is proven, but
 * something speaks against; or two findings more support it than speak against. `possible`: hints only. */
export type Certainty = "proven" | "likely" | "possible";

/** One verdict of a diagnosis, with why. */
export interface RankedVerdict {
  id: VerdictId;
  title: string;
  meaning: string;
  certainty: Certainty;
  for: Finding[];
  against: Finding[];
  information: Finding[];
  /** What could not be looked at that bears on it: "Stopped tasks of Nessie: needs ecs:DescribeTasks". */
  unknown: string[];
  /** Titles of what follows from it and is no cause of its own. */
  consequences: string[];
  fixes: Fix[];
}
