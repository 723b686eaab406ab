import type { AwsCaller } from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import type { FailureDetail } from "../base/failure.ts";
import type { Deployment } from "../config/deployment.ts";
import type { FactName, FactValues } from "./facts/index.ts";

/**
 * How much a finding hurts a responder who follows the runbook blindly.
 * - high: a procedure as written fails or makes it worse, or what it counts on is not there.
 * - medium: it misleads, costs time, or something is ticking away.
 * - low: good to know.
 */
export type Severity = "high" | "medium" | "low";

/** Where the runbook and the deployment disagree, as the account shows it. All text is sanitised. */
export interface Finding {
  /** Stable: the detector's id, with what it is about where there may be several. */
  id: string;
  severity: Severity;
  title: string;
  /** What it means for whoever follows the runbook, in a sentence or two. */
  means: string;
  /** What to do about it. */
  next: string;
  /** What was seen in the account, a sentence each. */
  evidence: string[];
  /** The reads that show it, as `aws` lines to paste. */
  lines: string[];
}

/** A finding as a detector gives it: the lines are those of the facts that it looked at. */
export type Found = Omit<Finding, "id" | "lines"> & { about?: string };

/** What detectors may look at beside the facts. */
export interface DetectContext {
  deployment: Deployment;
  accountId: string;
  /** Domain time, ms since the epoch. */
  nowMs: number;
}

/** A pure function from facts to findings. */
export interface Detector<Names extends FactName = FactName> {
  id: string;
  /** What it looks for, to say what is not known when a fact cannot be read. */
  question: string;
  facts: readonly Names[];
  /** Which of the facts' reads show what it finds, by their `aws` lines; left out: all of them. */
  shows?: RegExp;
  detect(facts: Pick<FactValues, Names>, context: DetectContext): Found[];
}

/** What came of one detector. `unknown`: one of its facts could not be read. */
export type DetectorResult =
  | { detector: string; question: string; status: "done"; findings: Finding[] }
  | { detector: string; question: string; status: "unknown"; failure: FailureDetail };

/** What reads facts may use: reads, and nothing else. */
export interface FactContext {
  aws: AwsCaller & { readonly region: string; readonly endpoint?: string | undefined };
  deployment: Deployment;
  clock: Clock;
  accountId: string;
  signal: AbortSignal;
}
