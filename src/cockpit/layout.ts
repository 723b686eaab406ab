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

/** From this width on there are three columns: wide screens show more, not the same with more space. */
const THREE_COLUMNS_FROM = 170;

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
  /** Panes have room for wrapped texts and details: one pane at a time, or three columns. */
  roomy: boolean;
}

interface Column {
  width: number;
  panes: { id: PaneId; weight: number; minimum: number }[];
}

function columnsFor(width: number): Column[] {
  if (width >= THREE_COLUMNS_FROM) {
    const first = Math.floor(width * 0.32);
    const second = Math.floor(width * 0.28);
    return [
      { width: first, panes: [pane("ecs", 62, 6), pane("targets", 38, 4)] },
      { width: second, panes: [pane("alarms", 38, 4), pane("metrics", 62, 5)] },
      { width: width - first - second, panes: [pane("logs", 58, 6), pane("timeline", 42, 6)] },
    ];
  }
  const first = Math.floor(width * 0.43);
  return [
    {
      width: first,
      panes: [pane("ecs", 36, 5), pane("targets", 18, 4), pane("alarms", 20, 4), pane("metrics", 26, 5)],
    },
    { width: width - first, panes: [pane("logs", 56, 6), pane("timeline", 44, 6)] },
  ];
}

function pane(id: PaneId, weight: number, minimum: number): Column["panes"][number] {
  return { id, weight, minimum };
}

/** Shares `total` lines by weight, none below its minimum; the last one takes what rounding leaves. */
function shares(total: number, panes: Column["panes"]): number[] {
  const weights = panes.reduce((sum, item) => sum + item.weight, 0);
  const heights = panes.map((item) => Math.max(item.minimum, Math.floor((total * item.weight) / weights)));
  let excess = heights.reduce((sum, height) => sum + height, 0) - total;
  for (let index = 0; excess > 0 && index < heights.length; index++) {
    const give = Math.min(excess, (heights[index] ?? 0) - (panes[index]?.minimum ?? 0));
    heights[index] = (heights[index] ?? 0) - give;
    excess -= give;
  }
  heights[heights.length - 1] = (heights.at(-1) ?? 0) - excess;
  return heights;
}

function grid(body: Rect): Layout["panes"] {
  const out: Layout["panes"] = [];
  let left = body.left;
  for (const column of columnsFor(body.width)) {
    const heights = shares(body.height, column.panes);
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
    roomy: mode !== "grid" || columns >= THREE_COLUMNS_FROM,
    header: line(0, headerHeight),
    ...(tabsHeight > 0 ? { tabs: line(headerHeight, 1) } : {}),
    body,
    footer: line(rows - 1, 1),
    panes: mode === "too-small" ? [] : mode === "grid" ? grid(body) : [{ id: input.focus, rect: body }],
  };
}

/** How panes are framed in this layout: boxes side by side, a title line alone on small screens. */
export function frameStyle(layout: Layout): "box" | "bar" {
  return layout.body.width >= GRID_SIZE.columns && layout.mode !== "tabs" ? "box" : "bar";
}
