import type { Binding } from "./binding.ts";
import type { Controller } from "./controller.ts";
import { attempt } from "./flows.ts";
import { cursorLine, settleLog, toMatch } from "./log-motion.ts";
import { say } from "./messages.ts";

function pin(controller: Controller): void {
  const line = cursorLine(controller);
  if (!line) {
    say(controller, "The log is moving: pause it with Space, choose a line with j and k, then pin.", "warn");
    return;
  }
  attempt(controller, "pinning the log line", controller.incident.pin(line), "Pinned to the timeline.");
}

function toggle(controller: Controller, what: "wrap" | "timestamps"): void {
  const { logs } = controller.ui.getState();
  controller.ui.setState({ logs: { ...logs, [what]: !logs[what] } });
  settleLog(controller);
}

const searching = (controller: Controller) => controller.ui.getState().logs.search !== "";

/** Commands of the log pane. */
export const LOG_BINDINGS: readonly Binding[] = [
  {
    id: "logs.next-match",
    context: "logs",
    keys: ["n"],
    description: "Next match (while a search is on)",
    footer: { label: "next", order: 1.5 },
    active: searching,
    run: (controller) => toMatch(controller, 1),
  },
  {
    id: "logs.previous-match",
    context: "logs",
    keys: ["N"],
    description: "Previous match (while a search is on)",
    active: searching,
    run: (controller) => toMatch(controller, -1),
  },
  {
    id: "logs.pin",
    context: "logs",
    keys: ["p"],
    description: "Pin the line under the cursor to the timeline",
    footer: { label: "pin", order: 7.5 },
    run: pin,
  },
  {
    id: "logs.wrap",
    context: "logs",
    keys: ["w"],
    description: "Wrap long lines, or cut them",
    footer: { label: "wrap", order: 13 },
    run: (controller) => toggle(controller, "wrap"),
  },
  {
    id: "logs.timestamps",
    context: "logs",
    keys: ["t"],
    description: "Times and short lines, or the lines as they were written",
    run: (controller) => toggle(controller, "timestamps"),
  },
];
