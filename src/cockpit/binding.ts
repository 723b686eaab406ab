import type { Controller } from "./controller.ts";
import type { KeyName } from "./keys.ts";

/**
 * Where a key means something. `logs`: the log pane has the focus; `pane`: any pane; `global`: everywhere outside dialogs;
 * `dialog`: lists and texts; `input`: while something is typed, where letters are text.
 */
export type BindingContext = "logs" | "pane" | "global" | "dialog" | "input";

/** One command with its keys: footer, help, command palette and docs/keys.md are made from these. */
export interface Binding {
  /** Stable, for overrides in the configuration. In `pane`, `dialog` and `input`: context, dot, command. */
  id: string;
  context: BindingContext;
  /** Empty: only through the command palette. */
  keys: readonly KeyName[];
  description: string;
  /** The word in the footer, and its place there (lower is kept longer); unset: not shown. */
  footer?: { label: string; order: number };
  /** Shown in the command palette. */
  palette?: boolean;
  /** Cannot be given other keys: the way out must stay where everybody expects it. */
  fixed?: boolean;
  /** While it answers false the key belongs to another command (`n` is a note unless a search is on). */
  active?(controller: Controller): boolean;
  /** Why it cannot be done now; undefined when it can. */
  disabled?(controller: Controller): string | undefined;
  /** Missing for commands that the open dialog carries out itself. */
  run?(controller: Controller): void;
}

export const CONTEXT_TITLES: Readonly<Record<BindingContext, string>> = {
  global: "Everywhere",
  pane: "In a pane",
  logs: "In the log pane",
  dialog: "In lists, texts and plans",
  input: "While typing",
};

/** Contexts in the order of help and documentation. */
export const CONTEXTS: readonly BindingContext[] = ["global", "pane", "logs", "dialog", "input"];

/** Which contexts a key is looked up in while no dialog is open, the nearest first. */
export function contextsOf(focus: string): BindingContext[] {
  return focus === "logs" ? ["logs", "pane", "global"] : ["pane", "global"];
}
