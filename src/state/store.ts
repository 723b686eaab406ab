import { createStore, type StoreApi } from "zustand/vanilla";
import type { FailureDetail } from "../base/failure.ts";
import type { EscalationLevel, Threshold } from "./escalation.ts";
import type { RecoveryObjective } from "./recovery-objectives.ts";
import type { Moment, Source } from "./source.ts";
import type {
  AlarmView,
  ContainerView,
  LakehouseNames,
  LogGroupState,
  MetricSeries,
  ServiceView,
  TargetGroupView,
} from "./views.ts";

/** The incident as the header shows it. Times are domain ms. */
export interface IncidentSlice {
  id: string;
  title: string;
  severity: "P1" | "P2" | "P3";
  project: string;
  environment: string;
  onCall: string;
  simulated: boolean;
  declaredAtMs: number;
  detectedAtMs?: number;
  acknowledgedAtMs?: number;
  containedAtMs?: number;
  resolvedAtMs?: number;
  /** What is affected, as the responder has said last. */
  blastRadius?: { environment: string; components: string[] };
  /** The last use of break-glass, with the runbook's steps of it. */
  breakGlass?: {
    inUse: boolean;
    /** It was in use at some time: then the procedure asks for its steps. */
    wasUsed: boolean;
    /** When the session ends, domain ms; undefined: it has none of its own. */
    untilMs?: number;
    principal: string;
    people: string[];
    steps: ProcedureStep[];
    /** For the incident channel: who used it, why, and every action that was taken with it. */
    draft: string;
  };
}

/** A step of a procedure of the runbook, and when it was done (domain ms). */
export interface ProcedureStep {
  text: string;
  doneAtMs?: number;
  detail: string;
}

export interface IdentitySlice {
  region: string;
  /** Set when it is not AWS's own. */
  endpoint?: string;
  accountId?: string;
  accountAlias?: string;
  /** `role/session` or the user's name: what fits a header. */
  caller?: string;
  callerArn?: string;
  readOnly: boolean;
  /** The caller is the principal for emergencies, by the session of the incident or from the start. */
  isBreakGlass?: boolean;
  failure?: FailureDetail;
}

export interface TimelineLine {
  seq: number;
  atMs: number;
  tone: "info" | "good" | "warn" | "bad" | "action" | "note";
  /** OBSERVED, ACTION, NOTE ... */
  label: string;
  text: string;
}

/** One line of the command log (`@`): what was sent to AWS. */
export interface CommandLine {
  id: number;
  atMs: number;
  line: string;
  purpose: "action" | "poll" | "evidence";
  mutation: boolean;
  durationMs: number;
  requestId?: string;
  error?: string;
}

export interface RunView {
  runId: string;
  title: string;
  status: "running" | "done" | "unverified" | "partial" | "failed" | "refused" | "cancelled";
  steps: {
    id: string;
    title: string;
    status: "waiting" | "running" | "done" | "already" | "failed" | "refused" | "partial" | "skipped" | "in-doubt";
    detail: string;
    /** It can stand still while it runs. */
    pausable?: boolean;
  }[];
  /** The step that runs stands still, until it is let go on. */
  paused?: boolean;
  /** Its plan ends with a verification: "done" then means verified. */
  verifies?: boolean;
  startedAtMs: number;
  endedAtMs?: number;
  message?: string;
}

/** Something that was done and is not undone yet. */
export interface HeldOpen {
  runId: string;
  title: string;
  badge: string;
  sinceMs: number;
  guard: "holding" | "broken" | "unknown" | "none";
  /** How it is broken, or why that is not known. */
  message?: string;
  /** Of a broken one: who or what did it, as far as that is known. */
  by?: string;
}

/** A diagnosis that fits what is red. */
export interface Proposal {
  diagnosisId: string;
  title: string;
  /** The reasons together, in a few words: "targets unhealthy, exit 137". */
  why: string;
  /** Nobody has asked it since the newest of its reasons turned up. */
  isNew: boolean;
}

export interface RecorderSlice {
  status: "ok" | "slow" | "failed";
  pending: number;
  /** Changes are made although the record cannot be written, on the responder's word; until it can be again. */
  allowsUnsaved?: boolean;
  reason?: string;
}

/** Who is told what, as the record has it. Times are domain ms. */
export interface CommunicationSlice {
  thresholds: Threshold[];
  /** Whom a level reaches here, where the configuration says. */
  contacts: Partial<Record<EscalationLevel, string>>;
  /** Status updates that went out, and when the next one is due; no due time once the incident is over. */
  updates: { count: number; lastAtMs?: number; dueAtMs?: number };
  /** The incident is contained and the stakeholders have not been told. */
  stakeholdersWaiting: boolean;
  /** The last message of its kind did not arrive anywhere. */
  unsent?: { about: string; why: string };
  /** The incident's own channel, without `#`. */
  channel?: string;
}

export interface CockpitState {
  incident: IncidentSlice;
  identity: IdentitySlice;
  /** Undefined before it is known which lakehouse this is. */
  lakehouse?: LakehouseNames;
  services: Source<ServiceView[]>;
  /** Dagster's, where it runs in docker compose. */
  containers: Source<ContainerView[]>;
  targets: Source<TargetGroupView[]>;
  alarms: Source<AlarmView[]>;
  metrics: Source<MetricSeries[]>;
  /** Health of the log source, and its counters per log group; the lines are in the ring. */
  logs: Source<LogGroupState[]>;
  /** The ring's version: changes when lines arrived. */
  logVersion: number;
  timeline: TimelineLine[];
  commands: CommandLine[];
  /** The action that runs now, or the last one that ran. */
  run: RunView | null;
  /** The step of the running action that the responder has to do, while the plan waits for it. */
  human: { id: string; instruction: string } | null;
  heldOpen: HeldOpen[];
  /** The runbook's recovery targets, and how this incident stands to each. */
  objectives: RecoveryObjective[];
  communication: CommunicationSlice;
  /** What the cockpit proposes to diagnose, most reasons first. */
  proposals: Proposal[];
  recorder: RecorderSlice;
  clock: { warning?: string; offsetMs?: number };
  /** What resume found about steps in flight, and other things the responder must read once. */
  notices: { id: string; tone: "info" | "warn" | "bad"; text: string }[];
}

export type CockpitStore = StoreApi<CockpitState>;

/** Sources of data by their name in the store. */
export type SourceName = "services" | "containers" | "targets" | "alarms" | "metrics" | "logs";

export function createCockpitStore(initial: Pick<CockpitState, "incident" | "identity" | "lakehouse">): CockpitStore {
  return createStore<CockpitState>(() => ({
    ...initial,
    services: { status: "loading" },
    containers: { status: "loading" },
    targets: { status: "loading" },
    alarms: { status: "loading" },
    metrics: { status: "loading" },
    logs: { status: "loading" },
    logVersion: 0,
    timeline: [],
    commands: [],
    run: null,
    human: null,
    heldOpen: [],
    objectives: [],
    communication: { thresholds: [], contacts: {}, updates: { count: 0 }, stakeholdersWaiting: false },
    proposals: [],
    recorder: { status: "ok", pending: 0 },
    clock: {},
    notices: [],
  }));
}

type SourceValue<N extends SourceName> = CockpitState[N] extends Source<infer T> ? T : never;

/** A good answer: replaces whatever the source was. `partial`: what of it could not be read, empty when it is whole. */
export function setSourceValue<N extends SourceName>(
  store: CockpitStore,
  name: N,
  value: SourceValue<N>,
  receivedAt: Moment,
  partial: FailureDetail[] = [],
): void {
  const source = { status: "ok", value, receivedAt, ...(partial.length > 0 ? { partial } : {}) };
  store.setState({ [name]: source } as Partial<CockpitState>);
}

/** A failed read: keeps the last good value so that the pane can show it with its age. */
export function setSourceFailure(store: CockpitStore, name: SourceName, failure: FailureDetail): void {
  const current = store.getState()[name];
  const kept =
    current.status === "loading" || current.status === "absent"
      ? {}
      : { value: current.value, receivedAt: current.receivedAt };
  store.setState({
    [name]: { status: failure.kind === "denied" ? "denied" : "failed", failure, ...kept },
  } as Partial<CockpitState>);
}

/** The deployment has no such thing. */
export function setSourceAbsent(store: CockpitStore, name: SourceName, reason: string): void {
  store.setState({ [name]: { status: "absent", reason } } as Partial<CockpitState>);
}
