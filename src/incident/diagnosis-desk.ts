import type { AwsLayer } from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import type { Deployment } from "../config/deployment.ts";
import type { GivenAnswers } from "../diagnosis/fact.ts";
import { checksOf, type DiagnosisQuestion, diagnoses, verdicts } from "../diagnosis/registry.ts";
import { type DiagnosisResult, type OnCheck, runDiagnosis } from "../diagnosis/run.ts";
import type { RecordDraft, RecordEntry } from "../record/entries.ts";
import type { LogRing } from "../state/log-ring.ts";
import type { CockpitStore } from "../state/store.ts";
import { heldRuns } from "./held-runs.ts";
import { offered, withOfferedFixes } from "./offered-fixes.ts";
import { Proposing } from "./proposing.ts";

export type { CheckResult, Finding } from "../diagnosis/check.ts";
export type { GivenAnswers } from "../diagnosis/fact.ts";
export type { DiagnosisResult } from "../diagnosis/run.ts";
export type { Fix, RankedVerdict } from "../diagnosis/verdict.ts";

export interface DiagnosisSummary {
  id: string;
  title: string;
  description: string;
  /** Checks that it asks. */
  checks: number;
  /** Set: what is red makes it fit, and what that is. */
  why?: string;
  /** What it can be told. */
  asks: readonly DiagnosisQuestion[];
}

export interface DiagnosisDependencies {
  aws: AwsLayer;
  deployment: Deployment;
  store: CockpitStore;
  clock: Clock;
  signal: AbortSignal;
  entries(): readonly RecordEntry[];
  record(draft: RecordDraft): void;
  logs: LogRing;
}

/** How long before the incident a diagnosis looks, domain ms: causes come before effects, and alarms need minutes. */
const LOOK_BACK_MS = 60 * 60_000;

/** Where diagnoses are asked and recorded, for the cockpit and for `mayday diagnose` alike. They only read. */
export class DiagnosisDesk {
  readonly #dependencies: DiagnosisDependencies;

  #proposing: Proposing | undefined;

  constructor(dependencies: DiagnosisDependencies) {
    this.#dependencies = dependencies;
  }

  /** Looks for what fits what is red, and keeps the store's proposals. Returns how to stop. */
  watch(): () => void {
    const proposing = new Proposing(this.#dependencies);
    this.#proposing = proposing;
    void proposing.lookBack();
    return () => proposing.stop();
  }

  /** All diagnoses: those that fit what is red first, then in their own order. */
  list(): DiagnosisSummary[] {
    const { proposals } = this.#dependencies.store.getState();
    const all = diagnoses.map(({ id, title, description, asks = [] }): DiagnosisSummary => {
      const why = proposals.find(({ diagnosisId }) => diagnosisId === id)?.why;
      return {
        id,
        title,
        description,
        checks: checksOf(id).checks.length,
        asks,
        ...(why === undefined ? {} : { why }),
      };
    });
    const place = ({ id, why }: DiagnosisSummary) =>
      why === undefined ? proposals.length : proposals.findIndex(({ diagnosisId }) => diagnosisId === id);
    return all.sort((a, b) => place(a) - place(b));
  }

  /**
   * Asks all checks of a diagnosis at once and records what came of it. `onCheck` gets each answer as it comes, with the causes that are
   * proven by then; `given` is what the responder told, which is not recorded. Rejects with a Failure for a diagnosis that does not exist, and with the signal's reason when it is cancelled.
   */
  async run(
    id: string,
    onCheck: OnCheck = () => undefined,
    signal?: AbortSignal,
    given: GivenAnswers = {},
  ): Promise<DiagnosisResult> {
    const { aws, deployment, store, clock, record, entries } = this.#dependencies;
    const { diagnosis, checks } = checksOf(id);
    this.#proposing?.asked(id);
    const stopped = signal ? AbortSignal.any([signal, this.#dependencies.signal]) : this.#dependencies.signal;
    const { incident, identity } = store.getState();
    // In the first moments of a session it is not known yet. Asking S3 for a bucket of nobody's would be refused, as if a permission lacked.
    const accountId = identity.accountId ?? (await aws.identity({ purpose: "action", signal: stopped })).accountId;
    const toMs = clock.now();
    const beganMs = Math.min(incident.detectedAtMs ?? toMs, incident.declaredAtMs, toMs);
    const context = {
      aws,
      deployment,
      clock,
      where: { region: aws.region, ...(aws.endpoint ? { endpoint: aws.endpoint } : {}) },
      accountId,
      window: { fromMs: beganMs - LOOK_BACK_MS, toMs },
      held: heldRuns(entries()),
      given,
      signal: stopped,
    };
    const tell: OnCheck = (check, soFar) => onCheck(check, offered(soFar));
    const result = withOfferedFixes(await runDiagnosis(diagnosis, checks, verdicts, context, tell));
    record(draftOf(result));
    return result;
  }
}

/** What of a diagnosis belongs into the record: what it says, with the reasons in short, and what it could not see. */
function draftOf(result: DiagnosisResult): RecordDraft {
  const { id, title, conclusion, summary, unknown, checks, startedAtMs, tookMs } = result;
  return {
    kind: "diagnosis.finished",
    payload: {
      diagnosisId: id,
      title,
      conclusion,
      summary,
      verdicts: result.verdicts.map((verdict) => ({
        id: verdict.id,
        title: verdict.title,
        certainty: verdict.certainty,
        // "Nothing wrong" is supported by every check: their names say no more than their number.
        for: verdict.id === "nothing-wrong" ? [] : verdict.for.map(({ text }) => text),
        against: verdict.against.map(({ text }) => text),
      })),
      unknown,
      checks: checks.length,
      startedAtMs,
      tookMs: Math.round(tookMs),
    },
  };
}
