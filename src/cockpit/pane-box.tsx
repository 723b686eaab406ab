import { Box } from "ink";
import { useStore } from "zustand";
import { useShallow } from "zustand/react/shallow";
import { clampTop, drawFrame, positionText } from "../panes/frame.ts";
import { type Row, seg } from "../panes/line.ts";
import { PANE_IDS, PANE_TITLES, type Pane, type PaneId } from "../panes/pane.ts";
import type { Controller } from "./controller.ts";
import type { Rect } from "./layout.ts";
import { frameStyle } from "./layout.ts";
import { Lines } from "./lines.tsx";

/** A pane's name with its key, for its title. */
export function paneTitle(pane: PaneId, focused: boolean): Row {
  return [seg(`${PANE_IDS.indexOf(pane) + 1} `, "muted"), seg(PANE_TITLES[pane], focused ? "action" : "strong")];
}

/** A pane of rows, drawn again when one of its slices, its scroll, the focus or the second changes. */
export function PaneBox({ pane, rect, controller }: { pane: Pane; rect: Rect; controller: Controller }) {
  useStore(controller.incident.store, useShallow(pane.select));
  useStore(controller.ui, (ui) => ui.tick);
  useStore(controller.ui, (ui) => ui.zone);
  useStore(controller.ui, (ui) => ui.wrap);
  const scrolled = useStore(controller.ui, (ui) => ui.scroll[pane.id]);
  const focused = useStore(controller.ui, (ui) => ui.focus === pane.id);
  const context = controller.paneContext(pane.id);
  const view = pane.view(controller.incident.store.getState(), context);
  const total = view.rows.length;
  const top = clampTop(scrolled ?? (pane.follows ? total : 0), total, context.height);
  const position = positionText(top, total, context.height);
  const status =
    position === "" ? view.status : [...view.status, seg(view.status.length > 0 ? "  " : ""), seg(position, "muted")];
  const lines = drawFrame(
    {
      title: paneTitle(pane.id, focused),
      status,
      rows: view.rows.slice(top, top + context.height),
      width: rect.width,
      height: rect.height,
      focused,
      style: frameStyle(controller.layout()),
    },
    controller.theme,
  );
  return (
    <Box position="absolute" left={rect.left} top={rect.top} width={rect.width} height={rect.height}>
      <Lines lines={lines} ascii={controller.theme.ascii} />
    </Box>
  );
}
