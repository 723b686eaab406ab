import { useStore } from "zustand";
import { useShallow } from "zustand/react/shallow";
import type { Pane } from "../panes/pane.ts";
import type { Controller } from "./controller.ts";
import { drawPane } from "./draw.ts";
import type { Rect } from "./layout.ts";
import { LinesAt } from "./lines.tsx";

/** A pane of rows, drawn again when one of its slices, its scroll, the focus or the second changes. */
export function PaneBox({ pane, rect, controller }: { pane: Pane; rect: Rect; controller: Controller }) {
  useStore(controller.incident.store, useShallow(pane.select));
  useStore(controller.ui, (ui) => ui.moment);
  useStore(controller.ui, (ui) => ui.zone);
  useStore(controller.ui, (ui) => ui.wrap);
  useStore(controller.ui, (ui) => ui.scroll[pane.id]);
  useStore(controller.ui, (ui) => ui.focus === pane.id);
  return (
    <LinesAt rect={rect} lines={drawPane(controller, controller.layout(), pane.id, rect)} controller={controller} />
  );
}
