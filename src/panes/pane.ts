import type { TimeZone } from "../base/duration.ts";
import type { CockpitState } from "../state/store.ts";
import type { Row, Segment } from "./line.ts";
import type { Theme } from "./theme.ts";

export type PaneId = "ecs" | "targets" | "alarms" | "metrics" | "logs" | "timeline";

/** Panes in the order of their keys: 1 is the first. */
export const PANE_IDS: readonly PaneId[] = ["ecs", "targets", "alarms", "metrics", "logs", "timeline"];

export const PANE_TITLES: Readonly<Record<PaneId, string>> = {
  ecs: "ECS",
  targets: "Targets",
  alarms: "Alarms",
  metrics: "Metrics",
  logs: "Logs",
  timeline: "Timeline",
};

/** How much a pane needs to be looked at: marked on its tab. */
export type Attention = "none" | "unknown" | "warn" | "bad";

/** What a pane is drawn with. Sizes are those inside its frame. */
export interface PaneContext {
  width: number;
  height: number;
  /** Domain time, ms since the epoch. */
  nowMs: number;
  /** Monotonic machine time in ms: ages of data. */
  monotonicMs: number;
  theme: Theme;
  /** In which times of day are drawn. */
  zone: TimeZone;
  /** Long lines are broken, not cut. */
  wrap: boolean;
  /** There is room for details: one pane on the screen, or a wide screen. */
  roomy: boolean;
  /** The pane alone is on the screen: nothing is left out. */
  zoomed: boolean;
  /** Of the pane that has the focus: the id of the item that was chosen last, or "" for the first one. */
  cursor?: string;
}

/** Something in a pane that can be chosen and opened. */
export interface PaneItem {
  /** Unique in its pane, and the same from one drawing to the next. */
  id: string;
  /** Its first row. */
  row: number;
}

export interface PaneView {
  /** After the pane's name in the title. */
  caption?: Row;
  status: Segment[];
  rows: Row[];
  /** Where the pane has items, the cursor goes from one to the next; in the order of rows. */
  items?: PaneItem[];
}

/** A pane of rows: a pure view of the state. The log pane is not one, because its lines are outside the state. */
export interface Pane {
  id: PaneId;
  /** The slices that it draws: it is drawn again only when one of them changes. */
  select(state: CockpitState): unknown[];
  view(state: CockpitState, context: PaneContext): PaneView;
  attention(state: CockpitState, monotonicMs: number): Attention;
  /** Starts at its end and stays there as rows are added. */
  follows?: boolean;
}
