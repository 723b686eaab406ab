import { useStore } from "zustand";
import { useShallow } from "zustand/react/shallow";
import type { Pane } from "../panes/pane.ts";
import type { Controller } from "./controller.ts";
import { drawPane } from "./draw.ts";
import type { Rect } from "./layout.ts";
import { LinesAt, useDrawing } from "./lines.tsx";

/** A pane of rows, drawn again when one of its slices changes, or what the screen's own state makes of them. */
export function PaneBox({ pane, rect, controller }: { pane: Pane; rect: Rect; controller: Controller }) {
  useStore(controller.incident.store, useShallow(pane.select));
  const text = useDrawing(controller, () => drawPane(controller, controller.layout(), pane.id, rect));
  return <LinesAt rect={rect} text={text} controller={controller} />;
}
