import { userInfo } from "node:os";
import { confirmationProblem, describeConfirmation } from "../actions/confirmation.ts";
import type { Plan, PrepareContext, Prepared, RunResult, Step } from "../actions/contract.ts";
import { actionById, actionDefinitions, actionFields, jobs, parseParameters } from "../actions/registry.ts";
import { newRunId, runPlan } from "../actions/runner.ts";
import { cliLine } from "../aws/cli-line.ts";
import type { AwsLayer } from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import { Failure } from "../base/failure.ts";
import type { Deployment } from "../config/deployment.ts";
import { storeEvidence } from "../evidence/store.ts";
import type { Recorder } from "../record/contract.ts";
import type { RecordDraft, RecordEntry } from "../record/entries.ts";
import { openIntents } from "../record/runs.ts";
import type { CockpitStore } from "../state/store.ts";
import type { ActionSummary, Confirmation, PreparedAction } from "./contract.ts";
import { beginRunView, endRunView, updateRunView } from "./run-view.ts";

export interface ActionDeskDependencies {
  aws: AwsLayer;
  deployment: Deployment;
  store: CockpitStore;
  recorder: Recorder;
  clock: Clock;
  signal: AbortSignal;
  human?: (instruction: string, signal: AbortSignal) => Promise<string>;
  /** The entries that decide about actions: everything but observations. */
  entries(): readonly RecordEntry[];
  /** The principal that the responder works as. */
  acceptedPrincipal(): string | undefined;
  note(draft: RecordDraft): void;
  refresh(): void;
}

/** Where actions are prepared, confirmed, run and undone, for the cockpit and for `mayday run` alike. */
export class ActionDesk {
  readonly #desk: ActionDeskDependencies;
  #runAbort: AbortController | undefined;

  constructor(dependencies: ActionDeskDependencies) {
    this.#desk = dependencies;
  }

  actions(): ActionSummary[] {
    const { identity, recorder } = this.#desk.store.getState();
    return actionDefinitions.map((definition) => {
      const writes = definition.operations.length > 0;
      const disabledReason =
        writes && identity.readOnly
          ? "read-only mode is on"
          : recorder.status === "failed"
            ? `the record cannot be written (${recorder.reason ?? "unknown reason"})`
            : definition.id === "contain-nessie" && !this.#desk.deployment.nessie
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
    return confirmationProblem(plan, confirmation, this.#desk.store.getState().identity.accountId);
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
    beginRunView(this.#desk.store, runId, plan, this.#desk.clock.now());
    try {
      const result = await runPlan(
        {
          runId,
          prepared,
          confirmedBy: this.#operator(),
          how: describeConfirmation(plan),
          signal: AbortSignal.any([this.#runAbort.signal, this.#desk.signal]),
        },
        {
          aws: this.#desk.aws,
          recorder: this.#desk.recorder,
          clock: this.#desk.clock,
          jobs,
          line: (step) => this.#line(step),
          human: this.#desk.human ?? refuseHuman,
          storeEvidence: async (name, content, source, requestIds) => {
            await storeEvidence(this.#desk.recorder, name, content, { source, requestIds });
          },
          acceptedPrincipal: this.#desk.acceptedPrincipal,
          onProgress: (progress) => updateRunView(this.#desk.store, progress),
        },
      );
      endRunView(
        this.#desk.store,
        runId,
        result.status,
        this.#desk.clock.now(),
        result.failure ? `${result.failure.why}. ${result.failure.next}` : undefined,
      );
      this.#desk.refresh();
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

  /** The plan of a run, from the record. */
  planOf(runId: string): Plan | undefined {
    const entry = this.#desk
      .entries()
      .findLast((candidate) => candidate.kind === "action.planned" && candidate.payload.runId === runId);
    return entry?.kind === "action.planned" ? (entry.payload.plan as unknown as Plan) : undefined;
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

  #busyReason(): string | undefined {
    return this.#runAbort ? "another action is running; wait for it or cancel it first (Ctrl-C)" : undefined;
  }

  /** Another cockpit on this incident is changing the same thing right now. */
  async #conflictReason(plan: Plan): Promise<string | undefined> {
    const resources = plan.steps.flatMap((step) => (step.kind === "call" ? [step.resource] : []));
    if (resources.length === 0) return undefined;
    const live = await this.#desk.recorder.liveWriters();
    live.delete(this.#desk.recorder.writerId);
    for (const resource of resources) {
      const [open] = openIntents(this.#desk.entries(), resource, (writerId) => live.has(writerId));
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
        : writes && this.#desk.aws.readOnly
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
    const { region, endpoint } = this.#desk.aws;
    return cliLine(service, operation, input, { region, ...(endpoint ? { endpoint } : {}) });
  }

  #prepareContext(): PrepareContext {
    const { incident, identity } = this.#desk.store.getState();
    return {
      aws: this.#desk.aws,
      deployment: this.#desk.deployment,
      clock: this.#desk.clock,
      accountId: identity.accountId ?? "",
      incident,
      operator: this.#operator(),
      signal: this.#desk.signal,
    };
  }

  #operator(): string {
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

async function refuseHuman(instruction: string): Promise<string> {
  throw new Failure({
    kind: "refused",
    what: instruction,
    why: "this step needs a person at the cockpit",
    next: "Run the action from the cockpit.",
  });
}
