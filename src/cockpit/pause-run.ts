import type { RunView } from "../state/store.ts";
import type { Controller } from "./controller.ts";
import { say } from "./messages.ts";

/** Why what runs cannot stand still; undefined when it can, or does. */
export function pauseProblem(run: RunView | null): string | undefined {
  if (run?.status !== "running") return "nothing is running";
  if (run.paused || run.steps.some((step) => step.pausable && step.status === "running")) return undefined;
  return "it cannot pause";
}

/** Lets what runs stand still after the calls that are under way, or go on. */
export function togglePauseRun(controller: Controller): void {
  const problem = pauseProblem(controller.incident.store.getState().run);
  if (problem) {
    say(controller, `Not paused: ${problem}.`, "warn");
    return;
  }
  if (controller.incident.togglePause()) say(controller, "Paused: no further call until you let it go on.", "warn");
  else say(controller, "It goes on.");
}
