import type { JsonObject } from "../base/json.ts";
import type { Deployment } from "../config/deployment.ts";
import type { Fact, FactSource, GivenAnswers, HeldContainment, ValueOf } from "./fact.ts";
import type { VerdictId } from "./verdict-ids.ts";

/**
 * What a finding says about its verdict. `proves`: it alone is enough. `supports`, `against`: it counts, with others. `information`:
 * worth showing, decides nothing (a symptom is always this).
 */
export type Strength = "proves" | "supports" | "against" | "information";

/** One thing that a check found. */
export interface Finding {
  /** The verdict that it speaks for or against; left out where it is about none. */
  verdict?: VerdictId;
  strength: Strength;
  /** A whole sentence with its evidence: times (UTC), values, names. Sanitised by the engine. */
  text: string;
  /** The call that shows it, as an `aws` line. The engine fills in the lines of the check's facts where it is left out. */
  lines?: string[];
  /** What the verdict's fix needs to know, in plain JSON: a rule, a revision, a size. */
  details?: JsonObject;
}

/** What checks may know beside their facts. Plain data: checks are pure functions. */
export interface Scope {
  /** Domain ms at which the diagnosis was started. */
  nowMs: number;
  window: { fromMs: number; toMs: number };
  deployment: Deployment;
  held: readonly HeldContainment[];
  given: GivenAnswers;
}

export type Sources = Record<string, FactSource<unknown>>;
export type Values<N extends Sources> = { [K in keyof N]: ValueOf<N[K]> };
export type FactsOf<N extends Sources> = { [K in keyof N]: Fact<ValueOf<N[K]>> };

/** One question, answered from facts: facts in, findings out, nothing else. */
export interface Check<N extends Sources = Sources, U extends Sources = Sources> {
  /** Stable id: "container-killed". */
  id: string;
  /** What is looked at: "Stopped tasks of Nessie". */
  title: string;
  /** The diagnoses that ask it; `everything` asks all. */
  diagnoses: readonly string[];
  /** The verdicts that it may speak about: when it cannot be answered, these are the ones that stay open. */
  verdicts: readonly VerdictId[];
  /** Facts without which it cannot answer: one that is unknown makes the check unknown, one that is absent makes it not applicable. */
  needs: N;
  /** Facts that it uses as far as they are known. */
  uses: U;
  /** Its findings answer what the responder told the diagnosis: they are shown before everything else. */
  answersTold?: true;
  judge(facts: Values<N>, scope: Scope, more: FactsOf<U>): Finding[];
}

/** A check of any facts, as the registry keeps it. */
export interface AnyCheck extends Omit<Check, "judge"> {
  // Method syntax: a check of particular facts is one of any facts; the engine hands it the facts that it asked for.
  judge(facts: never, scope: Scope, more: never): Finding[];
}

/** A check with the types of its facts inferred. */
export function defineCheck<N extends Sources, U extends Sources = Record<never, never>>(
  check: Omit<Check<N, U>, "uses"> & { uses?: U },
): Check<N, U> {
  return { ...check, uses: check.uses ?? ({} as U) };
}

export type CheckStatus = "answered" | "not-applicable" | "unknown";

/** A check's answer, as it is shown and recorded. */
export interface CheckResult {
  id: string;
  title: string;
  verdicts: readonly VerdictId[];
  status: CheckStatus;
  findings: (Finding & { lines: string[] })[];
  /** Why it is unknown or not applicable, a sentence each: "needs ecs:DescribeTasks". */
  reasons: string[];
  /** The IAM actions that it would need. */
  missingPermissions: string[];
  /** The calls behind it, as `aws` lines. */
  lines: string[];
  answersTold?: true;
  /** Machine ms from the start of the diagnosis to the answer. */
  tookMs: number;
}
