import { clampTop, innerSize } from "../panes/frame.ts";
import type { CockpitState } from "../state/store.ts";
import type { Dialog, DialogContent, DialogContext } from "./dialogs/dialog.ts";
import { GRID_SIZE, type Layout, type Rect } from "./layout.ts";

export interface DialogGeometry {
  rect: Rect;
  inner: { width: number; height: number };
  content: DialogContent;
  /** Lines given to the list, the scrolling rows, and the foot. The parts add up to the inner height. */
  headVisible: number;
  listVisible: number;
  rowsVisible: number;
  footVisible: number;
  /** First row to draw of those that scroll. */
  top: number;
}

/** The widest dialog: longer lines are hard to read. */
const WIDEST = 116;

/**
 * Where a dialog stands and what of it fits: over the panes, never over the header and the footer. The foot (what is typed
 * to confirm) is kept before the head, and the head before the rows that scroll.
 */
export function dialogGeometry(
  dialog: Dialog,
  state: CockpitState,
  layout: Layout,
  drawing: Pick<DialogContext, "nowMs" | "theme" | "zone">,
): DialogGeometry {
  const area: Rect = layout.tabs
    ? { ...layout.body, top: layout.tabs.top, height: layout.body.height + layout.tabs.height }
    : layout.body;
  const roomy = area.width >= GRID_SIZE.columns;
  const width = roomy ? Math.min(WIDEST, area.width - 8) : area.width;
  const innerWidth = innerSize(width, area.height, "box").width;
  const content = dialog.content({ ...drawing, state, width: innerWidth });
  const listLength = content.list?.items.length ?? 0;
  const wanted = content.head.length + listLength + content.rows.length + content.foot.length;
  const most = Math.max(3, area.height - (roomy ? 2 : 0));
  const height = Math.min(most, Math.max(3, wanted + 2), area.height);
  const inner = innerSize(width, height, "box");
  const footVisible = Math.min(content.foot.length, inner.height);
  const listNeeds = Math.min(listLength, 3);
  const headVisible = Math.min(content.head.length, Math.max(0, inner.height - footVisible - Math.max(1, listNeeds)));
  const middle = inner.height - footVisible - headVisible;
  const listVisible =
    listLength === 0
      ? 0
      : Math.min(listLength, Math.max(1, middle - Math.min(content.rows.length, Math.floor(middle / 2))));
  const rowsVisible = Math.max(0, middle - listVisible);
  return {
    rect: {
      left: area.left + Math.floor((area.width - width) / 2),
      top: area.top + Math.floor((area.height - height) / 2),
      width,
      height,
    },
    inner,
    content,
    headVisible,
    listVisible,
    rowsVisible,
    footVisible,
    top: clampTop(showing(content.keep, dialog.scroll, rowsVisible), content.rows.length, rowsVisible),
  };
}

/** The first row to draw so that what must be seen is, moving no further than that takes. */
function showing(keep: DialogContent["keep"], scroll: number, visible: number): number {
  if (!keep) return scroll;
  return Math.min(keep.first, Math.max(scroll, keep.last - visible + 1));
}
