import { clampTop, drawFrame, positionText } from "../panes/frame.ts";
import { type Row, SPINNER_CELL, seg } from "../panes/line.ts";
import { drawLogs } from "../panes/logs.ts";
import { PANE_IDS, PANE_TITLES, type Pane, type PaneId } from "../panes/pane.ts";
import { isBreakGlass } from "./banners.ts";
import type { Drawing } from "./drawing.ts";
import { footerLine } from "./footer.ts";
import { headerLines } from "./header.ts";
import { frameStyle, type Layout, type Rect } from "./layout.ts";
import { TABLE_PANES } from "./table-panes.ts";
import { tabLine } from "./tabs.ts";

// Every part of the screen as painted lines: what React components put into place, and what stands there before they are loaded.

/** The header: two lines and the banners. */
export function drawHeader(drawing: Drawing, layout: Layout): string[] {
  const { incident, theme, ui } = drawing;
  const { atMs, monotonicMs } = drawing.moment();
  return headerLines(incident.store.getState(), {
    width: layout.header.width,
    bannerCount: layout.banners,
    nowMs: atMs,
    monotonicMs,
    theme,
    zone: ui.getState().zone,
    silent: ui.getState().silent,
  });
}

/** The line that names the panes, where there is one. */
export function drawTabs(drawing: Drawing, rect: Rect): string[] {
  const { incident, theme, ui } = drawing;
  return [tabLine(incident.store.getState(), ui.getState().focus, rect.width, drawing.moment().monotonicMs, theme)];
}

export function drawFooter({ incident, theme, ui, bindings }: Drawing, rect: Rect): string[] {
  const { run, proposals } = incident.store.getState();
  const proposal = proposals.find(({ isNew }) => isNew)?.why;
  const monotonicMs = incident.clock.monotonic();
  return [
    footerLine(ui.getState(), run, bindings, {
      width: rect.width,
      monotonicMs,
      theme,
      ...(proposal === undefined ? {} : { proposal }),
    }),
  ];
}

/** A pane's name with its key, for its title. */
function paneTitle(pane: PaneId, focused: boolean): Row {
  return [seg(`${PANE_IDS.indexOf(pane) + 1} `, "muted"), seg(PANE_TITLES[pane], focused ? "action" : "strong")];
}

/** A pane of any kind in its frame, exactly as large as its rectangle. */
export function drawPane(drawing: Drawing, layout: Layout, id: PaneId, rect: Rect): string[] {
  const focused = drawing.ui.getState().focus === id;
  const content = id === "logs" ? logsContent(drawing, focused) : tableContent(drawing, TABLE_PANES[id], focused);
  const isAlarming = isBreakGlass(drawing.incident.store.getState());
  return drawFrame({ ...content, ...size(rect), focused, isAlarming, style: frameStyle(layout) }, drawing.theme);
}

function size({ width, height }: Rect) {
  return { width, height };
}

function tableContent(drawing: Drawing, pane: Pane, focused: boolean) {
  const context = drawing.paneContext(pane.id);
  const view = pane.view(drawing.incident.store.getState(), context);
  const total = view.rows.length;
  const scrolled = drawing.ui.getState().scroll[pane.id];
  const top = clampTop(scrolled ?? (pane.follows ? total : 0), total, context.height);
  const position = positionText(top, total, context.height);
  const status =
    position === "" ? view.status : [...view.status, seg(view.status.length > 0 ? "  " : ""), seg(position, "muted")];
  return { title: paneTitle(pane.id, focused), status, rows: view.rows.slice(top, top + context.height) };
}

function logsContent(drawing: Drawing, focused: boolean) {
  const { store, logs } = drawing.incident;
  const log = drawLogs(
    store.getState(),
    drawing.logSource(),
    logs.lastSequence,
    drawing.ui.getState().logs,
    focused,
    drawing.paneContext("logs"),
  );
  const caption = log.caption.length > 0 ? [seg(" "), ...log.caption] : [];
  return {
    title: [...paneTitle("logs", focused), ...caption],
    status: log.status,
    rows: [],
    painted: log.lines,
  };
}

/**
 * The whole screen without dialogs and turning spinners as one string of exactly as many lines as the terminal has; undefined where it is too small.
 * The parts of the layout lie side by side and leave nothing free, so that their lines only need to be put together.
 */
export function drawScreen(drawing: Drawing): string | undefined {
  const layout = drawing.layout();
  if (layout.mode === "too-small") return undefined;
  const parts: { rect: Rect; lines: string[] }[] = [
    { rect: layout.header, lines: drawHeader(drawing, layout) },
    ...(layout.tabs ? [{ rect: layout.tabs, lines: drawTabs(drawing, layout.tabs) }] : []),
    ...layout.panes.map(({ id, rect }) => ({ rect, lines: drawPane(drawing, layout, id, rect) })),
    { rect: layout.footer, lines: drawFooter(drawing, layout.footer) },
  ];
  const { rows } = drawing.terminal.size();
  return Array.from({ length: rows }, (_, row) =>
    parts
      .filter(({ rect }) => row >= rect.top && row < rect.top + rect.height)
      .sort((a, b) => a.rect.left - b.rect.left)
      .map(({ rect, lines }) => lines[row - rect.top] ?? " ".repeat(rect.width))
      .join(""),
  )
    .join("\n")
    .replaceAll(SPINNER_CELL, " ");
}
