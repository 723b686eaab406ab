import { hostname } from "node:os";
import { isBreakGlass } from "../actions/break-glass/principal.ts";
import type { EvidenceChoice, Plan, RunResult } from "../actions/contract.ts";
import { Failure, failureDetail } from "../base/failure.ts";
import type { Recorder } from "../record/contract.ts";
import type { RecordDraft, RecordEntry } from "../record/entries.ts";
import { LogRing } from "../state/log-ring.ts";
import type { CockpitStore } from "../state/store.ts";
import type { LogLine } from "../state/views.ts";
import { startWatchers, type Watchers } from "../watch/watchers.ts";
import { ActionDesk } from "./action-desk.ts";
import type { Suggestion } from "./blast-radius.ts";
import { liveSuggestions } from "./blast-radius-live.ts";
import { ClockWatch } from "./clock-watch.ts";
import { closeIncident, letGo, sealUnsealed } from "./close.ts";
import { CommandLog } from "./command-log.ts";
import type {
  ActionSummary,
  ClosedIncident,
  CloseMode,
  Confirmation,
  DetectorResult,
  Incident,
  PreparedAction,
} from "./contract.ts";
import { DiagnosisDesk } from "./diagnosis-desk.ts";
import { EscalationWatch } from "./escalation-watch.ts";
import { accountFindings } from "./findings.ts";
import { FollowedRecorder } from "./followed-recorder.ts";
import { runGuards } from "./guard.ts";
import { writeHandover } from "./handover.ts";
import { Caller } from "./identity.ts";
import { requireSameLakehouse } from "./lakehouse.ts";
import { NO_MESSAGING } from "./messaging.ts";
import { startObserving } from "./observer.ts";
import type { OpenIncident } from "./open-incident.ts";
import { openingDraft } from "./opening-draft.ts";
import type { IncidentOptions } from "./options.ts";
import { Projection } from "./project.ts";
import { QuestionScreen } from "./question-screen.ts";
import { showHealth } from "./recorder-health.ts";
import { SecretScreen } from "./secret-screen.ts";
import { ttyName } from "./tty.ts";
import { keepSettled, settle } from "./upkeep.ts";

export type { OpenIncident } from "./open-incident.ts";

/** How long the end waits for a run to come to its own end, machine ms; a lost link or a shutdown leaves little time. */
const CLOSE_SETTLE_MS = 15_000;
const ABANDON_SETTLE_MS = 1500;

/** An incident that is open in this process: the composition of recorder, store, watchers, guard and actions. */
export class OpenedIncident implements OpenIncident {
  readonly id: string;
  readonly folder: string;
  readonly clock;
  readonly logs: LogRing;
  readonly store: CockpitStore;
  readonly recorder: Recorder;
  readonly secrets = new SecretScreen();
  readonly questions = new QuestionScreen();
  readonly diagnosis: DiagnosisDesk;
  ready: Promise<void> = Promise.resolve();

  readonly #options: IncidentOptions;
  readonly #projection: Projection;
  readonly #commandLog: CommandLog;
  readonly #clockWatch: ClockWatch;
  readonly #stop = new AbortController();
  readonly #caller: Caller;
  #watchers: Watchers | undefined;
  readonly #desk: ActionDesk;
  #ended: Promise<ClosedIncident> | undefined;
  readonly #unsubscribe: (() => void)[] = [];

  constructor(options: IncidentOptions, saving: Recorder, store: CockpitStore, onCaller: (arn: string) => void) {
    this.#options = options;
    this.id = saving.incidentId;
    this.folder = saving.folder;
    this.clock = options.clock;
    this.store = store;
    this.logs = new LogRing(options.logCapacity);
    this.#projection = new Projection(store);
    const recorder = new FollowedRecorder(saving, (entry) => this.#projection.applyUnsaved(entry));
    this.recorder = recorder;
    this.#commandLog = new CommandLog(store);
    this.#clockWatch = new ClockWatch(options.clock, store, (draft) => this.#note(draft));
    const { aws, deployment, clock } = options;
    const record = (draft: RecordDraft) => this.#note(draft);
    const entries = () => this.#projection.decisiveEntries;
    const shared = { aws, deployment, clock, store, entries, record, signal: this.#stop.signal };
    this.#caller = new Caller({
      ...shared,
      onAccepted: onCaller,
      isBreakGlass: (arn) => isBreakGlass(arn, deployment),
    });
    this.#desk = new ActionDesk({
      ...shared,
      recorder,
      ...(options.human ? { askHuman: options.human } : {}),
      showSecret: options.showSecret ?? this.secrets.show,
      ask: options.ask ?? this.questions.ask,
      caller: this.#caller,
      note: record,
      refresh: () => this.refresh(),
      messaging: options.messaging ?? NO_MESSAGING,
    });
    this.diagnosis = new DiagnosisDesk({ ...shared, logs: this.logs });
  }

  async begin(): Promise<void> {
    const { recorder, store } = this;
    const { aws, deployment, reason } = this.#options;
    this.#unsubscribe.push(
      showHealth(recorder, store),
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
    const earlier = await this.#earlierEntries();
    requireSameLakehouse(earlier, this.#options);
    await recorder.append({
      kind: "session.started",
      payload: { host: hostname(), tty: ttyName(), pid: process.pid, reason },
    });
    if (!earlier.some((entry) => entry.kind === "incident.opened"))
      await recorder.append(openingDraft(this.id, this.#options, store.getState().incident));
    this.#projection.apply([...earlier, ...early]);
    live = true;

    if (this.#options.watch) {
      const shared = { store, logs: this.logs, clock: this.clock, signal: this.#stop.signal };
      this.#unsubscribe.push(
        startObserving({
          ...shared,
          recorder,
          earlier,
          record: (draft) => this.#note(draft),
          isTrusted: () => this.#isTrusted(),
        }),
      );
      this.#watchers = startWatchers({ ...shared, aws, deployment });
      this.#unsubscribe.push(this.diagnosis.watch());
      this.#background(this.#clockWatch.run(this.#stop.signal), "watch the clock");
      const entries = () => this.#projection.decisiveEntries;
      const escalation = new EscalationWatch({ clock: this.clock, store, recorder, entries });
      this.#background(escalation.run(this.#stop.signal), "watch the escalation clock");
    }
    this.ready = this.#settle();
  }

  /** A new incident opens also when its record cannot be written: the screen is needed most then. */
  async #earlierEntries(): Promise<RecordEntry[]> {
    if (this.#options.incidentId === undefined && this.recorder.health().status === "failed") return [];
    return this.recorder.entries();
  }

  async #settle(): Promise<void> {
    const { aws } = this.#options;
    const upkeep = {
      aws,
      caller: this.#caller,
      recorder: this.recorder,
      clock: this.clock,
      entries: () => this.#projection.decisiveEntries,
      notice: (id: string, tone: "info" | "warn" | "bad", text: string) => this.#notice(id, tone, text),
      signal: this.#stop.signal,
    };
    await settle(upkeep);
    if (!this.#options.watch) return;
    this.#background(keepSettled(upkeep), "look after runs in flight");
    this.#background(
      runGuards({
        ...upkeep,
        store: this.store,
        planOf: (runId) => this.#desk.planOf(runId),
        ownRequestIds: () => this.#commandLog.ownRequestIds,
        isObserver: () => this.recorder.isObserver,
        isTrusted: () => this.#isTrusted(),
        record: (draft) => this.#note(draft),
      }),
      "guard the containment",
    );
  }

  /** Whether what is read is the incident's own: STS has confirmed its account, or it has none on record yet. */
  #isTrusted(): boolean {
    if (this.store.getState().identity.failure?.kind === "refused") return false;
    const pinned = this.#projection.decisiveEntries.some((entry) => entry.kind === "incident.identity");
    return this.#caller.accepted !== undefined || !pinned;
  }

  actions(): ActionSummary[] {
    return this.#desk.actions();
  }

  prepare(actionId: string, parameters: Record<string, string>): Promise<PreparedAction> {
    return this.#desk.prepare(actionId, parameters);
  }

  prepareUndo(runId: string): Promise<PreparedAction> {
    return this.#desk.prepareUndo(runId);
  }

  prepareAgain(runId: string): Promise<PreparedAction> {
    return this.#desk.prepareAgain(runId);
  }

  chooseEvidence(prepared: PreparedAction, choice: EvidenceChoice): PreparedAction {
    return this.#desk.chooseEvidence(prepared, choice);
  }

  checkConfirmation(plan: Plan, confirmation: Confirmation): string | undefined {
    return this.#desk.checkConfirmation(plan, confirmation);
  }

  execute(prepared: PreparedAction, confirmation: Confirmation): Promise<RunResult> {
    return this.#desk.execute(prepared, confirmation);
  }

  cancelRun(): void {
    this.#desk.cancelRun();
  }

  togglePause(): boolean {
    return this.#desk.togglePause();
  }

  answerHuman(id: string, isDone: boolean): void {
    this.#desk.human.answer(id, isDone);
  }

  suggestBlastRadius(): { now: Suggestion[]; withChanges: Promise<Suggestion[]> } {
    const isOwn = (requestId: string) => this.#commandLog.ownRequestIds.has(requestId);
    return liveSuggestions(this.#options, () => this.store.getState(), isOwn, this.#stop.signal);
  }

  findings(): Promise<DetectorResult[]> {
    return accountFindings(this.#options, this.#caller, this.#stop.signal);
  }

  async pin(line: LogLine): Promise<void> {
    await this.recorder.append({
      kind: "incident.pin",
      payload: { logGroup: line.logGroup, stream: line.stream, atMs: line.atMs, text: line.text },
    });
  }

  async noteMessage(message: Parameters<Incident["noteMessage"]>[0]): Promise<void> {
    const payload = { ...message, to: [], failures: [], by: this.#desk.operator };
    await this.recorder.append({ kind: "communication.message", payload });
  }

  writeHandover(): Promise<string> {
    return writeHandover(this.recorder, this.clock);
  }

  setReadOnly(readOnly: boolean): void {
    this.#options.aws.readOnly = readOnly;
    this.store.setState((state) => ({ identity: { ...state.identity, readOnly } }));
  }

  setAllowUnsaved(allow: boolean): void {
    this.recorder.allowUnsaved = allow;
    this.store.setState(({ recorder }) => ({ recorder: { ...recorder, allowsUnsaved: allow } }));
  }

  refresh(): void {
    this.#watchers?.refresh();
  }

  dismissNotice(id: string): void {
    this.store.setState((state) => ({ notices: state.notices.filter((notice) => notice.id !== id) }));
  }

  close(mode: CloseMode): Promise<ClosedIncident> {
    this.#ended ??= this.#end(CLOSE_SETTLE_MS, () =>
      closeIncident(this.recorder, this.store, { kind: "closed", mode, clock: this.clock }),
    );
    return this.#ended;
  }

  abandon(reason: "signal" | "crash", detail: string): Promise<ClosedIncident> {
    this.#ended ??= this.#end(ABANDON_SETTLE_MS, () =>
      closeIncident(this.recorder, this.store, { kind: "abandoned", reason, detail }),
    );
    return this.#ended;
  }

  release(): Promise<ClosedIncident> {
    this.#ended ??= this.#end(CLOSE_SETTLE_MS, async () => {
      await sealUnsealed(this.recorder);
      await this.recorder.append({ kind: "session.ended", payload: { reason: "exit", detail: "run" } });
      return { files: [], heldOpen: [] };
    });
    return this.#ended;
  }

  async #end(settleWithinMs: number, write: () => Promise<ClosedIncident>): Promise<ClosedIncident> {
    this.#stop.abort(
      new Failure({
        kind: "refused",
        what: "mayday",
        why: "the cockpit is closing",
        next: "Open the incident again with mayday resume.",
      }),
    );
    this.#watchers?.stop();
    // A call that is under way is not called back: what came of it belongs into the record, before the end.
    await this.#desk.settled(settleWithinMs);
    return letGo(this, this.#options.aws, write, () => {
      for (const unsubscribe of this.#unsubscribe) unsubscribe();
    });
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
