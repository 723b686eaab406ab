import { hostname, userInfo } from "node:os";
import { confirmationProblem, describeConfirmation } from "../actions/confirmation.ts";
import type { Plan, PrepareContext, Prepared, RunResult, Step } from "../actions/contract.ts";
import { actionById, actionDefinitions, actionFields, jobs, parseParameters } from "../actions/registry.ts";
import { newRunId, runPlan } from "../actions/runner.ts";
import { cliLine } from "../aws/cli-line.ts";
import { Failure, failureDetail } from "../base/failure.ts";
import { storeEvidence } from "../evidence/store.ts";
import type { Recorder } from "../record/contract.ts";
import type { Actor, RecordDraft, RecordEntry } from "../record/entries.ts";
import { incidentFolder, newIncidentId } from "../record/place.ts";
import { openRecorder } from "../record/recorder.ts";
import { openIntents } from "../record/runs.ts";
import { LogRing } from "../state/log-ring.ts";
import { type CockpitStore, createCockpitStore } from "../state/store.ts";
import type { LogLine } from "../state/views.ts";
import { startWatchers, type Watchers } from "../watch/watchers.ts";
import { ClockWatch } from "./clock-watch.ts";
import { closeIncident } from "./close.ts";
import { CommandLog } from "./command-log.ts";
import type { ActionSummary, ClosedIncident, CloseMode, Confirmation, Incident, PreparedAction } from "./contract.ts";
import { runGuards } from "./guard.ts";
import { learnIdentity } from "./identity.ts";
import { startObserving } from "./observer.ts";
import type { IncidentOptions } from "./options.ts";
import { Projection } from "./project.ts";
import { reconcile } from "./reconcile.ts";
import { beginRunView, endRunView, updateRunView } from "./run-view.ts";

export interface OpenIncident extends Incident {
  readonly recorder: Recorder;
  /** Settles when the caller's identity is known and steps in flight have been compared with the live state. */
  readonly ready: Promise<void>;
  /** Ends without the exit flow (a signal, a crash): records why, writes a draft of the post-mortem, lets go of everything. */
  abandon(reason: "signal" | "crash", detail: string): Promise<ClosedIncident>;
  /** Ends this session and leaves the incident open (headless runs). */
  release(): Promise<void>;
}

/**
 * Opens an incident, new or existing: recorder first, so that everything after it is on record; then watchers and identity in
 * parallel, so that the screen fills as answers arrive. Rejects with a Failure when the record cannot be opened.
 */
export async function openIncident(options: IncidentOptions): Promise<OpenIncident> {
  const { clock, deployment, aws } = options;
  const id = options.incidentId ?? newIncidentId(clock);
  const folder = incidentFolder(options.stateDirectory, id);
  let callerArn = "";
  const actor = (): Actor => ({ osUser: userInfo().username, host: hostname(), tty: ttyName(), callerArn });
  const recorder = await openRecorder({ folder, incidentId: id, clock, actor });
  const store = createCockpitStore({
    incident: {
      id,
      title: options.title,
      severity: options.severity,
      project: deployment.project,
      environment: deployment.environment,
      onCall: options.onCall,
      simulated: options.simulated,
      declaredAtMs: clock.now(),
    },
    identity: { region: aws.region, ...(aws.endpoint ? { endpoint: aws.endpoint } : {}), readOnly: aws.readOnly },
  });
  const incident = new OpenedIncident(options, recorder, store, (arn) => {
    callerArn = arn;
  });
  await incident.begin();
  return incident;
}

class OpenedIncident implements OpenIncident {
  readonly id: string;
  readonly folder: string;
  readonly clock;
  readonly logs: LogRing;
  readonly store: CockpitStore;
  readonly recorder: Recorder;
  ready: Promise<void> = Promise.resolve();

  readonly #options: IncidentOptions;
  readonly #projection: Projection;
  readonly #commandLog: CommandLog;
  readonly #clockWatch: ClockWatch;
  readonly #stop = new AbortController();
  readonly #onCaller: (arn: string) => void;
  #acceptedPrincipal: string | undefined;
  #watchers: Watchers | undefined;
  #runAbort: AbortController | undefined;
  #ended: Promise<ClosedIncident> | undefined;
  readonly #unsubscribe: (() => void)[] = [];

  constructor(options: IncidentOptions, recorder: Recorder, store: CockpitStore, onCaller: (arn: string) => void) {
    this.#options = options;
    this.#onCaller = onCaller;
    this.id = recorder.incidentId;
    this.folder = recorder.folder;
    this.clock = options.clock;
    this.recorder = recorder;
    this.store = store;
    this.logs = new LogRing(options.logCapacity);
    this.#projection = new Projection(store);
    this.#commandLog = new CommandLog(store);
    this.#clockWatch = new ClockWatch(options.clock, store, (draft) => this.#note(draft));
  }

  async begin(): Promise<void> {
    const { recorder, store } = this;
    const { aws, deployment, reason } = this.#options;
    this.#unsubscribe.push(
      recorder.onHealth((health) =>
        store.setState({
          recorder: {
            status: health.status,
            pending: health.pending,
            ...("reason" in health ? { reason: health.reason } : {}),
          },
        }),
      ),
      aws.onCall((report) => {
        this.#commandLog.add(report);
        if (report.serverDateMs !== undefined) this.#clockWatch.serverDate(report.serverDateMs, report.durationMs);
      }),
    );
    const early: RecordEntry[] = [];
    let live = false;
    this.#unsubscribe.push(
      recorder.onEntry((entry) => {
        if (live) this.#projection.apply([entry]);
        else early.push(entry);
      }),
    );
    if (recorder.notice !== "") this.#notice("record-place", "warn", recorder.notice);
    const earlier = await recorder.entries();
    await recorder.append({
      kind: "session.started",
      payload: { host: hostname(), tty: ttyName(), pid: process.pid, reason },
    });
    if (!earlier.some((entry) => entry.kind === "incident.opened")) await recorder.append(this.#opening());
    this.#projection.apply([...earlier, ...early]);
    live = true;

    if (this.#options.watch) {
      this.#unsubscribe.push(
        startObserving({
          store,
          logs: this.logs,
          recorder,
          clock: this.clock,
          earlier,
          record: (draft) => this.#note(draft),
          signal: this.#stop.signal,
        }),
      );
      this.#watchers = startWatchers({
        aws,
        deployment,
        store,
        logs: this.logs,
        clock: this.clock,
        signal: this.#stop.signal,
      });
      this.#background(this.#clockWatch.run(this.#stop.signal), "watch the clock");
    }
    this.ready = this.#settle(earlier);
  }

  #opening(): RecordDraft {
    const { deployment, aws } = this.#options;
    const { incident } = this.store.getState();
    return {
      kind: "incident.opened",
      atMs: incident.declaredAtMs,
      payload: {
        incidentId: this.id,
        title: incident.title,
        severity: incident.severity,
        project: deployment.project,
        environment: deployment.environment,
        catalogType: deployment.catalogType,
        region: aws.region,
        declaredAtMs: incident.declaredAtMs,
        onCall: incident.onCall,
        toolVersion: this.#options.toolVersion,
        simulated: incident.simulated,
        ...(aws.endpoint ? { endpoint: aws.endpoint } : {}),
      },
    };
  }

  async #settle(earlier: RecordEntry[]): Promise<void> {
    const { aws } = this.#options;
    const identity = await learnIdentity(aws, this.store, earlier, (draft) => this.#note(draft), this.#stop.signal);
    if (identity) {
      this.#onCaller(identity.arn);
      this.#acceptedPrincipal = identity.arn;
    }
    if (earlier.length > 0) await this.#reconcile(earlier);
    if (this.#options.watch) {
      this.#background(
        runGuards({
          aws,
          clock: this.clock,
          store: this.store,
          planOf: (runId) => this.#planOf(runId),
          ownRequestIds: () => this.#commandLog.ownRequestIds,
          record: (draft) => this.#note(draft),
          signal: this.#stop.signal,
        }),
        "guard the containment",
      );
    }
  }

  async #reconcile(earlier: RecordEntry[]): Promise<void> {
    try {
      const live = await this.recorder.liveWriters();
      const verdicts = await reconcile(
        earlier,
        this.#options.aws,
        this.recorder,
        (writerId) => live.has(writerId),
        this.#stop.signal,
      );
      for (const [index, found] of verdicts.entries()) {
        const words = {
          happened: "it happened",
          "did-not-happen": "it did not happen",
          "cannot-tell": "cannot tell whether it happened",
        }[found.verdict];
        this.#notice(
          `in-flight-${index}`,
          found.verdict === "cannot-tell" ? "bad" : "warn",
          `Was in flight when the last session died: ${found.title}: ${words} (${found.detail}).`,
        );
      }
    } catch (error) {
      this.#notice("reconcile", "bad", `Steps in flight could not be compared: ${failureDetail(error, "resume").why}.`);
    }
  }

  actions(): ActionSummary[] {
    const { identity, recorder } = this.store.getState();
    return actionDefinitions.map((definition) => {
      const writes = definition.operations.length > 0;
      const disabledReason =
        writes && identity.readOnly
          ? "read-only mode is on"
          : recorder.status === "failed"
            ? `the record cannot be written (${recorder.reason ?? "unknown reason"})`
            : definition.id === "contain-nessie" && !this.#options.deployment.nessie
              ? "this lakehouse has no Nessie service"
              : undefined;
      return {
        id: definition.id,
        title: definition.title,
        description: definition.description,
        runbook: definition.runbook,
        tier: definition.tier,
        fields: actionFields(definition),
        ...(disabledReason ? { disabledReason } : {}),
      };
    });
  }

  async prepare(actionId: string, parameters: Record<string, string>): Promise<PreparedAction> {
    const definition = actionById(actionId);
    const parsed = parseParameters(definition, parameters);
    return this.#withLines(await definition.prepare(this.#prepareContext(), parsed));
  }

  async prepareUndo(runId: string): Promise<PreparedAction> {
    const plan = this.#undoOf(runId);
    if (!plan) {
      throw new Failure({
        kind: "not-found",
        what: "undo",
        why: "nothing of this run is held open",
        next: "Open the undo ledger (z) to see what is.",
      });
    }
    return this.#withLines({ facts: {}, checks: [], plan });
  }

  checkConfirmation(plan: Plan, confirmation: Confirmation): string | undefined {
    return confirmationProblem(plan, confirmation, this.store.getState().identity.accountId);
  }

  async execute(prepared: PreparedAction, confirmation: Confirmation): Promise<RunResult> {
    const { plan, runId } = prepared;
    const problem =
      prepared.refusedReason ??
      this.checkConfirmation(plan, confirmation) ??
      this.#busyReason() ??
      (await this.#conflictReason(plan));
    if (problem) return this.#refuse(prepared, problem);
    this.#runAbort = new AbortController();
    beginRunView(this.store, runId, plan, this.clock.now());
    try {
      const result = await runPlan(
        {
          runId,
          prepared,
          confirmedBy: this.#operator(),
          how: describeConfirmation(plan),
          signal: AbortSignal.any([this.#runAbort.signal, this.#stop.signal]),
        },
        {
          aws: this.#options.aws,
          recorder: this.recorder,
          clock: this.clock,
          jobs,
          line: (step) => this.#line(step),
          human: this.#options.human ?? refuseHuman,
          storeEvidence: async (name, content, source, requestIds) => {
            await storeEvidence(this.recorder, name, content, { source, requestIds });
          },
          acceptedPrincipal: () => this.#acceptedPrincipal,
          onProgress: (progress) => updateRunView(this.store, progress),
        },
      );
      endRunView(
        this.store,
        runId,
        result.status,
        this.clock.now(),
        result.failure ? `${result.failure.why}. ${result.failure.next}` : undefined,
      );
      this.refresh();
      return result;
    } finally {
      this.#runAbort = undefined;
    }
  }

  cancelRun(): void {
    this.#runAbort?.abort(
      new Failure({
        kind: "refused",
        what: "run",
        why: "cancelled by the responder",
        next: "Look at the undo ledger (z).",
      }),
    );
  }

  async pin(line: LogLine): Promise<void> {
    await this.recorder.append({
      kind: "incident.pin",
      payload: { logGroup: line.logGroup, stream: line.stream, atMs: line.atMs, text: line.text },
    });
  }

  setReadOnly(readOnly: boolean): void {
    this.#options.aws.readOnly = readOnly;
    this.store.setState((state) => ({ identity: { ...state.identity, readOnly } }));
  }

  setAllowUnsaved(allow: boolean): void {
    this.recorder.allowUnsaved = allow;
  }

  refresh(): void {
    this.#watchers?.refresh();
  }

  dismissNotice(id: string): void {
    this.store.setState((state) => ({ notices: state.notices.filter((notice) => notice.id !== id) }));
  }

  close(mode: CloseMode): Promise<ClosedIncident> {
    this.#ended ??= this.#end(() => closeIncident(this.recorder, this.store, { kind: "closed", mode }));
    return this.#ended;
  }

  abandon(reason: "signal" | "crash", detail: string): Promise<ClosedIncident> {
    this.#ended ??= this.#end(() => closeIncident(this.recorder, this.store, { kind: "abandoned", reason, detail }));
    return this.#ended;
  }

  async release(): Promise<void> {
    this.#ended ??= this.#end(async () => {
      await this.recorder.append({ kind: "session.ended", payload: { reason: "exit", detail: "run" } });
      return { files: [], heldOpen: [] };
    });
    await this.#ended;
  }

  async #end(write: () => Promise<ClosedIncident>): Promise<ClosedIncident> {
    this.cancelRun();
    this.#stop.abort(
      new Failure({
        kind: "refused",
        what: "mayday",
        why: "the cockpit is closing",
        next: "Open the incident again with mayday resume.",
      }),
    );
    this.#watchers?.stop();
    try {
      return await write();
    } finally {
      for (const unsubscribe of this.#unsubscribe) unsubscribe();
      await this.recorder.close();
      this.#options.aws.close();
    }
  }

  async #refuse(prepared: PreparedAction, why: string): Promise<RunResult> {
    const { plan, runId } = prepared;
    const failure = { kind: "refused" as const, what: plan.title, why, next: "Nothing was sent." };
    this.#note({ kind: "action.refused", payload: { runId, actionId: plan.actionId, title: plan.title, reason: why } });
    return { runId, status: "refused", plan, outcomes: [], failure };
  }

  #busyReason(): string | undefined {
    return this.#runAbort ? "another action is running; wait for it or cancel it first (Ctrl-C)" : undefined;
  }

  /** Another cockpit on this incident is changing the same thing right now. */
  async #conflictReason(plan: Plan): Promise<string | undefined> {
    const resources = plan.steps.flatMap((step) => (step.kind === "call" ? [step.resource] : []));
    if (resources.length === 0) return undefined;
    const live = await this.recorder.liveWriters();
    live.delete(this.recorder.writerId);
    for (const resource of resources) {
      const [open] = openIntents(this.#projection.decisiveEntries, resource, (writerId) => live.has(writerId));
      if (open) return `another cockpit on this incident is at it: ${open.title}`;
    }
    return undefined;
  }

  #withLines(prepared: Prepared): PreparedAction {
    const { plan } = prepared;
    const steps = [...plan.steps, ...plan.steps.flatMap((step) => step.undo ?? [])];
    const failed = prepared.checks.filter((check) => check.status === "fail");
    const writes = plan.steps.some((step) => step.kind === "call" || step.kind === "job");
    const refusedReason =
      failed.length > 0
        ? `a check failed: ${failed.map((check) => `${check.label}: ${check.detail}`).join("; ")}`
        : writes && this.#options.aws.readOnly
          ? "read-only mode is on"
          : undefined;
    return {
      ...prepared,
      runId: newRunId(),
      lines: Object.fromEntries(steps.map((step) => [step.id, this.#line(step)]).filter(([, line]) => line !== "")),
      ...(refusedReason ? { refusedReason } : {}),
    };
  }

  #line(step: Step): string {
    if (step.kind === "call") return this.#cliLine(step.service, step.operation, step.input);
    if (step.kind === "wait") return this.#cliLine(step.reading.service, step.reading.operation, step.reading.input);
    return "";
  }

  #cliLine(service: string, operation: string, input: object): string {
    const { region, endpoint } = this.#options.aws;
    return cliLine(service, operation, input, { region, ...(endpoint ? { endpoint } : {}) });
  }

  #prepareContext(): PrepareContext {
    const { incident, identity } = this.store.getState();
    return {
      aws: this.#options.aws,
      deployment: this.#options.deployment,
      clock: this.clock,
      accountId: identity.accountId ?? "",
      incident,
      operator: this.#operator(),
      signal: this.#stop.signal,
    };
  }

  #operator(): string {
    const { caller } = this.store.getState().identity;
    const user = userInfo().username;
    return caller ? `${user} (${caller})` : user;
  }

  #planOf(runId: string): Plan | undefined {
    const entry = this.#projection.decisiveEntries.findLast(
      (candidate) => candidate.kind === "action.planned" && candidate.payload.runId === runId,
    );
    return entry?.kind === "action.planned" ? (entry.payload.plan as unknown as Plan) : undefined;
  }

  #undoOf(runId: string): Plan | undefined {
    const entry = this.#projection.decisiveEntries.findLast(
      (candidate) => candidate.kind === "action.finished" && candidate.payload.runId === runId,
    );
    const held = this.store.getState().heldOpen.some((candidate) => candidate.runId === runId);
    return held && entry?.kind === "action.finished" && entry.payload.undo
      ? (entry.payload.undo as unknown as Plan)
      : undefined;
  }

  /** Records something that nobody waits for; a recorder that cannot write says so by its own health. */
  #note(draft: RecordDraft): void {
    this.recorder.append(draft).catch((error: unknown) => {
      this.#notice(
        `record-${draft.kind}`,
        "bad",
        `Not recorded (${draft.kind}): ${failureDetail(error, "record").why}`,
      );
    });
  }

  #notice(id: string, tone: "info" | "warn" | "bad", text: string): void {
    this.store.setState((state) => ({
      notices: [...state.notices.filter((notice) => notice.id !== id), { id, tone, text }],
    }));
  }

  #background(work: Promise<void>, what: string): void {
    work.catch((error: unknown) => {
      if (!this.#stop.signal.aborted)
        this.#notice(what, "bad", `Stopped working: ${what}: ${failureDetail(error, what).why}`);
    });
  }
}

async function refuseHuman(instruction: string): Promise<string> {
  throw new Failure({
    kind: "refused",
    what: instruction,
    why: "this step needs a person at the cockpit",
    next: "Run the action from the cockpit.",
  });
}

function ttyName(): string {
  return process.env.SSH_TTY ?? (process.stdin.isTTY ? "terminal" : "none");
}
