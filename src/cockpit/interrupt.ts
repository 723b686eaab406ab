import type { Controller } from "./controller.ts";
import { openExit } from "./exit.ts";
import { say } from "./messages.ts";
import { replaceTop } from "./ui.ts";

/** A second Ctrl-C within this many machine ms opens the exit flow. */
const TWICE_WITHIN_MS = 2000;

/**
 * Ctrl-C. First: stops what is running after its present step, or closes the innermost dialog. A second one within two
 * seconds asks how to leave.
 */
export function interrupt(controller: Controller): void {
  const now = controller.incident.clock.monotonic();
  const previous = controller.ui.getState().interruptedAtMs;
  const isSecond = previous !== null && now - previous <= TWICE_WITHIN_MS;
  controller.ui.setState({ interruptedAtMs: isSecond ? null : now });
  if (isSecond) {
    controller.ui.setState({ prompt: null });
    openExit(controller);
    return;
  }
  if (controller.incident.store.getState().run?.status === "running") {
    controller.incident.cancelRun();
    say(controller, "Stopping after the step that is running. Ctrl-C again within 2 s: leave.", "warn");
    return;
  }
  const top = controller.topDialog();
  if (controller.ui.getState().prompt) controller.ui.setState({ prompt: null });
  else if (top && top.kind !== "closing" && top.kind !== "exit") {
    replaceTop(controller.ui, undefined);
    top.dismissed?.();
  }
  say(controller, "Nothing is running. Ctrl-C again within 2 s: leave the incident.");
}
