import type { Controller } from "./controller.ts";
import { editorOf } from "./editor.ts";
import { settleLog, toMatch } from "./log-motion.ts";

/** Asks what to search in the log, and goes to the newest match. */
export function askSearch(controller: Controller): void {
  controller.ui.setState({
    focus: "logs",
    prompt: {
      label: "search /",
      editor: editorOf(),
      apply(text) {
        const { logs } = controller.ui.getState();
        controller.ui.setState({ logs: { ...logs, search: text } });
        if (text !== "") toMatch(controller, -1, true);
      },
    },
  });
}

/** Asks which text the log lines must contain. */
export function askFilter(controller: Controller): void {
  controller.ui.setState({
    focus: "logs",
    prompt: {
      label: "filter &",
      editor: editorOf(controller.ui.getState().logs.filter),
      apply(text) {
        const { logs } = controller.ui.getState();
        controller.ui.setState({ logs: { ...logs, filter: text } });
        settleLog(controller);
      },
    },
  });
}
