import type { z } from "zod";
import type { AwsCaller } from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import type { FailureDetail } from "../base/failure.ts";
import type { Json, JsonObject } from "../base/json.ts";
import type { Reference } from "../base/references.ts";
import type { Deployment } from "../config/deployment.ts";
import type { Component, MessageAbout, RecordDraft, Severity } from "../record/entries.ts";

/** Confirmation by effect (docs/contracts.md): none; `y`; the resource's name typed; the name and the account typed. */
export type Tier = "none" | "yes" | "name" | "name-and-account";

/** One fact about the world that was checked before the plan was made. `fail` refuses the plan; `warn` is shown. */
export interface Check {
  label: string;
  status: "pass" | "warn" | "fail" | "unknown";
  detail: string;
}

/**
 * One read, as data: of AWS, or of what another transport reaches. `pick` names the values that matter: label -> path into the output
 * (see `readPath` in reading.ts for the path language).
 */
export interface Reading {
  service: string;
  operation: string;
  input: JsonObject;
  pick: Record<string, string>;
  /** What a label is worth where the answer leaves it out: services may omit what has its default. */
  otherwise?: Record<string, Json>;
  /** Error codes by which AWS says that there is nothing: then every value is that of nothing, and the read did not fail. */
  absent?: string[];
}

/** A promise about one picked value. */
export interface Expectation {
  label: string;
  op: "equals" | "atLeast" | "atMost" | "in";
  value: Json;
}

interface StepBase {
  /** Unique in its plan; later steps refer to results by it. */
  id: string;
  title: string;
  /** Undo of this step, in order. The undo of a plan is the undo of the steps that happened, last step first. */
  undo?: Step[];
}

/**
 * One API call. `state` is what the call changes: read before it is sent (refused when it differs from `before`), read
 * back after it (`after`), and read again on resume to tell whether a call in flight happened.
 */
export interface CallStep extends StepBase {
  kind: "call";
  transport: "aws" | "docker" | "http";
  service: string;
  operation: string;
  /** May refer to what an earlier step gave: `{ "$ref": "register.output.revision" }` (references.ts); so may `state`, and any wait or undo. */
  input: JsonObject;
  /** Values of the answer that later steps and the undo refer to: label -> path into the answer. They are recorded: never a secret. */
  keep?: Record<string, string>;
  /** As `keep`, for secrets: only a handle is recorded and handed on, the value stays in the memory of this run (secrets.ts). */
  keepSecret?: Record<string, string>;
  /** What it acts on, in the words of the field: "service nessie in cluster lakehouse-prod-nessie". */
  resource: string;
  state?: { reading: Reading; before: Record<string, Json>; after: Record<string, Json> };
  /** The plan goes on when it fails, which then counts as partial: the steps after it do not need it. */
  optional?: true;
  /** Another way to the same end: carried out only when each of these earlier steps certainly did not happen (stand-in.ts). */
  insteadOf?: string[];
  /** Of an undo: how it takes back only its own part when somebody changed the rest meanwhile (rebase.ts). Without: it overwrites. */
  rebase?: Rebase;
  /** Of an undo that is not always possible: what has to hold before it is offered, and what there is to do otherwise. */
  possibleWhile?: { reading: Reading; holds: Expectation[]; otherwise: string };
  /** Of an undo that must not take away what others did since: when the state is no longer ours it is refused, and this is shown. */
  keepsOthers?: Reading;
}

/** What a step put into a document that others write to as well, or took out of it. */
export type Rebase =
  | { kind: "bucket-policy-statement"; sid: string }
  /** The undo of a removal: the statement's own text, put back. */
  | { kind: "bucket-policy-insert"; statement: string }
  | { kind: "lifecycle-rules"; ids: string[] };

/** A longer procedure, found by name in the job registry. `boxMs`: machine ms after which the plan goes on and the job counts as partial. */
export interface JobStep extends StepBase {
  kind: "job";
  job: string;
  input: JsonObject;
  /** Every API operation that the job may use, as service:Operation. */
  operations: string[];
  boxMs: number;
  /**
   * False: when the job fails the plan goes on and the step counts as partial (evidence never delays containment). True: the plan
   * stops with it, also when it could only do a part.
   */
  essential: boolean;
  /** The same by hand, as lines for a shell: shown with the plan. */
  line?: string;
  /** What it changes, in the words of the field: a second run on the same thing has to wait. Left out: it changes nothing in AWS. */
  resource?: string;
  /** The calls that it makes, as far as they are known beforehand: shown as `aws` lines. */
  shows?: { service: string; operation: string; input: JsonObject }[];
  /** Set on a job that collects what a later step of the plan destroys: the responder may skip it knowingly (evidence-choice.ts). */
  evidence?: PreDestructionEvidence;
  /** Set on a job that can stand still between two calls for as long as the responder wants (`JobContext.pause`). */
  pausable?: true;
}

/** What a step that comes later destroys, and whether it is collected first. */
export interface PreDestructionEvidence {
  /** What is lost for good when it is not collected, one thing a text: "exit codes and stopped reasons of 2 running tasks". */
  loses: string[];
  /** Set by the responder's decision, never by `prepare`: the step is not carried out, and its outcome is `skipped`, by whom. */
  skip?: true;
}

/** Collected first, which is the default, or knowingly not. */
export type EvidenceChoice = "collect" | "skip";

/** Polls until every expectation holds or the deadline (domain ms) passes. */
export interface WaitStep extends StepBase {
  kind: "wait";
  reading: Reading;
  until: Expectation[];
  deadlineMs: number;
  /** What the time that goes by counts against, shown while it waits. Domain ms. */
  objective?: { name: string; sinceMs: number; budgetMs: number };
}

/** Something a person does and confirms. */
export interface HumanStep extends StepBase {
  kind: "human";
  instruction: string;
  /** What an earlier step found out that the person needs: added below the instruction. */
  details?: string | Reference;
}

/** An effect on the incident itself and not on AWS: a note, the severity, "contained". */
export interface RecordStep extends StepBase {
  kind: "record";
  entry: RecordDraft;
}

export type Step = CallStep | JobStep | WaitStep | HumanStep | RecordStep;

/** What an action proposes. Plain JSON: shown, confirmed, recorded, run, verified and undone by the one runner. */
export interface Plan {
  actionId: string;
  /** Imperative, for the timeline: "Contain nessie: scale lakehouse-prod-nessie/nessie to 0". */
  title: string;
  parameters: JsonObject;
  tier: Tier;
  /** The name that has to be typed for the tiers `name` and `name-and-account`. */
  resourceName: string;
  /** What it will break or change for others, a sentence each. */
  effects: string[];
  /** What this plan cannot do or guarantee, a sentence each (for example the window between reading and writing). */
  caveats: string[];
  steps: Step[];
  /** Must hold at the end for the action to count as verified. */
  verify: WaitStep | JobStep | null;
  /** What the cockpit keeps watching once the plan has run, until it is undone. */
  guard: Guard | null;
  /** What taking it back does to others, where that is more than the end of a containment; `tier`: what confirms it, when `y` is too little. */
  undoing?: { effects: string[]; tier?: Tier };
  /** Set when this plan undoes an earlier run: the run's id. */
  undoes?: string;
  /** Earlier runs that cannot be undone any more once this plan has run whole: they leave the ledger, and their guards end. */
  settles?: string[];
  /** Set when this plan tells people something: what is recorded once it has run. */
  message?: PlanMessage;
  /** What of the lakehouse it brings back, where that depends on its parameters; null: nothing that the runbook has a target for. */
  recovers?: Component | null;
}

/** A message as its plan has it. `escalates`: the threshold that counts as done once somebody has it. */
export interface PlanMessage {
  about: MessageAbout;
  text: string;
  escalates?: { threshold: string; level: "L1" | "L2" | "L3" };
}

/** One place that a message can go to. Secrets stand as their names. `otherwise`: the ways that are tried, in turn, when it refuses. */
export type MessageTarget = { label: string; otherwise?: MessageTarget[] } & (
  | { via: "pagerduty"; routingKey: string }
  | { via: "slack"; webhook: string }
  | { via: "slack"; token: string; channel: string }
  | { via: "sns"; topicArn: string }
);

/** A threshold of the escalation path, for the actions that answer it. */
export interface EscalationStep {
  threshold: string;
  level: "L1" | "L2" | "L3";
  /** "platform team lead" */
  role: string;
  why: string;
  /** Due, and not answered yet. */
  isOpen: boolean;
}

/** Who can be told, and in which words. */
export interface CommunicationFacts {
  /** Where a message goes by what is configured, in the order in which it is sent; empty when nothing is. */
  targets(about: MessageAbout, level?: EscalationStep["level"]): MessageTarget[];
  /** The words that are proposed: from the record and what is on the screen now. */
  draft(about: MessageAbout, threshold?: string): string;
  escalations: EscalationStep[];
  /** What an incident's channel is made with; undefined without a bot token. */
  slack?: { token: string; invite: string[] };
  /** The channel of this incident, without `#`. */
  channel?: string;
  /** Why secrets could not be read, a sentence each. */
  problems: string[];
}

/** A state that a containment wants to last. It holds no references: it is watched from the plan as it was recorded. */
export interface Guard {
  /** Badge on the screen: "nessie 2->0". */
  badge: string;
  watches: { reading: Reading; holds: Expectation[] }[];
  /** Said loudly when it no longer holds: "nessie was scaled back up". */
  brokenMessage: string;
}

export interface Prepared {
  /** What was found, label -> value, for the confirmation dialog and the record. */
  facts: Record<string, string>;
  checks: Check[];
  plan: Plan;
}

/** What `prepare` may use: it reads, and never writes. */
export interface PrepareContext {
  aws: AwsCaller;
  deployment: Deployment;
  clock: Clock;
  /** A call as a line that can be pasted into a shell. */
  lineOf(service: string, operation: string, input: object): string;
  accountId: string;
  /** The incident as it stands: actions on the incident itself change it. */
  incident: IncidentFacts;
  communication: CommunicationFacts;
  /** What this incident has done and not undone, oldest first. */
  held: readonly HeldRun[];
  /** Who acts, for the record: the operating system's user and the AWS caller. */
  operator: string;
  signal?: AbortSignal;
}

/** A run that is held open: it has an undo that was not carried out. */
export interface HeldRun {
  runId: string;
  actionId: string;
  title: string;
  /** Of a containment, while it is whole; empty for everything else. */
  badge: string;
  /** Domain ms. */
  sinceMs: number;
  /** What its undo acts on: "service nessie in cluster lakehouse-prod-nessie". */
  resources: string[];
  /** What is to last of it; null where nothing watches over it. */
  guard: Guard | null;
  /** The calls of its plan, as they were sent. */
  calls: CallStep[];
  /** The files that it collected first, in the incident's folder. */
  evidence: string[];
}

export interface IncidentFacts {
  id: string;
  title: string;
  severity: Severity;
  declaredAtMs: number;
  detectedAtMs?: number;
  acknowledgedAtMs?: number;
  containedAtMs?: number;
  resolvedAtMs?: number;
}

export interface ActionDefinition<Parameters = unknown> {
  /** Stable id, as in `mayday run contain-nessie`. */
  id: string;
  title: string;
  description: string;
  /** The heading of the runbook that this action carries out. */
  runbook: string;
  tier: Tier;
  /** A zod object of flat, documented fields: flags in headless mode, questions in the palette. */
  parameters: z.ZodType<Parameters>;
  /** Parameters that mean nothing for this deployment: they keep their defaults, and nobody is asked for them. */
  unasked?(deployment: Deployment): string[];
  /** Every AWS operation that prepare, steps, verify, guard and undo may use, as service:Operation. */
  operations: string[];
  /** Its plans have steps with `evidence`: `mayday run` then takes the parameter `evidence=skip`, and the plan dialog a key. */
  collectsFirst?: true;
  /** Tells people something: it runs beside other actions, and does not wait for STS. The cockpit shows its text before it goes out. */
  message?: true;
  prepare(context: PrepareContext, parameters: Parameters): Promise<Prepared>;
}

/** How one step went. `in-doubt`: the call may or may not have reached AWS. */
export interface StepOutcome {
  stepId: string;
  status: "done" | "already" | "failed" | "refused" | "partial" | "skipped" | "in-doubt";
  startedAtMs: number;
  endedAtMs: number;
  /** AWS request ids, in the order of the calls. */
  requestIds: string[];
  before?: Record<string, Json>;
  after?: Record<string, Json>;
  output?: Json;
  failure?: FailureDetail;
  note?: string;
  /** Evidence that was to be collected and is not there, or not whole, one thing a text: "subject: reason". */
  missing?: string[];
}

/** done: all steps and the verification; unverified: applied, but the promised state did not come in time. */
export type RunStatus = "done" | "unverified" | "partial" | "failed" | "refused" | "cancelled";

export interface RunResult {
  runId: string;
  status: RunStatus;
  plan: Plan;
  outcomes: StepOutcome[];
  failure?: FailureDetail;
}
