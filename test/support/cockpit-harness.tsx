import { stripVTControlCharacters } from "node:util";
import { renderToString } from "ink";
import stringWidth from "string-width";
import { Screen } from "../../src/cockpit/app.tsx";
import type { Binding } from "../../src/cockpit/binding.ts";
import { DEFAULT_BINDINGS } from "../../src/cockpit/bindings.ts";
import { type Controller, createController } from "../../src/cockpit/controller.ts";
import { dispatchKey, dispatchPaste } from "../../src/cockpit/dispatcher.ts";
import type { KeyName } from "../../src/cockpit/keys.ts";
import { createUiStore } from "../../src/cockpit/ui.ts";
import type { ClosedIncident } from "../../src/incident/contract.ts";
import { createTheme } from "../../src/panes/theme.ts";
import { createFixtureIncident, type FixtureIncident } from "./fixture-incident.ts";

export interface Harness {
  incident: FixtureIncident;
  controller: Controller;
  /** What was written to the terminal beside frames. */
  written: string[];
  finished: (ClosedIncident | undefined)[];
  resize(columns: number, rows: number): void;
  press(...keys: KeyName[]): void;
  type(text: string): void;
  paste(text: string): void;
  /** The screen's lines as they would be drawn now, without styles. */
  frame(): string[];
  /** The screen with its styles. */
  styled(): string;
  /** Kind of the innermost dialog. */
  dialog(): string | undefined;
}

/** The cockpit without a terminal: keys go to the real dispatcher, frames are drawn at the size that is set. */
export function createHarness(
  options: {
    columns?: number;
    rows?: number;
    colour?: boolean;
    ascii?: boolean;
    bindings?: readonly Binding[];
    incident?: FixtureIncident;
    env?: Record<string, string>;
    login?: () => Promise<void>;
  } = {},
): Harness {
  const incident = options.incident ?? createFixtureIncident();
  let size = { columns: options.columns ?? 120, rows: options.rows ?? 40 };
  const written: string[] = [];
  const finished: (ClosedIncident | undefined)[] = [];
  const controller = createController({
    incident,
    ui: createUiStore(),
    bindings: options.bindings ?? DEFAULT_BINDINGS,
    theme: createTheme({ colour: options.colour ?? true, ascii: options.ascii ?? false }),
    terminal: {
      size: () => size,
      write: (sequence) => written.push(sequence),
      roundTripMs: () => undefined,
      suspend: (work) => {
        written.push("suspend");
        void work?.();
      },
    },
    login: options.login,
    env: options.env ?? {},
    finish: (closed) => finished.push(closed),
  });
  const styled = () => renderToString(<Screen controller={controller} />, { columns: size.columns });
  return {
    incident,
    controller,
    written,
    finished,
    resize: (columns, rows) => {
      size = { columns, rows };
    },
    press: (...keys) => {
      for (const key of keys) dispatchKey(controller, key);
    },
    type: (text) => {
      for (const character of text) dispatchKey(controller, character === " " ? "space" : character);
    },
    paste: (text) => dispatchPaste(controller, text),
    frame: () => stripVTControlCharacters(styled()).split("\n"),
    styled,
    dialog: () => controller.topDialog()?.kind,
  };
}

/** The widest line of a frame, in terminal columns. */
export function widest(lines: readonly string[]): number {
  return Math.max(...lines.map((line) => stringWidth(line)));
}
