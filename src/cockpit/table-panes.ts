import { alarmsPane } from "../panes/alarms.ts";
import { ecsPane } from "../panes/ecs.ts";
import { logsAttention } from "../panes/logs.ts";
import { metricsPane } from "../panes/metrics.ts";
import type { Attention, Pane, PaneId } from "../panes/pane.ts";
import { targetsPane } from "../panes/targets.ts";
import { timelinePane } from "../panes/timeline.ts";
import type { CockpitState } from "../state/store.ts";
import { alarmDialog } from "./dialogs/alarm.ts";
import type { Dialog } from "./dialogs/dialog.ts";

/** Panes whose rows come from the state; the log pane draws from its ring. */
export const TABLE_PANES: Readonly<Record<Exclude<PaneId, "logs">, Pane>> = {
  ecs: ecsPane,
  targets: targetsPane,
  alarms: alarmsPane,
  metrics: metricsPane,
  timeline: timelinePane,
};

/** What Enter opens in panes that have items, by the item's id. */
export const OPENED: Readonly<Partial<Record<PaneId, (id: string) => Dialog>>> = { alarms: alarmDialog };

/** How much a pane needs to be looked at. */
export function attentionOf(pane: PaneId, state: CockpitState, monotonicMs: number): Attention {
  return pane === "logs" ? logsAttention(state, monotonicMs) : TABLE_PANES[pane].attention(state, monotonicMs);
}
