import type { ClosedIncident, Incident } from "../incident/contract.ts";
import type { Theme } from "../panes/theme.ts";
import type { Binding, BindingContext } from "./binding.ts";
import { clipboardSequence } from "./clipboard.ts";
import { dialogGeometry } from "./dialog-geometry.ts";
import type { Dialog } from "./dialogs/dialog.ts";
import { createDrawing, type Drawing } from "./drawing.ts";
import type { KeyName } from "./keys.ts";
import { say } from "./messages.ts";
import type { UiStore } from "./ui.ts";

/** The terminal as the cockpit uses it beside drawing. */
export interface Terminal {
  size(): { columns: number; rows: number };
  /** Writes an escape sequence that draws nothing, between frames. */
  write(sequence: string): void;
  /** Machine ms from a frame to the terminal's answer; undefined while it is not known. */
  roundTripMs(): number | undefined;
  /** Gives the terminal back to the shell until the job continues (Ctrl-Z), or to `work` until that ends. */
  suspend(work?: () => Promise<void>): void;
}

/** What commands and dialogs may use. It holds no state of its own beyond a cached filter: that is in the two stores. */
export interface Controller extends Drawing {
  readonly incident: Incident;
  readonly terminal: Terminal;
  /** Logs in again with the terminal for itself; undefined where the program cannot. */
  readonly login?: () => Promise<void>;
  /** The command of a key in a context, without the context's name: `close` for `dialog.close`. */
  commandOf(context: BindingContext, key: KeyName): string | undefined;
  topDialog(): Dialog | undefined;
  /** How many rows of a dialog scroll, how many of them are visible at a time, and the columns inside its frame. */
  dialogExtent(dialog: Dialog): { total: number; visible: number; width: number };
  /** Puts text on the responder's clipboard and says so. */
  copy(text: string, what: string): void;
  /** Ends the cockpit. */
  finish(closed?: ClosedIncident): void;
}

/** Wires the parts of one cockpit. */
export function createController(parts: {
  incident: Incident;
  ui: UiStore;
  bindings: readonly Binding[];
  theme: Theme;
  terminal: Terminal;
  env: Readonly<Record<string, string | undefined>>;
  login?: () => Promise<void>;
  finish: (closed?: ClosedIncident) => void;
}): Controller {
  const { incident, ui, bindings, theme, terminal } = parts;
  const drawing = createDrawing(parts);

  const controller: Controller = {
    ...drawing,
    incident,
    terminal,
    login: parts.login,
    finish: parts.finish,
    commandOf(context, key) {
      const binding = bindings.find((candidate) => candidate.context === context && candidate.keys.includes(key));
      return binding?.id.slice(binding.id.indexOf(".") + 1);
    },
    topDialog: () => ui.getState().dialogs.at(-1),
    dialogExtent(dialog) {
      const geometry = dialogGeometry(dialog, incident.store.getState(), controller.layout(), {
        nowMs: controller.moment().atMs,
        theme,
        zone: controller.ui.getState().zone,
      });
      const { content, rowsVisible, inner } = geometry;
      return { total: content.rows.length, visible: rowsVisible, width: inner.width };
    },
    copy(text, what) {
      try {
        terminal.write(clipboardSequence(text, parts.env));
        say(controller, `Copied ${what} (OSC 52; your terminal has to allow it).`);
      } catch (error) {
        say(controller, `Not copied: ${error instanceof Error ? error.message : String(error)}.`, "warn");
      }
    },
  };
  return controller;
}
