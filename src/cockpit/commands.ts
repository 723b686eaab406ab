import { zoneName } from "../base/duration.ts";
import { failureDetail } from "../base/failure.ts";
import { PANE_IDS, type PaneId } from "../panes/pane.ts";
import type { Controller } from "./controller.ts";
import { typedDialog } from "./dialogs/typed.ts";
import { openExit } from "./exit.ts";
import { follow } from "./log-motion.ts";
import { say } from "./messages.ts";
import { openDialog } from "./ui.ts";

/** Gives a pane the keys. */
export function focus(controller: Controller, pane: PaneId): void {
  controller.ui.setState({ focus: pane });
}

/** Goes to the next (1) or previous (-1) pane. */
export function cycle(controller: Controller, step: 1 | -1): void {
  const at = PANE_IDS.indexOf(controller.ui.getState().focus);
  focus(controller, PANE_IDS[(at + step + PANE_IDS.length) % PANE_IDS.length] ?? "ecs");
}

/** Esc outside dialogs: takes back the innermost thing that was set. Never leaves, never confirms. */
export function cancel(controller: Controller): void {
  const { zoomed, logs, focus: focused, message } = controller.ui.getState();
  if (zoomed) {
    controller.ui.setState({ zoomed: false });
    return;
  }
  if (focused === "logs" && logs.search) {
    controller.ui.setState({ logs: { ...logs, search: "" } });
    return;
  }
  if (focused === "logs" && logs.filter) {
    controller.ui.setState({ logs: { ...logs, filter: "" } });
    return;
  }
  if (focused === "logs" && logs.paused) {
    follow(controller);
    return;
  }
  if (message) controller.ui.setState({ message: null });
}

/** Out of the zoom; at the top: how to leave. */
export function back(controller: Controller): void {
  if (controller.ui.getState().zoomed) controller.ui.setState({ zoomed: false });
  else openExit(controller);
}

/** Switches all times of day on the screen between UTC and this machine's time zone. */
export function toggleTimeZone(controller: Controller): void {
  const zone = controller.ui.getState().zone === "utc" ? "local" : "utc";
  controller.ui.setState({ zone });
  const name = zoneName(controller.incident.clock.now(), zone);
  say(
    controller,
    zone === "utc" ? "Times are in UTC." : `Times are in this machine's time zone (${name}); T goes back to UTC.`,
  );
}

/** Switches read-only mode and says what that means. */
export function toggleReadOnly(controller: Controller): void {
  const readOnly = !controller.incident.store.getState().identity.readOnly;
  controller.incident.setReadOnly(readOnly);
  say(
    controller,
    readOnly ? "Read-only: every change to AWS is refused." : "Changes to AWS are possible again, each after its plan.",
    "warn",
  );
}

/** The responder's explicit word that actions may run although the record cannot be written. */
export function allowUnsaved(controller: Controller): void {
  openDialog(
    controller.ui,
    typedDialog({
      kind: "allow-unsaved",
      title: "Act without a durable record?",
      texts: [
        "The record cannot be written. Until it can be again, what you do is kept in memory only:",
        "when this program ends before that, it is lost, and nobody can prove what was done.",
      ],
      expected: "act without record",
      confirmed: () => {
        controller.incident.setAllowUnsaved(true);
        say(controller, "Actions run without a durable record until it can be written again.", "warn");
      },
    }),
  );
}

/** Writes the brief for whoever takes over, and says where it is. */
export function writeHandover(controller: Controller): void {
  controller.incident.writeHandover().then(
    (path) => say(controller, `Handover brief: ${path}`),
    (error: unknown) => say(controller, `No handover brief: ${failureDetail(error, "handover").why}`, "bad"),
  );
}
