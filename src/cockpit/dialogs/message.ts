import type { PreparedAction } from "../../incident/contract.ts";
import { paragraph, type Row, seg } from "../../panes/line.ts";
import type { Controller } from "../controller.ts";
import { say } from "../messages.ts";
import { closeDialog, type Dialog, type DialogContext, scrollBy } from "./dialog.ts";

/** What a key of the dialog does; each closes it first where that is right. */
export interface MessageChoices {
  send(controller: Controller): void;
  edit(controller: Controller): void;
  copy(controller: Controller): void;
  /** Not sent on purpose; for an escalation: declined. */
  skip(controller: Controller): void;
  /** Done without the message: told on the telephone, acknowledged. Left out: not offered. */
  byHand?: { label: string; run(controller: Controller): void };
  /** What `n` does, in a word. */
  skipLabel: string;
  /** Set while the words are kept ones: writes the draft anew. */
  redraft?(controller: Controller): void;
  /** Why it is due, whom it reaches: above the text. */
  about: string[];
}

/**
 * A message before it goes out: to whom, the words, and one key for each thing to do with it. `y` sends; Esc puts it aside, with its
 * words, and sends nothing.
 */
export function messageDialog(prepared: PreparedAction, choices: MessageChoices): Dialog {
  const text = prepared.plan.message?.text ?? "";
  const { byHand } = choices;
  return {
    kind: "message",
    title: prepared.plan.title,
    tone: "normal",
    scroll: 0,
    hints: [
      ...(prepared.refusedReason ? [] : [{ command: "dialog.confirm", label: "send" }]),
      { command: "dialog.edit", label: "edit" },
      { command: "dialog.copy-lines", label: "copy" },
      { command: "dialog.decline", label: choices.skipLabel },
      ...(byHand ? [{ command: "dialog.by-hand", label: byHand.label }] : []),
      ...(choices.redraft ? [{ command: "dialog.again", label: "write it anew" }] : []),
      { command: "dialog.close", label: "later" },
    ],
    content: (context) => ({
      head: headRows(prepared, choices, context),
      rows: text.split("\n").flatMap((line) => (line === "" ? [[]] : paragraph([], line, context.width))),
      foot: footRows(prepared, choices, context),
    }),
    key(key, controller) {
      switch (controller.commandOf("dialog", key)) {
        case "confirm":
          if (prepared.refusedReason) return say(controller, `Not sent: ${prepared.refusedReason}`, "warn");
          return choices.send(controller);
        case "edit":
          return choices.edit(controller);
        case "copy-lines":
          return choices.copy(controller);
        case "decline":
          return choices.skip(controller);
        case "by-hand":
          return byHand?.run(controller);
        case "again":
          return choices.redraft?.(controller);
        case "choose":
          return say(controller, "Enter does not send: press y to send this text, Esc to put it aside.", "warn");
        case "close":
          return closeDialog(controller);
      }
      const top = controller.topDialog();
      if (top) scrollBy(top, controller.commandOf("dialog", key), controller);
    },
  };
}

function headRows(prepared: PreparedAction, { about }: MessageChoices, { width, theme }: DialogContext): Row[] {
  const warnings = prepared.checks.filter(({ status }) => status === "warn" || status === "unknown");
  return [
    ...about.flatMap((line) => paragraph([], line, width, "warn")),
    ...paragraph([seg("To: ", "muted")], prepared.facts.to ?? "", width, "strong"),
    ...warnings.flatMap(({ label, detail }) =>
      paragraph([seg(`${theme.glyphs.warn} ${label}: `, "warn")], detail, width, "warn"),
    ),
    [],
  ];
}

function footRows(prepared: PreparedAction, choices: MessageChoices, { width, theme }: DialogContext): Row[] {
  const key = (name: string, label: string): Row => [seg(name, "key"), seg(` ${label}   `)];
  const { refusedReason } = prepared;
  return [
    [],
    ...(refusedReason
      ? paragraph([seg(`${theme.glyphs.bad} Cannot be sent: `, "bad")], refusedReason, width, "bad")
      : []),
    [
      ...(refusedReason ? [] : key("y", "sends it")),
      ...key("e", "edits it"),
      ...key("c", "copies it"),
      ...key("n", choices.skipLabel),
      ...(choices.byHand ? key("d", choices.byHand.label) : []),
      ...(choices.redraft ? key("r", "writes it anew") : []),
    ],
  ];
}
