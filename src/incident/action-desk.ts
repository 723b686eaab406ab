import { userInfo } from "node:os";
import { confirmationProblem, describeConfirmation } from "../actions/confirmation.ts";
import type { EvidenceChoice, Plan, PrepareContext, Prepared, RunResult } from "../actions/contract.ts";
import { chooseEvidence, evidenceChoiceOf, lostBySkipping } from "../actions/evidence-choice.ts";
import type { JobContext } from "../actions/jobs.ts";
import { actionById, evidenceOf, jobs, parseParameters } from "../actions/registry.ts";
import { newRunId, runPlan } from "../actions/runner.ts";
import { SecretVault } from "../actions/secrets.ts";
import { prepareUndoPlan } from "../actions/undo-preparation.ts";
import type { AwsLayer, CallerIdentity } from "../aws/contract.ts";
import { identityIfKnown } from "../aws/identity-if-known.ts";
import type { Clock } from "../base/clock.ts";
import { Failure, failureDetail } from "../base/failure.ts";
import type { Deployment } from "../config/deployment.ts";
import { PauseGate } from "../evidence/export/pause.ts";
import { evidenceSink } from "../evidence/store.ts";
import type { Recorder } from "../record/contract.ts";
import type { RecordDraft, RecordEntry } from "../record/entries.ts";
import type { CockpitStore } from "../state/store.ts";
import { actionSummaries } from "./action-summaries.ts";
import { communicationFacts } from "./communication-facts.ts";
import { conflictReason } from "./conflict.ts";
import type { ActionSummary, Confirmation, PreparedAction } from "./contract.ts";
import { heldPlans, heldRuns, recordedPlan } from "./held-runs.ts";
import { HumanSteps } from "./human-steps.ts";
import type { Caller } from "./identity.ts";
import { isMessagePlan, messageEntries } from "./message-desk.ts";
import type { Messaging } from "./messaging.ts";
import { callerCheck, changesCaller, isRecordOnly } from "./plan-kind.ts";
import { lineOfStep, linesOf, refusalOf } from "./prepared-action.ts";
import { asReassertion } from "./reassertion.ts";
import { beginRunView, endRunView, pauseRunView, updateRunView } from "./run-view.ts";
import { withOrderCheck } from "./undo-order.ts";

export interface ActionDeskDependencies {
  aws: AwsLayer;
  deployment: Deployment;
  store: CockpitStore;
  recorder: Recorder;
  clock: Clock;
  signal: AbortSignal;
  /** Asks without a screen; left out: through the store. */
  askHuman?: (instruction: string, signal: AbortSignal) => Promise<string>;
  /** Shows a secret once, to whoever is there. */
  showSecret: JobContext["showSecret"];
  /** Asks whoever is there. */
  ask: JobContext["ask"];
  /** The entries that decide about actions: everything but observations. */
  entries(): readonly RecordEntry[];
  caller: Caller;
  note(draft: RecordDraft): void;
  refresh(): void;
  messaging: Messaging;
}

/** Where actions are prepared, confirmed, run and undone, for the cockpit and for `mayday run` alike. */
export class ActionDesk {
  readonly #desk: ActionDeskDependencies;
  /** Who each plan was prepared as, by run id: what the responder confirms. */
  readonly #preparedAs = new Map<string, CallerIdentity>();
  #runAbort: AbortController | undefined;
  #pause: PauseGate;
  #running: Promise<unknown> = Promise.resolve();

  /** Steps of plans that a person at the screen does. */
  readonly human: HumanSteps;

  constructor(dependencies: ActionDeskDependencies) {
    this.#desk = dependencies;
    this.#pause = new PauseGate(dependencies.clock);
    this.human = new HumanSteps(dependencies.store, () => this.operator);
  }

  actions(): ActionSummary[] {
    const { store, deployment, recorder } = this.#desk;
    return actionSummaries({ state: store.getState(), deployment, allowUnsaved: recorder.allowUnsaved });
  }

  async prepare(actionId: string, parameters: Record<string, string>): Promise<PreparedAction> {
    const definition = actionById(actionId);
    const parsed = parseParameters(definition, parameters);
    // First: another account may hold a service of the same name.
    const identity = definition.operations.length > 0 ? await this.#callerOf(!definition.message) : undefined;
    const found = await definition.prepare(this.#prepareContext(), parsed);
    const prepared = this.#prepared(asReassertion(found, heldPlans(this.#desk.entries())), identity);
    return this.chooseEvidence(prepared, evidenceOf(parameters));
  }

  /** Sets again what a containment that is held open wants, after somebody changed it. */
  async prepareAgain(runId: string): Promise<PreparedAction> {
    const first = heldPlans(this.#desk.entries()).find((held) => held.runId === runId)?.plan;
    if (!first?.guard) throw notHeld("set it again");
    // Evidence is collected first again, whatever was chosen the first time: what runs now is something else.
    const { evidence: _chosen, ...parameters } = first.parameters;
    const texts = Object.entries(parameters).map(([name, value]) => [name, String(value)]);
    return this.prepare(first.actionId, Object.fromEntries(texts) as Record<string, string>);
  }

  /** STS must not keep anybody from telling people, or from ending a session that has run out. */
  #callerOf(isNeeded: boolean): Promise<CallerIdentity | undefined> {
    const { caller, clock, signal } = this.#desk;
    return isNeeded ? caller.confirm() : identityIfKnown(caller.confirm(), clock, signal);
  }

  /** The same plan with evidence collected first, or knowingly skipped; unchanged when it destroys nothing. */
  chooseEvidence(prepared: PreparedAction, choice: EvidenceChoice): PreparedAction {
    if (evidenceChoiceOf(prepared.plan) === undefined) return prepared;
    const plan = chooseEvidence(prepared.plan, choice);
    return { ...prepared, plan, evidence: { choice, loses: lostBySkipping(plan) } };
  }

  async prepareUndo(runId: string): Promise<PreparedAction> {
    const plan = this.#undoOf(runId);
    if (!plan) throw notHeld("undo");
    const identity = await this.#callerOf(!changesCaller(plan));
    const found = await prepareUndoPlan(plan, this.#desk.aws, this.#desk.signal);
    return this.#prepared(withOrderCheck(found, runId, heldRuns(this.#desk.entries())), identity);
  }

  checkConfirmation(plan: Plan, confirmation: Confirmation): string | undefined {
    return confirmationProblem(plan, confirmation, this.#desk.store.getState().identity.accountId);
  }

  async execute(prepared: PreparedAction, confirmation: Confirmation): Promise<RunResult> {
    const { plan } = prepared;
    const problem = prepared.refusedReason ?? this.checkConfirmation(plan, confirmation) ?? this.#staleReason(prepared);
    if (problem) return this.#refuse(prepared, problem);
    // A note must be possible while a containment is under way.
    if (isRecordOnly(plan)) return this.#run(prepared, this.#desk.signal);
    if (isMessagePlan(plan)) return this.#tell(prepared);
    if (this.#runAbort) {
      return this.#refuse(prepared, "another action is running; wait for it or cancel it first (Ctrl-C)");
    }
    // Set before anything is waited for: of two confirmations at once only one runs.
    this.#runAbort = new AbortController();
    this.#pause = new PauseGate(this.#desk.clock);
    const running = this.#runShown(prepared, AbortSignal.any([this.#runAbort.signal, this.#desk.signal])).finally(
      () => {
        this.#runAbort = undefined;
      },
    );
    this.#running = Promise.allSettled([this.#running, running]);
    return running;
  }

  /** Sends beside what else runs; resolves once the record says where it arrived. */
  #tell(prepared: PreparedAction): Promise<RunResult> {
    const tell = async (): Promise<RunResult> => {
      await this.#acceptCaller(prepared.runId);
      const result = await this.#run(prepared, this.#desk.signal);
      try {
        for (const entry of messageEntries(result, this.operator)) await this.#desk.recorder.append(entry);
        return result;
      } catch (error) {
        return { ...result, failure: failureDetail(error, "record of the message") };
      }
    };
    const telling = tell();
    this.#running = Promise.allSettled([this.#running, telling]);
    return telling;
  }

  /** Whom the plan was prepared as has been shown with it, and was confirmed with it. */
  async #acceptCaller(runId: string): Promise<void> {
    const { caller } = this.#desk;
    const identity = this.#preparedAs.get(runId);
    if (identity && identity.arn !== caller.accepted?.arn) await caller.accept(identity);
  }

  /** Resolves when nothing runs any more, or after `withinMs` of machine time. */
  async settled(withinMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    // How the run went is its own caller's to see; here only that it has ended counts.
    await Promise.race([this.#running.catch(() => undefined), timeout]);
    clearTimeout(timer);
  }

  async #runShown(prepared: PreparedAction, signal: AbortSignal): Promise<RunResult> {
    const { plan, runId } = prepared;
    const problem = await conflictReason(this.#desk, plan, runId);
    if (problem) return this.#refuse(prepared, problem);
    const { store, clock } = this.#desk;
    await this.#acceptCaller(runId);
    beginRunView(store, runId, plan, clock.now());
    const result = await this.#run(prepared, signal);
    if (changesCaller(plan)) await this.#desk.caller.follow();
    const { status, failure } = result;
    endRunView(store, runId, status, clock.now(), failure ? `${failure.why}. ${failure.next}` : undefined);
    this.#desk.refresh();
    return result;
  }

  async #run(prepared: PreparedAction, signal: AbortSignal): Promise<RunResult> {
    const secrets = new SecretVault();
    try {
      return await this.#runWith(secrets, prepared, signal);
    } finally {
      secrets.clear();
    }
  }

  #runWith(secrets: SecretVault, prepared: PreparedAction, signal: AbortSignal): Promise<RunResult> {
    const { aws, recorder, clock, store } = this.#desk;
    const { plan, runId } = prepared;
    return runPlan(
      { runId, prepared, confirmedBy: this.operator, how: describeConfirmation(plan), signal },
      {
        aws,
        recorder,
        clock,
        jobs,
        line: (step) => lineOfStep(aws, step),
        human: this.#desk.askHuman ?? this.human.ask,
        evidence: evidenceSink(recorder),
        pause: this.#pause,
        secrets,
        showSecret: this.#desk.showSecret,
        ask: this.#desk.ask,
        acceptedPrincipal: () => this.#preparedAs.get(runId)?.arn ?? this.#desk.caller.accepted?.arn,
        onProgress: (progress) => updateRunView(store, progress),
        conflict: () => conflictReason(this.#desk, plan, runId),
      },
    );
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

  /** Lets the running export stand still, or go on; without effect while none runs. Returns whether it stands still now. */
  togglePause(): boolean {
    const isPausable = this.#desk.store
      .getState()
      .run?.steps.some((step) => step.pausable && step.status === "running");
    if (this.#pause.paused) this.#pause.resume();
    else if (isPausable) this.#pause.pause();
    pauseRunView(this.#desk.store, this.#pause.paused);
    return this.#pause.paused;
  }

  /** The plan of a run, from the record. */
  planOf(runId: string): Plan | undefined {
    return recordedPlan(this.#desk.entries(), runId);
  }

  async #refuse(prepared: PreparedAction, why: string): Promise<RunResult> {
    const { plan, runId } = prepared;
    const failure = { kind: "refused" as const, what: plan.title, why, next: "Nothing was sent." };
    this.#desk.note({
      kind: "action.refused",
      payload: { runId, actionId: plan.actionId, title: plan.title, reason: why },
    });
    return { runId, status: "refused", plan, outcomes: [], failure };
  }

  /** A plan is run once, and what is undone is not undone again. */
  #staleReason({ plan, runId }: PreparedAction): string | undefined {
    if (this.#desk.signal.aborted) return "the cockpit is closing";
    const wasRun = (entry: RecordEntry) => entry.kind === "action.planned" && entry.payload.runId === runId;
    if (this.#desk.entries().some(wasRun)) return "this plan was run already; prepare the action again";
    const { heldOpen } = this.#desk.store.getState();
    if (plan.undoes !== undefined && !heldOpen.some((held) => held.runId === plan.undoes))
      return "it is undone already; the undo ledger (z) shows what is held open";
    return undefined;
  }

  /** The plan with what the confirmation dialog draws; a principal other than the accepted one is shown, and confirmed with it. */
  #prepared(found: Prepared, identity: CallerIdentity | undefined): PreparedAction {
    const accepted = this.#desk.caller.accepted?.arn;
    const runId = newRunId();
    if (identity) this.#preparedAs.set(runId, identity);
    const prepared =
      identity && accepted !== identity.arn
        ? { ...found, checks: [...found.checks, callerCheck(identity.arn, accepted)] }
        : found;
    const refusedReason = refusalOf(prepared, this.#desk.aws.readOnly);
    return {
      ...prepared,
      runId,
      lines: linesOf(this.#desk.aws, prepared),
      ...(refusedReason ? { refusedReason } : {}),
    };
  }

  #prepareContext(): PrepareContext {
    const { messaging, deployment, store, clock } = this.#desk;
    const { incident, identity } = store.getState();
    return {
      communication: communicationFacts({ messaging, deployment, store, clock, entries: this.#desk.entries() }),
      aws: this.#desk.aws,
      deployment: this.#desk.deployment,
      clock: this.#desk.clock,
      lineOf: (service, operation, input) => this.#desk.aws.lineOf(service, operation, input),
      accountId: identity.accountId ?? "",
      incident,
      held: heldRuns(this.#desk.entries()),
      operator: this.operator,
      signal: this.#desk.signal,
    };
  }

  /** Who acts, for the record. */
  get operator(): string {
    const { caller } = this.#desk.store.getState().identity;
    const user = userInfo().username;
    return caller ? `${user} (${caller})` : user;
  }

  #undoOf(runId: string): Plan | undefined {
    const entry = this.#desk
      .entries()
      .findLast((candidate) => candidate.kind === "action.finished" && candidate.payload.runId === runId);
    const held = this.#desk.store.getState().heldOpen.some((candidate) => candidate.runId === runId);
    return held && entry?.kind === "action.finished" && entry.payload.undo
      ? (entry.payload.undo as unknown as Plan)
      : undefined;
  }
}

const notHeld = (what: string) =>
  new Failure({
    kind: "not-found",
    what,
    why: "nothing of this run is held open",
    next: "Open the undo ledger (z) to see what is.",
  });
