import type { Incident } from "../incident/contract.ts";
import { innerSize } from "../panes/frame.ts";
import { LogFilter } from "../panes/log-filter.ts";
import type { LogSource } from "../panes/log-source.ts";
import type { PaneContext, PaneId } from "../panes/pane.ts";
import type { Theme } from "../panes/theme.ts";
import type { Moment } from "../state/source.ts";
import { banners } from "./banners.ts";
import type { Binding } from "./binding.ts";
import { frameStyle, type Layout, layoutFor } from "./layout.ts";
import type { UiStore } from "./ui.ts";

/** What the screen is drawn from. It changes nothing, so a screen can be drawn before there is an incident to act on. */
export interface Drawing {
  readonly incident: Pick<Incident, "store" | "logs" | "clock">;
  readonly ui: UiStore;
  readonly bindings: readonly Binding[];
  readonly theme: Theme;
  readonly terminal: { size(): { columns: number; rows: number } };
  /** The instant that is drawn. */
  moment(): Moment;
  layout(): Layout;
  /** Columns and lines inside a pane's frame; for a pane that is not visible: as if it had the body to itself. */
  innerOf(pane: PaneId): { width: number; height: number };
  paneContext(pane: PaneId): PaneContext;
  /** The log lines that the filter leaves, or all. */
  logSource(): LogSource;
}

/** Ties data, screen state and size together. */
export function createDrawing(parts: Pick<Drawing, "incident" | "ui" | "bindings" | "theme" | "terminal">): Drawing {
  const { incident, ui, theme, terminal } = parts;
  let filter: LogFilter | undefined;
  /** Slice by slice, with keys in between; the screen shows what has been found so far. */
  const lookThrough = (latest: LogFilter) => {
    if (latest.share === 1) return;
    setImmediate(() => {
      if (filter !== latest) return;
      latest.advance();
      ui.setState({ filtered: latest.share });
      lookThrough(latest);
    });
  };
  const drawing: Drawing = {
    ...parts,
    moment: () => ui.getState().moment ?? { atMs: incident.clock.now(), monotonicMs: incident.clock.monotonic() },
    layout() {
      const { zoomed, focus, needs } = ui.getState();
      const shouted = banners(incident.store.getState()).length;
      return layoutFor({ ...terminal.size(), banners: shouted, zoomed, focus, needs: needs.lines });
    },
    innerOf(pane) {
      const layout = drawing.layout();
      const rect = layout.panes.find((candidate) => candidate.id === pane)?.rect ?? layout.body;
      return innerSize(rect.width, rect.height, frameStyle(layout));
    },
    paneContext(pane) {
      return {
        ...drawing.innerOf(pane),
        nowMs: drawing.moment().atMs,
        monotonicMs: drawing.moment().monotonicMs,
        theme,
        zone: ui.getState().zone,
        wrap: ui.getState().wrap,
        zoomed: drawing.layout().mode !== "grid",
        roomy: drawing.layout().roomy,
        ...(ui.getState().focus === pane && { cursor: ui.getState().cursor[pane] ?? "" }),
      };
    },
    logSource() {
      const needle = ui.getState().logs.filter;
      if (needle === "") {
        filter = undefined;
        return incident.logs;
      }
      if (filter?.needle !== needle) {
        filter = new LogFilter(incident.logs, needle);
        lookThrough(filter);
      }
      return filter;
    },
  };
  return drawing;
}
