import type { EvidenceChoice } from "../../actions/contract.ts";
import type { Confirmation, PreparedAction } from "../../incident/contract.ts";
import { paragraph, type Row, seg } from "../../panes/line.ts";
import type { Theme } from "../../panes/theme.ts";
import type { Controller } from "../controller.ts";
import { type Editor, editKey, editorOf, editorRow, insertText } from "../editor.ts";
import { say } from "../messages.ts";
import { replaceTop } from "../ui.ts";
import { closeDialog, type Dialog, type DialogContext, scrollBy } from "./dialog.ts";
import { planLines, planRows } from "./plan-rows.ts";

interface PlanData {
  prepared: PreparedAction;
  inputs: Editor[];
  /** The field that has the keys; behind the last one stands the choice about evidence. */
  index: number;
  /** Why the last attempt to confirm was not enough. */
  error: string;
  /** @param prepared the plan as it stands, with the choice about evidence in it. */
  confirmed(confirmation: Confirmation, prepared: PreparedAction, controller: Controller): void;
}

/**
 * The plan before it runs. Enter and Esc alone never confirm: by tier, `y`, the resource's name typed in full, or the name
 * and the account. Until then the default is to go back. A plan that destroys something collects that first, unless it is skipped
 * here.
 */
export function planDialog(prepared: PreparedAction, confirmed: PlanData["confirmed"]): Dialog {
  const count = { none: 0, yes: 0, name: 1, "name-and-account": 2 }[prepared.plan.tier];
  return draw({ prepared, inputs: Array.from({ length: count }, () => editorOf()), index: 0, error: "", confirmed }, 0);
}

function labels(prepared: PreparedAction): string[] {
  const without = prepared.evidence?.choice === "skip" ? " WITHOUT evidence" : "";
  return [`Type the name ${prepared.plan.resourceName} to confirm${without}`, "Type the account id to confirm"];
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
      head: [...paragraph([], prepared.plan.title, drawn.width, "strong"), []],
      rows: planRows(prepared, drawn),
      foot: [[], ...footRows(data, drawn)],
    }),
    key(key, controller) {
      const command = controller.commandOf(context, key);
      if (command === "close") return closeDialog(controller);
      if (!typing) return withoutTyping(command, controller);
      if (command === "submit") return submit(controller);
      const fields = inputs.length + (prepared.evidence ? 1 : 0);
      if (command === "next") return update(controller, { index: (index + 1) % fields });
      if (command === "previous") return update(controller, { index: (index + fields - 1) % fields });
      const top = controller.topDialog();
      if (top && scrollBy(top, command, controller)) return;
      if (index === inputs.length) {
        if (["left", "right", "space"].includes(key)) chooseEvidence(controller);
        return;
      }
      const edited = editKey(inputs[index] ?? editorOf(), key);
      if (edited) update(controller, { inputs: inputs.map((old, at) => (at === index ? edited : old)) });
    },
    paste(text, controller) {
      if (!typing || index === inputs.length) return;
      update(controller, { inputs: inputs.map((old, at) => (at === index ? insertText(old, text) : old)) });
    },
  };

  function chooseEvidence(controller: Controller): void {
    const choice = prepared.evidence?.choice === "skip" ? "collect" : "skip";
    update(controller, { prepared: controller.incident.chooseEvidence(prepared, choice) });
  }

  function withoutTyping(command: string | undefined, controller: Controller): void {
    if (command === "copy-lines") {
      controller.copy(planLines(prepared).join("\n"), "the plan's aws lines");
      return;
    }
    if (command === "evidence" && prepared.evidence) {
      chooseEvidence(controller);
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
    else data.confirmed(confirmation, prepared, controller);
  }
}

function hints(prepared: PreparedAction, typing: boolean): Dialog["hints"] {
  if (typing) {
    return [
      { command: "input.submit", label: "confirm once it is typed" },
      { command: "input.close", label: "cancel" },
      ...(prepared.evidence ? [{ command: "input.next", label: "evidence" }] : []),
      { command: "input.page-down", label: "scroll" },
    ];
  }
  return [
    ...(prepared.refusedReason ? [] : [{ command: "dialog.confirm", label: "run it" }]),
    { command: "dialog.close", label: "cancel" },
    ...(prepared.evidence ? [{ command: "dialog.evidence", label: "evidence" }] : []),
    { command: "dialog.down", label: "scroll" },
    { command: "dialog.copy-lines", label: "copy the aws lines" },
  ];
}

function footRows(data: PlanData, { width, theme }: DialogContext): Row[] {
  const { prepared, inputs, index } = data;
  if (prepared.refusedReason)
    return paragraph([seg(`${theme.glyphs.bad} Refused: `, "bad")], prepared.refusedReason, width, "bad");
  const error = data.error ? paragraph([seg(`${theme.glyphs.bad} `, "bad")], data.error, width, "bad") : [];
  const evidence = evidenceRows(data, theme);
  if (inputs.length === 0) {
    const runs = prepared.evidence?.choice === "skip" ? " runs it WITHOUT evidence, " : " runs it, ";
    const last = seg(" goes back. Nothing has been changed yet.");
    return [...evidence, [seg("y", "key"), seg(runs), seg("Esc", "key"), last], ...error];
  }
  const fields = inputs.map((input, at): Row => {
    const label = `${labels(prepared)[at]}: `;
    return [
      seg(at === index ? `${theme.glyphs.pointer} ` : "  ", "accent"),
      seg(label),
      ...editorRow(input, Math.max(8, width - label.length - 3), at === index, theme),
    ];
  });
  return [...evidence, ...fields, ...error];
}

/** Whether evidence is collected first; and how to change that: Tab and an arrow where letters are text, else a key. */
function evidenceRows({ prepared, inputs, index }: PlanData, theme: Theme): Row[] {
  const { evidence } = prepared;
  if (!evidence) return [];
  const focused = inputs.length > 0 && index === inputs.length;
  const option = (choice: EvidenceChoice, words: string) =>
    choice === evidence.choice
      ? seg(`[${words}]`, focused ? "selected" : choice === "skip" ? "warn" : "strong")
      : seg(` ${words} `, "muted");
  const row: Row = [
    seg(focused ? `${theme.glyphs.pointer} ` : "  ", "accent"),
    seg("Evidence: "),
    option("collect", "collect first"),
    seg(" "),
    option("skip", "SKIP"),
    seg("  "),
  ];
  const count = evidence.loses.length;
  const lost = `lost for good: ${count} ${count === 1 ? "thing" : "things"}, see above`;
  if (evidence.choice === "skip") return [[...row, seg(lost, "warn")]];
  return [[...row, ...(inputs.length === 0 ? [seg("E", "key")] : [seg("Tab", "key"), seg(" and an arrow", "muted")])]];
}
