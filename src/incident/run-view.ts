import type { Plan } from "../actions/contract.ts";
import type { RunProgress } from "../actions/runner.ts";
import { isVerified } from "../actions/verified.ts";
import type { CockpitStore, RunView } from "../state/store.ts";

/** Puts a run that begins on the screen. */
export function beginRunView(store: CockpitStore, runId: string, plan: Plan, startedAtMs: number): void {
  const steps = [...plan.steps, ...(plan.verify ? [plan.verify] : [])];
  const run: RunView = {
    runId,
    title: plan.title,
    status: "running",
    steps: steps.map((step) => ({
      id: step.id,
      title: step.title,
      status: "waiting",
      detail: "",
      ...(step.kind === "job" && step.pausable ? { pausable: true } : {}),
    })),
    startedAtMs,
    ...(isVerified(plan) ? { verifies: true } : {}),
  };
  store.setState({ run });
}

/** Moves one step of the run on. The verification may have the id of a step that ran before it: the first unfinished one is meant. */
export function updateRunView(store: CockpitStore, progress: RunProgress): void {
  store.setState((state) => {
    if (state.run?.runId !== progress.runId) return state;
    const index = state.run.steps.findIndex(
      (step) => step.id === progress.step.id && (step.status === "waiting" || step.status === "running"),
    );
    if (index < 0) return state;
    const steps = state.run.steps.map((step, i) =>
      i === index ? { ...step, status: progress.status, detail: progress.detail } : step,
    );
    return { run: { ...state.run, steps } };
  });
}

/** Shows that the run stands still, or goes on. */
export function pauseRunView(store: CockpitStore, paused: boolean): void {
  store.setState((state) => (state.run ? { run: { ...state.run, paused } } : state));
}

/** Ends the run on the screen. */
export function endRunView(
  store: CockpitStore,
  runId: string,
  status: RunView["status"],
  endedAtMs: number,
  message?: string,
): void {
  store.setState((state) => {
    if (state.run?.runId !== runId) return state;
    return { run: { ...state.run, paused: false, status, endedAtMs, ...(message ? { message } : {}) } };
  });
}
