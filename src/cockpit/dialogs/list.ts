import { displayWidth } from "../../base/text.ts";
import { paragraph, type Row, seg } from "../../panes/line.ts";
import type { Controller } from "../controller.ts";
import { type Editor, editKey, editorOf, editorRow, insertText } from "../editor.ts";
import { fuzzyFilter } from "../fuzzy.ts";
import { say } from "../messages.ts";
import { replaceTop } from "../ui.ts";
import { closeDialog, type Dialog, type DialogContext, type ListItem } from "./dialog.ts";

export interface ListInput {
  kind: string;
  title: string;
  tone?: Dialog["tone"];
  /** Above the list. */
  intro?: (context: DialogContext) => Row[];
  items: ListItem[];
  /** The hint of an item at the moment that is drawn, where it changes with time: a countdown must not stand still. */
  hintAt?: (item: ListItem, nowMs: number) => string;
  /** Said instead of an empty list. */
  empty: string;
  /** A text field above the list that narrows it, by label or by id: messages and documents name actions by their ids. */
  searchable: boolean;
  /** What Enter does, in one word, for the footer. */
  verb: string;
  choose(item: ListItem, controller: Controller): void;
  /** What more keys do here, for the footer. */
  moreHints?: Dialog["hints"];
  /** More keys of this list; returns whether the key was one. */
  extra?: (key: string, item: ListItem | undefined, controller: Controller) => boolean;
}

/** What the query means: a name such as `recover-table`, or its beginning, comes before labels that only have the same letters. */
function found(items: readonly ListItem[], query: string): ListItem[] {
  const name = query.trim().toLowerCase();
  if (name === "") return [...items];
  const nameOf = ({ id }: ListItem) => /[^\s:]*$/.exec(id)?.[0] ?? "";
  const named = items.filter((item) => nameOf(item).includes(name));
  const begun = name.length > 2 ? named.filter((item) => nameOf(item).startsWith(name)) : [];
  const labelled = fuzzyFilter(items, query, ({ label }) => label);
  return [...new Set([...begun, ...(name.includes("-") ? named : []), ...labelled, ...named])];
}

/** A list to choose from. The default is the first item; Enter chooses, Esc goes back. Disabled items say why. */
export function listDialog(input: ListInput, index = 0, query: Editor = editorOf()): Dialog {
  const items = input.searchable ? found(input.items, query.text) : input.items;
  const at = Math.max(0, Math.min(index, items.length - 1));
  const selected = items[at];
  const context = input.searchable ? "input" : "dialog";
  const move = (controller: Controller, next: number) => {
    const count = items.length;
    if (count > 0) replaceTop(controller.ui, listDialog(input, ((next % count) + count) % count, query));
  };
  return {
    kind: input.kind,
    title: input.title,
    tone: input.tone ?? "normal",
    scroll: 0,
    hints: [
      { command: `${context}.down`, label: "move" },
      { command: `${context}.${context === "input" ? "submit" : "choose"}`, label: input.verb },
      ...(input.moreHints ?? []),
      { command: `${context}.close`, label: "back" },
    ],
    content(drawn) {
      const { hintAt } = input;
      const asked: Row[] = input.searchable
        ? [[seg(": ", "accent"), ...editorRow(query, drawn.width - 2, true, drawn.theme)], []]
        : [];
      return {
        head: [...(input.intro?.(drawn) ?? []), ...asked],
        list: {
          items: hintAt ? items.map((item) => ({ ...item, hint: hintAt(item, drawn.nowMs) })) : items,
          index: at,
        },
        rows: items.length === 0 ? [[seg(input.empty, "muted")]] : detailRows(selected, drawn),
        foot: [],
      };
    },
    key(key, controller) {
      if (input.extra?.(key, selected, controller)) return;
      switch (controller.commandOf(context, key)) {
        case "up":
          return move(controller, at - 1);
        case "down":
        case "next":
          return move(controller, at + 1);
        case "page-up":
        case "top":
          return move(controller, 0);
        case "page-down":
        case "end":
          return move(controller, items.length - 1);
        case "close":
          return closeDialog(controller);
        case "choose":
        case "submit":
          return choose(selected, controller);
      }
      const edited = input.searchable ? editKey(query, key) : undefined;
      if (edited) replaceTop(controller.ui, listDialog(input, 0, edited));
    },
    paste: input.searchable
      ? (text, controller) => replaceTop(controller.ui, listDialog(input, 0, insertText(query, text)))
      : undefined,
  };

  function choose(item: ListItem | undefined, controller: Controller): void {
    if (!item) return;
    if (item.disabledReason) say(controller, `${item.label}: ${item.disabledReason}`, "warn");
    else input.choose(item, controller);
  }
}

/** Columns of the mark before an item, and between it and its hint. */
const MARK_COLUMNS = 2;
const HINT_GAP = 1;

function isCut({ label, hint }: ListItem, width: number): boolean {
  const hintColumns = hint ? displayWidth(hint) + HINT_GAP : 0;
  return MARK_COLUMNS + displayWidth(label) + hintColumns > width;
}

function detailRows(item: ListItem | undefined, context: DialogContext): Row[] {
  if (!item) return [];
  const { glyphs } = context.theme;
  return [
    [],
    // The list cuts what does not fit; what is chosen must be readable to its end.
    ...(item.detail && isCut(item, context.width) ? paragraph([], item.label, context.width, "strong") : []),
    ...(item.disabledReason
      ? paragraph([seg(`${glyphs.bad} not now: `, "warn")], item.disabledReason, context.width)
      : []),
    ...(item.detail ? item.detail.split("\n").flatMap((text) => paragraph([], text, context.width, "muted")) : []),
  ];
}
