import type { Plan, RunResult, StepOutcome } from "../../src/actions/contract.ts";
import { chooseEvidence, lostBySkipping } from "../../src/actions/evidence-choice.ts";
import { ManualClock } from "../../src/base/clock.ts";
import type { DetectorResult } from "../../src/findings/contract.ts";
import type { Suggestion } from "../../src/incident/blast-radius.ts";
import type {
  ActionSummary,
  CheckResult,
  ClosedIncident,
  CloseMode,
  Confirmation,
  DiagnosisResult,
  Incident,
  PreparedAction,
  RankedVerdict,
} from "../../src/incident/contract.ts";
import { QuestionScreen } from "../../src/incident/question-screen.ts";
import { SecretScreen } from "../../src/incident/secret-screen.ts";
import { LogRing } from "../../src/state/log-ring.ts";
import { type CockpitStore, createCockpitStore } from "../../src/state/store.ts";
import type { LogLine } from "../../src/state/views.ts";
import { containPlan, fixtureActions, fixtureLogLines } from "./fixture-actions.ts";
import { fixtureState, NOW_MS } from "./fixture-data.ts";
import { fixtureDiagnoses, fixtureDiagnosis } from "./fixture-diagnosis.ts";

/** Everything that the screen asked of the incident, in order. */
export type FixtureCall =
  | { name: "prepare"; actionId: string; parameters: Record<string, string> }
  | { name: "prepareUndo"; runId: string }
  | { name: "prepareAgain"; runId: string }
  | { name: "execute"; plan: Plan; confirmation: Confirmation }
  | { name: "diagnose"; id: string }
  | { name: "cancelRun" }
  | { name: "pin"; line: LogLine }
  | { name: "noteMessage"; about: string; status: string; text: string }
  | { name: "setReadOnly"; readOnly: boolean }
  | { name: "setAllowUnsaved"; allow: boolean }
  | { name: "answerHuman"; id: string; isDone: boolean }
  | { name: "refresh" }
  | { name: "dismissNotice"; id: string }
  | { name: "close"; mode: CloseMode };

export interface FixtureIncident extends Incident {
  readonly store: CockpitStore;
  readonly logs: LogRing;
  readonly clock: ManualClock;
  readonly secrets: SecretScreen;
  readonly questions: QuestionScreen;
  readonly calls: FixtureCall[];
  /** What `prepare` and `prepareUndo` answer; replace it to test other plans and failures. */
  prepared: (actionId: string, parameters: Record<string, string>) => Promise<PreparedAction>;
  /** What a diagnosis answers. */
  diagnosed: (
    onCheck: (check: CheckResult, soFar: RankedVerdict[]) => void,
    signal?: AbortSignal,
  ) => Promise<DiagnosisResult>;
  summaries: ActionSummary[];
  suggestions: Suggestion[];
  /** What CloudTrail adds to them. */
  suggestionsLater: () => Promise<Suggestion[]>;
  /** What looking for findings gives. */
  detectors: () => Promise<DetectorResult[]>;
}

/** The same rules as the real one: docs/contracts.md, confirmation tiers. */
function confirmationProblem(plan: Plan, confirmation: Confirmation, accountId: string): string | undefined {
  if (plan.tier === "none") return undefined;
  if (plan.tier === "yes") return confirmation.yes ? undefined : "Press y to confirm.";
  if (confirmation.typedName !== plan.resourceName) {
    return `"${confirmation.typedName ?? ""}" is not ${plan.resourceName}: nothing was done.`;
  }
  if (plan.tier === "name") return undefined;
  return confirmation.typedAccount === accountId
    ? undefined
    : `"${confirmation.typedAccount ?? ""}" is not this account.`;
}

/** An incident with a real store, ring and clock, and no AWS: a Nessie that runs out of memory, as the screen sees it. */
export function createFixtureIncident(options: { loading?: boolean } = {}): FixtureIncident {
  const clock = new ManualClock(NOW_MS);
  const initial = fixtureState();
  const store = createCockpitStore({ incident: initial.incident, identity: initial.identity });
  const logs = new LogRing();
  if (!options.loading) {
    store.setState(initial);
    logs.append(fixtureLogLines());
    store.setState({ logVersion: logs.version });
  }
  const calls: FixtureCall[] = [];
  const fixture: FixtureIncident = {
    id: initial.incident.id,
    folder: "/state/mayday/incidents/2026-11-23-0306-k3f9",
    store,
    logs,
    clock,
    secrets: new SecretScreen(),
    questions: new QuestionScreen(),
    diagnosis: {
      list: fixtureDiagnoses,
      run(id, onCheck, signal) {
        calls.push({ name: "diagnose", id });
        return fixture.diagnosed(onCheck ?? (() => undefined), signal);
      },
    },
    diagnosed: async (onCheck) => {
      const result = fixtureDiagnosis();
      for (const check of result.checks) onCheck(check, []);
      return result;
    },
    calls,
    summaries: fixtureActions(),
    suggestions: [
      {
        component: "nessie",
        label: "Nessie catalog",
        names: "service nessie",
        isSuggested: true,
        reasons: ["nessie: 1 of 2 tasks running", "alarm lakehouse-prod-nessie-unhealthy-hosts since 02:54:00"],
      },
      { component: "s3", label: "S3 data", names: "bucket lakehouse-prod-lakehouse", isSuggested: false, reasons: [] },
    ],
    suggestionsLater: async () => fixture.suggestions,
    detectors: async () => [],
    prepared: async (actionId, parameters) => containPlan(actionId, parameters),
    actions: () => fixture.summaries,
    prepare(actionId, parameters) {
      calls.push({ name: "prepare", actionId, parameters });
      return fixture.prepared(actionId, parameters);
    },
    prepareUndo(runId) {
      calls.push({ name: "prepareUndo", runId });
      return fixture
        .prepared("undo", {})
        .then((prepared) => ({ ...prepared, plan: { ...prepared.plan, undoes: runId } }));
    },
    prepareAgain(runId) {
      calls.push({ name: "prepareAgain", runId });
      return fixture.prepared("contain-nessie", {});
    },
    chooseEvidence(prepared, choice) {
      const plan = chooseEvidence(prepared.plan, choice);
      return { ...prepared, plan, evidence: { choice, loses: lostBySkipping(plan) } };
    },
    checkConfirmation: (plan, confirmation) => confirmationProblem(plan, confirmation, "111122223333"),
    async execute(prepared, confirmation): Promise<RunResult> {
      calls.push({ name: "execute", plan: prepared.plan, confirmation });
      const { steps } = prepared.plan;
      const outcomes = steps.map(
        ({ id }): StepOutcome => ({ stepId: id, status: "done", startedAtMs: 0, endedAtMs: 0, requestIds: [] }),
      );
      return { runId: prepared.runId, status: "done", plan: prepared.plan, outcomes };
    },
    togglePause() {
      const run = store.getState().run;
      if (run) store.setState({ run: { ...run, paused: !run.paused } });
      return store.getState().run?.paused === true;
    },
    answerHuman: (id, isDone) => void calls.push({ name: "answerHuman", id, isDone }),
    cancelRun: () => void calls.push({ name: "cancelRun" }),
    findings: () => fixture.detectors(),
    suggestBlastRadius: () => ({ now: fixture.suggestions, withChanges: fixture.suggestionsLater() }),
    async pin(line) {
      calls.push({ name: "pin", line });
    },
    writeHandover: async () => `${fixture.folder}/handover.md`,
    async noteMessage(message) {
      calls.push({ name: "noteMessage", ...message });
    },
    setReadOnly(readOnly) {
      calls.push({ name: "setReadOnly", readOnly });
      store.setState((state) => ({ identity: { ...state.identity, readOnly } }));
    },
    setAllowUnsaved: (allow) => void calls.push({ name: "setAllowUnsaved", allow }),
    refresh: () => void calls.push({ name: "refresh" }),
    dismissNotice(id) {
      calls.push({ name: "dismissNotice", id });
      store.setState((state) => ({ notices: state.notices.filter((notice) => notice.id !== id) }));
    },
    async close(mode): Promise<ClosedIncident> {
      calls.push({ name: "close", mode });
      return { files: [{ label: "post-mortem", path: `${fixture.folder}/postmortem.md` }], heldOpen: [] };
    },
  };
  return fixture;
}
