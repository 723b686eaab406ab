import type { FailureDetail } from "../base/failure.ts";
import type { Json, JsonObject } from "../base/json.ts";
import type { EscalationLevel, IncidentFlag } from "../state/escalation.ts";

// The vocabulary of the record. Types only: the payloads are written by the composition root and the runner, and read
// by the projections (timeline, undo ledger, post-mortem, replay). A payload never changes its meaning: a new meaning
// is a new `kindVersion`, and readers keep understanding the old one.

export type Severity = "P1" | "P2" | "P3";

/** What a message is for. */
export type MessageAbout = "on-call" | "status-update" | "stakeholders" | "escalation";

/** A part of the lakehouse that an incident may affect: those of the runbook's containment, then those of its recovery table. */
export type Component = "nessie" | "dagster" | "s3" | "terraform-state" | "audit-logs";

/** A step as the record keeps it; the shape is `Step` of src/actions/contract.ts. */
export type RecordedStep = JsonObject;
export type RecordedPlan = JsonObject;

export interface EntryPayloads {
  "incident.opened": {
    incidentId: string;
    title: string;
    severity: Severity;
    project: string;
    environment: string;
    catalogType: string;
    region: string;
    declaredAtMs: number;
    onCall: string;
    toolVersion: string;
    /** Set for the demo: nobody should mistake its post-mortem for a real one. */
    simulated: boolean;
    endpoint?: string;
  };
  "incident.identity": { accountId: string; callerArn: string; accountAlias?: string };
  "incident.title": { title: string; previous: string };
  "incident.severity": { severity: Severity; previous: Severity; reason: string };
  /** The earliest accepted ALARM transition: escalation and RTO run from it. */
  "incident.detected": { detectedAtMs: number; by: string };
  "incident.acknowledged": { by: string; atMs: number };
  "incident.contained": { by: string; atMs: number; how: string };
  "incident.resolved": { by: string; atMs: number; resolution: string };
  /** Break-glass: asked for, confirmed by a second person from their own login, in use, over, and who reviews it. */
  "break-glass.requested": {
    requestId: string;
    principal: string;
    by: string;
    reason: string;
    scope: string;
    second: string;
  };
  "break-glass.confirmed": { requestId: string; by: string; uid: number };
  "break-glass.opened": { requestId: string; principal: string; expiresAtMs: number | null };
  "break-glass.ended": { requestId: string; by: string };
  "break-glass.documented": { by: string; where: string };
  "break-glass.review": { by: string; reviewer: string };
  /** What is affected, in the responder's judgement; the last one said counts. `reasons`: a sentence each. */
  "incident.blast-radius": { by: string; environment: string; components: Component[]; reasons: string[] };
  "incident.note": { text: string };
  /** A log line that the responder pinned. */
  "incident.pin": { logGroup: string; stream: string; atMs: number; text: string };
  "incident.closed": { mode: "resolved" | "handover" | "suspended"; heldOpen: string[] };

  /** A judgement that decides who must know at once. `raised` false takes it back. */
  "incident.flag": { flag: IncidentFlag; raised: boolean; reason: string; by: string };

  /** A threshold of the escalation path was reached, and this message was drafted for it. Once a threshold. */
  "escalation.proposed": { threshold: string; level: EscalationLevel; why: string; dueAtMs: number; text: string };
  /** Nobody answered it in time. Once a threshold. */
  "escalation.late": { threshold: string; level: EscalationLevel; why: string; dueAtMs: number };
  /** The level knows: a message went out, or somebody told them. */
  "escalation.done": { threshold: string; level: EscalationLevel; by: string; how: string };
  "escalation.declined": { threshold: string; level: EscalationLevel; by: string; reason: string };

  /**
   * A message to people. sent: at least one of `to` has it; failed: nobody has; copied: its text went to the clipboard, to be sent by
   * hand; skipped: it was not sent on purpose. `failures`: where it did not arrive and why.
   */
  "communication.message": {
    about: MessageAbout;
    status: "sent" | "failed" | "copied" | "skipped";
    text: string;
    to: string[];
    failures: { to: string; why: string }[];
    by: string;
    /** The run that sent it. */
    runId?: string;
  };
  /** The incident's own channel. */
  "communication.channel": { name: string; id: string; by: string };

  "session.started": { host: string; tty: string; pid: number; reason: "start" | "resume" | "run" };
  "session.ended": { reason: "exit" | "signal" | "crash"; detail: string };

  /** What a guided diagnosis came to: it says nothing about the root cause, which people judge. `tookMs`: machine ms. */
  "diagnosis.finished": {
    diagnosisId: string;
    title: string;
    conclusion: "causes" | "nothing-wrong" | "inconclusive";
    summary: string;
    verdicts: { id: string; title: string; certainty: string; for: string[]; against: string[] }[];
    /** What could not be looked at, and why. */
    unknown: string[];
    checks: number;
    startedAtMs: number;
    tookMs: number;
  };

  "observation.service": { service: string; change: string; before: JsonObject | null; after: JsonObject };
  "observation.service-event": { service: string; eventAtMs: number; message: string };
  "observation.deployment": { service: string; deployment: string; change: string };
  "observation.task-stopped": {
    service: string;
    task: string;
    stoppedAtMs: number;
    exitCode: number | null;
    stopCode: string;
    reason: string;
    containerReason: string;
  };
  /** A container of docker compose. `exit`: how it ended, where that is the news; what docker has forgotten of it is null. */
  "observation.container": {
    service: string;
    container: string;
    change: string;
    after: JsonObject;
    exit: { atMs: number; exitCode: number | null; oomKilled: boolean | null } | null;
  };
  "observation.target": {
    targetGroup: string;
    target: string;
    from: string | null;
    to: string;
    reason: string;
    description: string;
  };
  "observation.alarm": { alarm: string; from: string | null; to: string; atMs: number; reason: string };
  "observation.logs": { logGroup: string; change: string; sample: string };
  /** A source stopped or resumed being readable: gaps in what was seen are part of the truth. */
  "observation.source": { source: string; status: string; detail: string };

  "action.planned": {
    runId: string;
    actionId: string;
    plan: RecordedPlan;
    facts: Record<string, string>;
    checks: JsonObject[];
  };
  "action.confirmed": { runId: string; actionId: string; title: string; by: string; how: string };
  "action.refused": { runId: string; actionId: string; title: string; reason: string };
  /** Durable before the call leaves. */
  "step.intent": { runId: string; stepId: string; title: string; step: RecordedStep; line: string; resource: string };
  "step.outcome": {
    runId: string;
    stepId: string;
    title: string;
    status: string;
    requestIds: string[];
    startedAtMs: number;
    endedAtMs: number;
    before?: JsonObject;
    after?: JsonObject;
    output?: Json;
    failure?: FailureDetail;
    note?: string;
    /** Evidence that was to be collected and is not there, or not whole, one thing a text: "subject: reason". */
    missing?: string[];
  };
  /** How far a job that writes had come: durable before its next change. */
  "step.checkpoint": { runId: string; stepId: string; title: string; name: string; detail: JsonObject };
  /** What a resume found out about a step that was in flight when the process died. */
  "step.reconciled": {
    runId: string;
    stepId: string;
    title: string;
    verdict: "happened" | "in-part" | "did-not-happen" | "cannot-tell";
    detail: string;
    /** What the step would have given, as far as it could be told: its undo refers to it. */
    output?: Json;
  };
  "action.finished": {
    runId: string;
    actionId: string;
    title: string;
    status: string;
    /** Done, and a verification of its own said so. */
    verified?: true;
    /** The plan that undoes what happened; null when there is nothing to undo. */
    undo: RecordedPlan | null;
    /** The run that this one undid. */
    undoes?: string;
    /** Runs that it made impossible to undo. */
    settles?: string[];
    badge?: string;
  };
  "guard.broken": { runId: string; badge: string; message: string; found: JsonObject; by: string };
  "guard.restored": { runId: string; badge: string };

  "evidence.stored": {
    path: string;
    sha256: string;
    bytes: number;
    status: "complete" | "partial";
    reason: string;
    source: string;
    requestIds: string[];
    /** Where it came from in detail; left out for what was collected in one go. Times in domain ms. */
    details?: { sourceArn: string; api: string; version?: string; startedAtMs: number; endedAtMs: number };
  };
  /** A manifest was written over everything that is stored; `digest` is the sha256 of its bytes, `throughSeq` what its timeline ends with. */
  "evidence.sealed": { path: string; digest: string; artifacts: number; throughSeq: number };

  /** The bundle, or part of it, was copied to a bucket; `digest`: of the manifest; `place`: the beginning of every key. */
  "evidence.uploaded": {
    bucket: string;
    owner: string;
    place: string;
    digest: string;
    objectLock: string;
    /** `checksum`: x-amz-checksum-sha256; `wasThere`: the same content was there before. */
    objects: { key: string; bytes: number; checksum: string; versionId: string | null; wasThere: boolean }[];
    missing: string[];
  };

  /** Full normalised slices of state: at the start and every five minutes. */
  "state.snapshot": { slices: JsonObject };
  /** Slices that changed since the last snapshot or difference: slice name -> new value. */
  "state.difference": { slices: JsonObject };
  "clock.jump": { wallJumpMs: number; detail: string };
  "clock.offset": { offsetMs: number; detail: string };
  "recorder.gap": { detail: string; unsaved: number };
  "postmortem.written": { path: string; sha256: string; draft: boolean; throughSeq: number };
}

export type EntryKind = keyof EntryPayloads;

/** What a writer hands in: the recorder adds position, time, actor and hashes. */
export type RecordDraft = {
  [K in EntryKind]: {
    kind: K;
    payload: EntryPayloads[K];
    /** Domain ms; now, when left out. */
    atMs?: number;
  };
}[EntryKind];

export interface Actor {
  osUser: string;
  host: string;
  tty: string;
  callerArn: string;
}

/** An entry as it stands in the record. `hash` is the sha256 over the canonical JSON of all other members. */
export type RecordEntry<K extends EntryKind = EntryKind> = {
  [Kind in K]: {
    seq: number;
    id: string;
    /** ISO 8601, UTC, domain time. */
    at: string;
    monotonicMs: number;
    bootId: string;
    writerId: string;
    actor: Actor;
    kind: Kind;
    kindVersion: number;
    payload: EntryPayloads[Kind];
    prevHash: string;
    hash: string;
  };
}[K];
