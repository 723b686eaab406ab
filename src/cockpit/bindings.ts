import type { Binding } from "./binding.ts";
import { DIALOG_BINDINGS } from "./dialog-bindings.ts";
import { GLOBAL_BINDINGS } from "./global-bindings.ts";
import { LOG_BINDINGS } from "./log-bindings.ts";
import { PANE_BINDINGS } from "./pane-bindings.ts";

/** All commands with their default keys, in the order in which help lists them. */
export const DEFAULT_BINDINGS: readonly Binding[] = [
  ...GLOBAL_BINDINGS,
  ...PANE_BINDINGS,
  ...LOG_BINDINGS,
  ...DIALOG_BINDINGS,
];
