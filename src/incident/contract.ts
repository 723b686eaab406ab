import type { EvidenceChoice, Plan, Prepared, RunResult, Tier } from "../actions/contract.ts";
import type { ActionField } from "../actions/registry.ts";
import type { Clock } from "../base/clock.ts";
import type { DetectorResult } from "../findings/contract.ts";
import type { MessageAbout } from "../record/entries.ts";
import type { LogRing } from "../state/log-ring.ts";
import type { CockpitStore } from "../state/store.ts";
import type { LogLine } from "../state/views.ts";
import type { Suggestion } from "./blast-radius.ts";
import type { DiagnosisDesk } from "./diagnosis-desk.ts";
import type { QuestionScreen } from "./question-screen.ts";
import type { SecretScreen } from "./secret-screen.ts";

/** For those who draw an action's form. */
export type { ActionField } from "../actions/registry.ts";
/** For those who draw findings. */
export type { DetectorResult, Finding as AccountFinding } from "../findings/contract.ts";
/** For those who draw a diagnosis. */
export type {
  CheckResult,
  DiagnosisResult,
  DiagnosisSummary,
  Finding,
  Fix,
  GivenAnswers,
  RankedVerdict,
} from "./diagnosis-desk.ts";

export interface ActionSummary {
  id: string;
  title: string;
  description: string;
  runbook: string;
  tier: Tier;
  fields: ActionField[];
  /** It tells people something: its text is shown and can be changed before it goes out. */
  message?: true;
  /** Set: cannot be run now, and why. */
  disabledReason?: string;
}

/** A prepared plan with what the confirmation dialog draws. */
export interface PreparedAction extends Prepared {
  runId: string;
  /** The plan's calls as `aws` lines, by step id. */
  lines: Record<string, string>;
  /** Set: the plan may not be run (a failed check, read-only mode, recorder down), and why. */
  refusedReason?: string;
  /** Set where the plan destroys something: whether that is collected first, and what is lost when not. */
  evidence?: { choice: EvidenceChoice; loses: string[] };
}

/** What the responder gave to confirm. */
export interface Confirmation {
  yes?: boolean;
  /** What was typed for the tiers `name` and `name-and-account`. */
  typedName?: string;
  typedAccount?: string;
}

export type CloseMode = "resolved" | "handover" | "suspended";

export interface ClosedIncident {
  /** Absolute paths of what was written, with what each is. */
  files: { label: string; path: string }[];
  /** What is still held open, a line each. */
  heldOpen: string[];
}

/**
 * An open incident: everything that the cockpit and `mayday run` do goes through it. The composition root wires watchers,
 * store, record and actions together behind it; no React here.
 */
export interface Incident {
  readonly id: string;
  readonly folder: string;
  readonly store: CockpitStore;
  readonly logs: LogRing;
  readonly clock: Clock;
  /** Secrets that a run shows once. */
  readonly secrets: Pick<SecretScreen, "subscribe">;
  /** What a run asks the responder. */
  readonly questions: Pick<QuestionScreen, "subscribe">;

  actions(): ActionSummary[];
  /** Reads, and returns facts, checks and the plan. Rejects with a Failure. */
  prepare(actionId: string, parameters: Record<string, string>): Promise<PreparedAction>;
  /** The plan that undoes a held-open run. */
  prepareUndo(runId: string): Promise<PreparedAction>;
  /** The plan that sets again what a held-open containment wants, after somebody changed it. */
  prepareAgain(runId: string): Promise<PreparedAction>;
  /** The same plan with evidence collected first, or knowingly skipped; unchanged when it destroys nothing. */
  chooseEvidence(prepared: PreparedAction, choice: EvidenceChoice): PreparedAction;
  /** Whether the confirmation is enough for the plan's tier; a sentence when it is not. */
  checkConfirmation(plan: Plan, confirmation: Confirmation): string | undefined;
  /** Runs a prepared plan; progress is in the store's `run`. Refuses without a sufficient confirmation. */
  execute(prepared: PreparedAction, confirmation: Confirmation): Promise<RunResult>;
  /** Stops after the step that is running. */
  cancelRun(): void;
  /** Lets the running export stand still, or go on; without effect while none runs (`run.steps`). Returns whether it stands still now. */
  togglePause(): boolean;
  /** The responder's word on the step of theirs that the running plan waits for (`human` in the store). */
  answerHuman(id: string, isDone: boolean): void;

  /** Guided diagnoses: they read, and record what they found. */
  readonly diagnosis: Pick<DiagnosisDesk, "list" | "run">;

  /** What is affected as far as live data shows; `withChanges` adds what CloudTrail says was changed lately. */
  suggestBlastRadius(): { now: Suggestion[]; withChanges: Promise<Suggestion[]> };

  /** Where the runbook and the deployment disagree, read now. Rejects with a Failure. */
  findings(): Promise<DetectorResult[]>;

  /** Pins a log line to the timeline. */
  pin(line: LogLine): Promise<void>;
  /** Records that a message went to the clipboard, to be sent by hand, or was not sent on purpose. */
  noteMessage(message: { about: MessageAbout; status: "copied" | "skipped"; text: string }): Promise<void>;
  /** Writes the brief for whoever takes over into the incident's folder; resolves with its path. */
  writeHandover(): Promise<string>;
  setReadOnly(readOnly: boolean): void;

  /** The explicit override while the record cannot be written: actions run, and what they did is kept in memory until it can be saved. */
  setAllowUnsaved(allow: boolean): void;
  /** Polls every source now. */
  refresh(): void;
  dismissNotice(id: string): void;
  /** Records how it ends, writes the post-mortem and stops everything. */
  close(mode: CloseMode): Promise<ClosedIncident>;
}
