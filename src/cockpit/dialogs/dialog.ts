import type { TimeZone } from "../../base/duration.ts";
import { clampTop } from "../../panes/frame.ts";
import type { Row } from "../../panes/line.ts";
import type { Theme } from "../../panes/theme.ts";
import type { CockpitState } from "../../state/store.ts";
import type { Controller } from "../controller.ts";
import type { KeyName } from "../keys.ts";
import { replaceTop } from "../ui.ts";

/** What a dialog is drawn with. `width` is that inside its frame. */
export interface DialogContext {
  state: CockpitState;
  width: number;
  /** Domain time, ms since the epoch. */
  nowMs: number;
  theme: Theme;
  /** In which times of day are drawn. */
  zone: TimeZone;
}

/** A line of a list that one can be chosen from. */
export interface ListItem {
  /** Unique in its list. */
  id: string;
  label: string;
  /** At the right end of the line. */
  hint?: string;
  /** Below the list while the item is selected. */
  detail: string;
  /** Set: it can be looked at but not chosen, and why. */
  disabledReason?: string;
}

/** From top to bottom: `head` stays, `list` and `rows` scroll, `foot` stays. */
export interface DialogContent {
  head: Row[];
  list?: { items: ListItem[]; index: number };
  rows: Row[];
  /** Those of the rows that must be seen wherever it is scrolled to: the field that is being filled in. */
  keep?: { first: number; last: number };
  foot: Row[];
}

/**
 * An open dialog: how it looks and what keys do in it. A plain value; whatever changes replaces it by a new one on top of
 * the stack (`replaceTop`), so that an answer that comes late can see that its dialog is gone.
 */
export interface Dialog {
  /** Which dialog it is, for tests and for finding an open one. */
  kind: string;
  title: string;
  tone: "normal" | "danger";
  /** First visible one of the rows that scroll. */
  scroll: number;
  /** Commands shown in the footer, with a word for what they do here. */
  hints: { command: string; label: string }[];
  content(context: DialogContext): DialogContent;
  key(key: KeyName, controller: Controller): void;
  /** Called when it is taken away from outside (Ctrl-C, the end of the cockpit), for one that somebody waits for. */
  dismissed?(): void;
  /** Pasted text; dialogs without a text field have none. */
  paste?(text: string, controller: Controller): void;
}

/** Closes the innermost dialog. */
export function closeDialog(controller: Controller): void {
  replaceTop(controller.ui, undefined);
}

/** Scrolls a dialog by a command of the dialog or input context. Returns whether the command was one. */
export function scrollBy(dialog: Dialog, command: string | undefined, controller: Controller): boolean {
  const { total, visible } = controller.dialogExtent(dialog);
  const moves: Record<string, number> = {
    up: dialog.scroll - 1,
    down: dialog.scroll + 1,
    "page-up": dialog.scroll - Math.max(1, visible - 1),
    "page-down": dialog.scroll + Math.max(1, visible - 1),
    top: 0,
    end: total,
  };
  const next = command === undefined ? undefined : moves[command];
  if (next === undefined) return false;
  const scroll = clampTop(next, total, visible);
  if (scroll !== dialog.scroll) replaceTop(controller.ui, { ...dialog, scroll });
  return true;
}
