import { sanitizeLine } from "../../base/text.ts";
import type { Question } from "../../incident/question-screen.ts";
import { paragraph, seg } from "../../panes/line.ts";
import type { Controller } from "../controller.ts";
import { editKey, editorOf, editorRow, insertText } from "../editor.ts";
import { replaceTop } from "../ui.ts";
import { closeDialog, type Dialog } from "./dialog.ts";

/**
 * A question that something below the screen waits for (an MFA code). A masked answer is only in this closure until it is given:
 * not in the store, not on the screen, and gone once it was answered.
 */
export function questionDialog(request: Question): Dialog {
  let typed = editorOf();
  const redraw = (controller: Controller) => replaceTop(controller.ui, { ...dialog });
  const dialog: Dialog = {
    kind: "question",
    title: "Asked of you",
    tone: "normal",
    scroll: 0,
    hints: [
      { command: "input.submit", label: "answer" },
      { command: "input.close", label: "cancel" },
    ],
    content: ({ width, theme }) => {
      const shown = request.masked ? editorOf("*".repeat(typed.text.length)) : typed;
      return {
        head: [],
        rows: [...paragraph([], sanitizeLine(request.label), width), []],
        foot: [[seg("> ", "accent"), ...editorRow(shown, width - 2, true, theme)]],
      };
    },
    key(key, controller) {
      const command = controller.commandOf("input", key);
      if (command === "close") {
        typed = editorOf();
        closeDialog(controller);
        request.cancel();
        return;
      }
      if (command === "submit") {
        const { text } = typed;
        if (text.trim() === "") return;
        typed = editorOf();
        closeDialog(controller);
        request.answer(text.trim());
        return;
      }
      const edited = editKey(typed, key);
      if (!edited) return;
      typed = edited;
      redraw(controller);
    },
    paste(text, controller) {
      typed = insertText(typed, text);
      redraw(controller);
    },
    dismissed() {
      typed = editorOf();
      request.cancel();
    },
  };
  return dialog;
}
