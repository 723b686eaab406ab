import { PANE_IDS, type PaneId } from "../panes/pane.ts";

export interface Rect {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The smallest terminal that can be used; below it only a line asking to enlarge it is drawn. */
export const MINIMUM_SIZE = { columns: 40, rows: 10 };

/** From this size on all panes are visible at once. */
export const GRID_SIZE = { columns: 100, rows: 30 };

/** From this width on panes have room for details. */
const ROOMY_FROM = 170;

/** From this width on there are three columns; wide screens that are too low for four panes in one column have them earlier. */
const THREE_COLUMNS_FROM = 240;
const FOUR_PANES_FROM_ROWS = 44;

/** Lines of content that panes have; a pane that is missing here takes what its weight gives it. */
export type PaneNeeds = Readonly<Partial<Record<PaneId, number>>>;

export interface Layout {
  mode: "too-small" | "tabs" | "zoom" | "grid";
  /** The two header lines, and a line for each banner below them. */
  header: Rect;
  banners: number;
  /** The line that names the panes; only in `tabs`. */
  tabs?: Rect;
  body: Rect;
  footer: Rect;
  panes: { id: PaneId; rect: Rect }[];
  /** Panes have room for wrapped texts and details: one pane at a time, or a wide screen. */
  roomy: boolean;
}

interface Column {
  width: number;
  panes: { id: PaneId; weight: number; minimum: number }[];
}

/** Log and timeline get the larger share: their lines are the longest. The others get what their lines need. */
function columnsFor(width: number, rows: number): Column[] {
  const reading = [pane("logs", 56, 6), pane("timeline", 44, 6)];
  if (width >= THREE_COLUMNS_FROM || (width >= ROOMY_FROM && rows < FOUR_PANES_FROM_ROWS)) {
    const first = Math.min(72, Math.floor(width * 0.28));
    const second = Math.min(64, Math.floor(width * 0.25));
    return [
      { width: first, panes: [pane("ecs", 62, 6), pane("targets", 38, 4)] },
      { width: second, panes: [pane("alarms", 38, 4), pane("metrics", 62, 5)] },
      { width: width - first - second, panes: reading },
    ];
  }
  const first = Math.min(76, Math.floor(width * 0.43));
  return [
    {
      width: first,
      panes: [pane("ecs", 36, 5), pane("targets", 18, 4), pane("alarms", 20, 4), pane("metrics", 26, 5)],
    },
    { width: width - first, panes: reading },
  ];
}

function pane(id: PaneId, weight: number, minimum: number): Column["panes"][number] {
  return { id, weight, minimum };
}

/** Lines of a box around the content. */
const FRAME_LINES = 2;

/**
 * Shares `total` lines: first each pane's minimum, then line by line to the one that is furthest below its share by weight and has
 * more content than lines; what nobody needs goes by weight as well.
 */
function shares(total: number, panes: Column["panes"], needs: PaneNeeds): number[] {
  const heights = panes.map((item) => item.minimum);
  const isShort = (index: number) => {
    const item = panes[index];
    const need = item && needs[item.id];
    return need === undefined || (heights[index] ?? 0) < need + FRAME_LINES;
  };
  const fill = (index: number) => (heights[index] ?? 0) / (panes[index]?.weight ?? 1);
  for (let rest = total - heights.reduce((sum, height) => sum + height, 0); rest > 0; rest--) {
    const all = [...panes.keys()];
    const short = all.filter(isShort);
    const next = (short.length > 0 ? short : all).reduce((least, index) => (fill(index) < fill(least) ? index : least));
    heights[next] = (heights[next] ?? 0) + 1;
  }
  return heights;
}

function grid(body: Rect, needs: PaneNeeds): Layout["panes"] {
  const out: Layout["panes"] = [];
  let left = body.left;
  for (const column of columnsFor(body.width, body.height)) {
    const heights = shares(body.height, column.panes, needs);
    let top = body.top;
    column.panes.forEach((item, index) => {
      const height = heights[index] ?? 0;
      out.push({ id: item.id, rect: { left, top, width: column.width, height } });
      top += height;
    });
    left += column.width;
  }
  return out.sort((a, b) => PANE_IDS.indexOf(a.id) - PANE_IDS.indexOf(b.id));
}

/** Where everything stands on a terminal of `columns` x `rows`. The parts add up to exactly that size. */
export function layoutFor(input: {
  columns: number;
  rows: number;
  banners: number;
  zoomed: boolean;
  focus: PaneId;
  needs?: PaneNeeds;
}): Layout {
  const { columns, rows } = input;
  const tooSmall = columns < MINIMUM_SIZE.columns || rows < MINIMUM_SIZE.rows;
  const big = columns >= GRID_SIZE.columns && rows >= GRID_SIZE.rows;
  const mode = tooSmall ? "too-small" : input.zoomed ? "zoom" : big ? "grid" : "tabs";
  const banners = Math.min(input.banners, big ? 3 : 1);
  const headerHeight = 2 + banners;
  const tabsHeight = mode === "tabs" ? 1 : 0;
  const line = (top: number, height: number): Rect => ({ left: 0, top, width: columns, height });
  const body = line(headerHeight + tabsHeight, Math.max(0, rows - headerHeight - tabsHeight - 1));
  return {
    mode,
    banners,
    roomy: mode !== "grid" || columns >= ROOMY_FROM,
    header: line(0, headerHeight),
    ...(tabsHeight > 0 ? { tabs: line(headerHeight, 1) } : {}),
    body,
    footer: line(rows - 1, 1),
    panes:
      mode === "too-small" ? [] : mode === "grid" ? grid(body, input.needs ?? {}) : [{ id: input.focus, rect: body }],
  };
}

/** How panes are framed in this layout: boxes side by side, a title line alone on small screens. */
export function frameStyle(layout: Layout): "box" | "bar" {
  return layout.body.width >= GRID_SIZE.columns && layout.mode !== "tabs" ? "box" : "bar";
}
