import type { Drawing } from "./drawing.ts";
import type { PaneNeeds } from "./layout.ts";
import { TABLE_PANES } from "./table-panes.ts";

/** Panes whose height follows their content. Log and timeline are never finished: they take what is left. */
const MEASURED = ["ecs", "targets", "alarms", "metrics"] as const;

/** Needs are rounded up to so many lines, so that a line more does not move a border each time. */
const STEP = 2;

/**
 * Measures how many lines the panes side by side need, and keeps the most that each needed at this size: borders move out when
 * there is more to show, and never back while data comes and goes. Call it when their data, the size or wrapping changed.
 */
export function measureNeeds(drawing: Drawing): void {
  const layout = drawing.layout();
  if (layout.mode !== "grid") return;
  const state = drawing.incident.store.getState();
  const { ui } = drawing;
  const { wrap, needs: before } = ui.getState();
  const { columns, rows } = drawing.terminal.size();
  const size = `${columns}x${rows} ${wrap}`;
  const kept: PaneNeeds = before.size === size ? before.lines : {};
  const lines = Object.fromEntries(
    MEASURED.map((pane) => {
      const needed = TABLE_PANES[pane].view(state, drawing.paneContext(pane)).rows.length;
      return [pane, Math.max(kept[pane] ?? 0, Math.ceil(needed / STEP) * STEP)];
    }),
  );
  const isSame = before.size === size && MEASURED.every((pane) => lines[pane] === kept[pane]);
  if (!isSame) ui.setState({ needs: { size, lines } });
}
