import type { ActionField, ActionSummary } from "../../incident/contract.ts";
import { paragraph, type Row, seg } from "../../panes/line.ts";
import type { Theme } from "../../panes/theme.ts";
import type { Controller } from "../controller.ts";
import { type Editor, editKey, editorOf, editorRow, insertText } from "../editor.ts";
import { replaceTop } from "../ui.ts";
import { closeDialog, type Dialog } from "./dialog.ts";

/** What a form asks for: an action's parameters, or what a diagnosis can be told. */
export type Form = Pick<ActionSummary, "title" | "description" | "fields">;

interface FormData {
  action: Form;
  values: Editor[];
  index: number;
  error: string;
  submit(values: Record<string, string>, controller: Controller): void;
}

/** Asks for an action's parameters, one line each; Enter on the last one goes on. Nothing is sent by this. */
export function formDialog(action: Form, submit: FormData["submit"]): Dialog {
  const values = action.fields.map((field) =>
    editorOf(field.default ?? (field.required ? (field.choices?.[0] ?? "") : "")),
  );
  return draw({ action, values, index: 0, error: "", submit });
}

function draw(data: FormData): Dialog {
  const { action, values, index } = data;
  const field = action.fields[index];
  const update = (controller: Controller, change: Partial<FormData>) =>
    replaceTop(controller.ui, draw({ ...data, error: "", ...change }));
  const setValue = (controller: Controller, value: Editor) =>
    update(controller, { values: values.map((old, at) => (at === index ? value : old)) });
  return {
    kind: "form",
    title: action.title,
    tone: "normal",
    scroll: 0,
    hints: [
      ...(action.fields.length > 1 ? [{ command: "input.next", label: "next field" }] : []),
      ...(field?.choices ? [{ command: "input.right", label: "other choice" }] : []),
      { command: "input.submit", label: index < action.fields.length - 1 ? "next" : "go on" },
      { command: "input.close", label: "cancel" },
    ],
    content({ width, theme }) {
      const fields = action.fields.map((item, at) =>
        fieldRows(item, values[at] ?? editorOf(), at === index, width, theme),
      );
      const first = fields.slice(0, index).reduce((sum, rows) => sum + rows.length, 0);
      return {
        head: paragraph([], action.description, width, "muted"),
        rows: fields.flat(),
        keep: { first, last: first + (fields[index]?.length ?? 1) - 1 },
        foot: data.error ? [[seg(data.error, "bad")]] : [],
      };
    },
    key(key, controller) {
      const last = action.fields.length - 1;
      switch (controller.commandOf("input", key)) {
        case "close":
          return closeDialog(controller);
        case "next":
        case "down":
          return update(controller, { index: index === last ? 0 : index + 1 });
        case "previous":
        case "up":
          return update(controller, { index: index === 0 ? last : index - 1 });
        case "submit":
          return index < last ? update(controller, { index: index + 1 }) : finish(controller);
      }
      const current = values[index] ?? editorOf();
      if (field?.choices) {
        const next = chosen(field, current.text, key);
        if (next !== undefined) setValue(controller, editorOf(next));
        return;
      }
      const edited = editKey(current, key);
      if (edited) setValue(controller, edited);
    },
    paste(text, controller) {
      if (!field?.choices) setValue(controller, insertText(values[index] ?? editorOf(), text));
    },
  };

  function finish(controller: Controller): void {
    const missing = action.fields.findIndex((item, at) => item.required && (values[at]?.text.trim() ?? "") === "");
    if (missing !== -1) {
      update(controller, { index: missing, error: `${action.fields[missing]?.label ?? ""} is needed.` });
      return;
    }
    data.submit(Object.fromEntries(action.fields.map((item, at) => [item.name, values[at]?.text ?? ""])), controller);
  }
}

/** The choice after a key: left, right and space go round; a letter or digit takes the next choice that has it first or last. */
function chosen(field: ActionField, current: string, key: string): string | undefined {
  const choices = field.choices ?? [];
  const at = choices.indexOf(current);
  if (key === "right" || key === "space") return choices[(at + 1) % choices.length];
  if (key === "left") return choices[(at - 1 + choices.length) % choices.length];
  const wanted = key.toLowerCase();
  return (
    choices.find((choice) => choice.toLowerCase().startsWith(wanted)) ??
    choices.find((choice) => choice.toLowerCase().endsWith(wanted))
  );
}

function fieldRows(field: ActionField, value: Editor, focused: boolean, width: number, theme: Theme): Row[] {
  const { glyphs } = theme;
  const mark = focused ? seg(`${glyphs.pointer} `, "accent") : seg("  ");
  const optional = field.required ? "" : " (optional)";
  const label: Row = [mark, seg(field.label, focused ? "strong" : "text"), seg(optional, "muted")];
  const shown: Row = field.choices
    ? [
        seg("    "),
        ...field.choices.flatMap((choice) => [
          seg(
            choice === value.text ? `[${choice}]` : ` ${choice} `,
            choice === value.text ? (focused ? "selected" : "strong") : "muted",
          ),
          seg(" "),
        ]),
      ]
    : [seg("    "), ...editorRow(value, width - 6, focused, theme)];
  const help = field.description ? paragraph([seg("    ")], field.description, width, "muted") : [];
  return [[], label, shown, ...help];
}
