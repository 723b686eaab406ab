import { seg } from "../../panes/line.ts";
import type { Controller } from "../controller.ts";
import { areaRows, editArea, pasteIntoArea, type TextArea, textAreaOf, textOf } from "../text-area.ts";
import { replaceTop } from "../ui.ts";
import { closeDialog, type Dialog } from "./dialog.ts";

export interface ComposeInput {
  title: string;
  text: string;
  /** Takes the changed text; the dialog is closed then. */
  done(text: string, controller: Controller): void;
}

/** A text of several lines to change. Tab takes it, Esc goes back to the text as it was; neither sends anything. */
export function composeDialog(input: ComposeInput, area: TextArea = textAreaOf(input.text), scroll = 0): Dialog {
  const put = (controller: Controller, next: TextArea) => {
    const drawn = composeDialog(input, next, controller.topDialog()?.scroll ?? 0);
    const { visible, width } = controller.dialogExtent(drawn);
    const { cursorRow } = areaRows(next, width, controller.theme);
    const top = Math.min(cursorRow, Math.max(drawn.scroll, cursorRow - Math.max(1, visible) + 1));
    replaceTop(controller.ui, { ...drawn, scroll: top });
  };
  return {
    kind: "compose",
    title: input.title,
    tone: "normal",
    scroll,
    hints: [
      { command: "input.next", label: "take this text" },
      { command: "input.close", label: "leave it as it was" },
    ],
    content: ({ width, theme }) => ({
      head: [],
      rows: areaRows(area, width, theme).rows,
      foot: [
        [],
        [
          seg("Tab", "key"),
          seg(" takes this text, nothing is sent by it.  "),
          seg("Esc", "key"),
          seg(" leaves it as it was."),
        ],
      ],
    }),
    key(key, controller) {
      const command = controller.commandOf("input", key);
      if (command === "close") return closeDialog(controller);
      if (command === "next") {
        closeDialog(controller);
        return input.done(textOf(area), controller);
      }
      const edited = editArea(area, key);
      if (edited) put(controller, edited);
    },
    paste: (text, controller) => put(controller, pasteIntoArea(area, text)),
  };
}
