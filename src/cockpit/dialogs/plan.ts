import type { Confirmation, PreparedAction } from "../../incident/contract.ts";
import { paragraph, type Row, seg } from "../../panes/line.ts";
import type { Controller } from "../controller.ts";
import { type Editor, editKey, editorOf, editorRow, insertText } from "../editor.ts";
import { say } from "../messages.ts";
import { replaceTop } from "../ui.ts";
import { closeDialog, type Dialog, type DialogContext, scrollBy } from "./dialog.ts";
import { planLines, planRows } from "./plan-rows.ts";

interface PlanData {
  prepared: PreparedAction;
  inputs: Editor[];
  index: number;
  /** Why the last attempt to confirm was not enough. */
  error: string;
  confirmed(confirmation: Confirmation, controller: Controller): void;
}

/**
 * The plan before it runs. Enter and Esc alone never confirm: by tier, `y`, the resource's name typed in full, or the name
 * and the account. Until then the default is to go back.
 */
export function planDialog(prepared: PreparedAction, confirmed: PlanData["confirmed"]): Dialog {
  const count = { none: 0, yes: 0, name: 1, "name-and-account": 2 }[prepared.plan.tier];
  return draw({ prepared, inputs: Array.from({ length: count }, () => editorOf()), index: 0, error: "", confirmed }, 0);
}

function labels(prepared: PreparedAction): string[] {
  return [`Type the name ${prepared.plan.resourceName} to confirm`, "Type the account id to confirm"];
}

function draw(data: PlanData, scroll: number): Dialog {
  const { prepared, inputs, index } = data;
  const typing = inputs.length > 0 && !prepared.refusedReason;
  const context = typing ? "input" : "dialog";
  const update = (controller: Controller, change: Partial<PlanData>) =>
    replaceTop(controller.ui, draw({ ...data, error: "", ...change }, controller.topDialog()?.scroll ?? scroll));
  return {
    kind: "plan",
    title: prepared.plan.undoes ? "Undo: read the plan" : "Read the plan",
    tone: prepared.plan.tier === "none" || prepared.plan.tier === "yes" ? "normal" : "danger",
    scroll,
    hints: hints(prepared, typing),
    content: (drawn) => ({
      head: [[seg(prepared.plan.title, "strong")], []],
      rows: planRows(prepared, drawn),
      foot: [[], ...footRows(data, drawn)],
    }),
    key(key, controller) {
      const command = controller.commandOf(context, key);
      if (command === "close") return closeDialog(controller);
      if (!typing) return withoutTyping(command, controller);
      if (command === "submit") return submit(controller);
      if (command === "next" || command === "previous")
        return update(controller, { index: (index + 1) % inputs.length });
      const top = controller.topDialog();
      if (top && scrollBy(top, command, controller)) return;
      const edited = editKey(inputs[index] ?? editorOf(), key);
      if (edited) update(controller, { inputs: inputs.map((old, at) => (at === index ? edited : old)) });
    },
    paste(text, controller) {
      if (!typing) return;
      update(controller, { inputs: inputs.map((old, at) => (at === index ? insertText(old, text) : old)) });
    },
  };

  function withoutTyping(command: string | undefined, controller: Controller): void {
    if (command === "copy-lines") {
      controller.copy(planLines(prepared).join("\n"), "the plan's aws lines");
      return;
    }
    if (prepared.refusedReason) {
      if (command === "confirm") {
        say(controller, `Refused: ${prepared.refusedReason}`, "warn");
        return;
      }
    } else if (command === "confirm") {
      accept({ yes: true }, controller);
      return;
    } else if (command === "choose") {
      say(controller, "Enter does not confirm: press y to run this plan, Esc to go back.", "warn");
      return;
    }
    const top = controller.topDialog();
    if (top) scrollBy(top, command, controller);
  }

  function submit(controller: Controller): void {
    const missing = inputs.findIndex((input) => input.text === "");
    if (missing !== -1) {
      const what = `${labels(prepared)[missing]}; Esc goes back.`;
      update(controller, { index: missing, error: missing === index ? what : "" });
      return;
    }
    accept({ typedName: inputs[0]?.text, ...(inputs.length > 1 ? { typedAccount: inputs[1]?.text } : {}) }, controller);
  }

  function accept(confirmation: Confirmation, controller: Controller): void {
    const problem = controller.incident.checkConfirmation(prepared.plan, confirmation);
    if (problem) update(controller, { error: problem });
    else data.confirmed(confirmation, controller);
  }
}

function hints(prepared: PreparedAction, typing: boolean): Dialog["hints"] {
  if (typing) {
    return [
      { command: "input.submit", label: "confirm once the name is typed" },
      { command: "input.close", label: "cancel" },
      { command: "input.page-down", label: "scroll" },
    ];
  }
  return [
    ...(prepared.refusedReason ? [] : [{ command: "dialog.confirm", label: "run it" }]),
    { command: "dialog.close", label: "cancel" },
    { command: "dialog.down", label: "scroll" },
    { command: "dialog.copy-lines", label: "copy the aws lines" },
  ];
}

function footRows(data: PlanData, { width, theme }: DialogContext): Row[] {
  const { prepared, inputs, index } = data;
  if (prepared.refusedReason)
    return paragraph([seg(`${theme.glyphs.bad} Refused: `, "bad")], prepared.refusedReason, width, "bad");
  const error = data.error ? paragraph([seg(`${theme.glyphs.bad} `, "bad")], data.error, width, "bad") : [];
  if (inputs.length === 0)
    return [
      [seg("y", "key"), seg(" runs it, "), seg("Esc", "key"), seg(" goes back. Nothing has been changed yet.")],
      ...error,
    ];
  const fields = inputs.map((input, at): Row => {
    const label = `${labels(prepared)[at]}: `;
    return [
      seg(at === index ? `${theme.glyphs.pointer} ` : "  ", "accent"),
      seg(label),
      ...editorRow(input, Math.max(8, width - label.length - 3), at === index, theme),
    ];
  });
  return [...fields, ...error];
}
