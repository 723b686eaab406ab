import type { FailureDetail } from "../../base/failure.ts";
import { failureRows } from "../../panes/freshness.ts";
import { type Row, SPINNER, seg } from "../../panes/line.ts";
import type { Controller } from "../controller.ts";
import { closeDialog, type Dialog, type DialogContext, scrollBy } from "./dialog.ts";

/**
 * A text to read: help, a failure, notices. `rows` is asked at every drawing. `closed` runs once it was read; `chosen` is what Enter
 * goes on to, else it closes.
 */
export function textDialog(input: {
  kind: string;
  title: string;
  tone?: Dialog["tone"];
  rows: (context: DialogContext) => Row[];
  closed?: () => void;
  chosen?: { label: string; run(controller: Controller): void };
}): Dialog {
  const dialog: Dialog = {
    kind: input.kind,
    title: input.title,
    tone: input.tone ?? "normal",
    scroll: 0,
    hints: [
      ...(input.chosen ? [{ command: "dialog.choose", label: input.chosen.label }] : []),
      { command: "dialog.down", label: "scroll" },
      { command: "dialog.close", label: "close" },
    ],
    content: (context) => ({ head: [], rows: input.rows(context), foot: [] }),
    key(key, controller) {
      const command = controller.commandOf("dialog", key);
      if (command === "close" || command === "choose") {
        closeDialog(controller);
        input.closed?.();
        if (command === "choose") input.chosen?.run(controller);
        return;
      }
      const top = controller.topDialog();
      if (top) scrollBy(top, command, controller);
    },
  };
  return dialog;
}

/** What failed, why, what to do next. */
export function failureDialog(failure: FailureDetail): Dialog {
  return textDialog({
    kind: "failure",
    title: failure.kind === "refused" ? "Refused" : "That did not work",
    tone: "danger",
    rows: (context) => [
      ...failureRows(failure, context),
      ...(failure.requestId ? [[seg(`  request id ${failure.requestId}`, "muted")]] : []),
    ],
  });
}

/** Shown while something is being read; Esc goes back without waiting for it. */
export function busyDialog(title: string, text: string, abandoned?: () => void): Dialog {
  return {
    kind: "busy",
    title,
    tone: "normal",
    scroll: 0,
    hints: abandoned ? [{ command: "dialog.close", label: "cancel" }] : [],
    content: () => ({ head: [], rows: [[SPINNER, seg(` ${text}`)]], foot: [] }),
    key(key, controller) {
      if (!abandoned || controller.commandOf("dialog", key) !== "close") return;
      closeDialog(controller);
      abandoned();
    },
  };
}
