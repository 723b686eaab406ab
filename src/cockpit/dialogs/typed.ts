import { paragraph, seg } from "../../panes/line.ts";
import type { Controller } from "../controller.ts";
import { type Editor, editKey, editorOf, editorRow, insertText } from "../editor.ts";
import { replaceTop } from "../ui.ts";
import { closeDialog, type Dialog } from "./dialog.ts";

interface TypedInput {
  kind: string;
  title: string;
  /** What it means to go on, a paragraph each. */
  texts: string[];
  /** Has to be typed in full; Enter alone does nothing. */
  expected: string;
  confirmed(controller: Controller): void;
}

/** Asks for a phrase to be typed before something that is not a plan but must not happen by accident. */
export function typedDialog(input: TypedInput, editor: Editor = editorOf(), error = ""): Dialog {
  const put = (controller: Controller, next: Editor, problem = "") =>
    replaceTop(controller.ui, typedDialog(input, next, problem));
  return {
    kind: input.kind,
    title: input.title,
    tone: "danger",
    scroll: 0,
    hints: [
      { command: "input.submit", label: "confirm once it is typed" },
      { command: "input.close", label: "cancel" },
    ],
    content: ({ width, theme }) => ({
      head: [],
      rows: input.texts.flatMap((text) => paragraph([], text, width)),
      foot: [
        [],
        [
          seg(`Type "${input.expected}": `),
          ...editorRow(editor, Math.max(8, width - input.expected.length - 10), true, theme),
        ],
        ...(error ? [[seg(error, "bad")]] : []),
      ],
    }),
    key(key, controller) {
      const command = controller.commandOf("input", key);
      if (command === "close") {
        closeDialog(controller);
        return;
      }
      if (command === "submit") {
        if (editor.text === input.expected) {
          closeDialog(controller);
          input.confirmed(controller);
        } else put(controller, editor, "That is not it: nothing was done.");
        return;
      }
      const edited = editKey(editor, key);
      if (edited) put(controller, edited);
    },
    paste: (text, controller) => put(controller, insertText(editor, text)),
  };
}
