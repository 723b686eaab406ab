import { createStore, type StoreApi } from "zustand/vanilla";
import type { TimeZone } from "../base/duration.ts";
import { INITIAL_LOGS_UI, type LogsUi } from "../panes/logs.ts";
import type { PaneId } from "../panes/pane.ts";
import type { Moment } from "../state/source.ts";
import type { Dialog } from "./dialogs/dialog.ts";
import type { Editor } from "./editor.ts";
import type { PaneNeeds } from "./layout.ts";

/** A one-line question in the footer: search and filter. */
export interface Prompt {
  label: string;
  editor: Editor;
  /** What the pane shows while typing, and how it ends. */
  apply(text: string): void;
}

/** Said in the footer until it is old. */
export interface Message {
  text: string;
  tone: "info" | "warn" | "bad";
  untilMonotonicMs: number;
}

/** What belongs to this screen only: never recorded, never replayed. */
export interface UiState {
  focus: PaneId;
  zoomed: boolean;
  /** First visible row of each pane; `undefined`: where the pane starts, or its end for one that follows. */
  scroll: Partial<Record<PaneId, number>>;
  /** The item under the cursor of panes that have items, by its id. */
  cursor: Partial<Record<PaneId, string>>;
  logs: LogsUi;
  /** How much of the log the filter has looked at, 0 to 1: while that grows, the log is drawn again. */
  filtered: number;
  /** Long lines are broken, not cut. The log has its own switch. */
  wrap: boolean;
  /** In which times of day are drawn. The record, pins and copies of log lines are always in UTC. */
  zone: TimeZone;
  /** Lines of content that panes side by side had at most, at the size that is named (see `measureNeeds`). */
  needs: { size: string; lines: PaneNeeds };
  /** Open dialogs, the innermost last. */
  dialogs: Dialog[];
  prompt: Prompt | null;
  message: Message | null;
  /** Neither bell nor desktop notification tells when something becomes due. */
  silent: boolean;
  /** Words of messages that were changed or could not be sent, and to whom; until they are sent or skipped. */
  drafts: Readonly<Record<string, { text: string; to: string }>>;
  /** Monotonic ms of the last Ctrl-C that was not a second one. */
  interruptedAtMs: number | null;
  /**
   * What every clock and age on the screen is drawn for; set once a second. All of them change in one frame, and what else is drawn
   * meanwhile changes none of them. Null before the first second: then it is now.
   */
  moment: Moment | null;
}

export type UiStore = StoreApi<UiState>;

/** A new screen: logs followed, all panes at their start. */
export function createUiStore(): UiStore {
  return createStore<UiState>(() => ({
    focus: "ecs",
    zoomed: false,
    scroll: {},
    cursor: {},
    logs: INITIAL_LOGS_UI,
    filtered: 1,
    wrap: true,
    zone: "utc",
    needs: { size: "", lines: {} },
    dialogs: [],
    prompt: null,
    message: null,
    silent: false,
    drafts: {},
    interruptedAtMs: null,
    moment: null,
  }));
}

/** Replaces the innermost dialog by `next`, or closes it with `undefined`. */
export function replaceTop(ui: UiStore, next: Dialog | undefined): void {
  const { dialogs } = ui.getState();
  ui.setState({ dialogs: next ? [...dialogs.slice(0, -1), next] : dialogs.slice(0, -1) });
}

/** Puts a dialog on top of what is open. */
export function openDialog(ui: UiStore, dialog: Dialog): void {
  ui.setState({ dialogs: [...ui.getState().dialogs, dialog], prompt: null });
}
