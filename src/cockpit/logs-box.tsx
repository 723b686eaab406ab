import { Box } from "ink";
import { useEffect, useState } from "react";
import { useStore } from "zustand";
import { drawFrame } from "../panes/frame.ts";
import { seg } from "../panes/line.ts";
import { drawLogs } from "../panes/logs.ts";
import type { CockpitStore } from "../state/store.ts";
import type { Controller } from "./controller.ts";
import { frameStyle, type Rect } from "./layout.ts";
import { Lines } from "./lines.tsx";
import { paneTitle } from "./pane-box.tsx";

/** Log lines are drawn at most five times a second, however many arrive. */
const REPAINT_EVERY_MS = 200;

/** The ring's version, at most one change per `REPAINT_EVERY_MS` of machine time, and none while no lines arrive. */
function useLogVersion(store: CockpitStore): number {
  const [version, setVersion] = useState(() => store.getState().logVersion);
  useEffect(() => {
    let timer: NodeJS.Timeout | undefined;
    const unsubscribe = store.subscribe((state, previous) => {
      if (state.logVersion === previous.logVersion || timer) return;
      timer = setTimeout(() => {
        timer = undefined;
        setVersion(store.getState().logVersion);
      }, REPAINT_EVERY_MS);
    });
    return () => {
      unsubscribe();
      clearTimeout(timer);
    };
  }, [store]);
  return version;
}

/** The log pane: follows the newest lines, or stands still at a cursor. */
export function LogsBox({ rect, controller }: { rect: Rect; controller: Controller }) {
  const { store } = controller.incident;
  useLogVersion(store);
  useStore(store, (state) => state.logs);
  useStore(controller.ui, (ui) => ui.tick);
  useStore(controller.ui, (ui) => ui.zone);
  const logs = useStore(controller.ui, (ui) => ui.logs);
  const focused = useStore(controller.ui, (ui) => ui.focus === "logs");
  const context = controller.paneContext("logs");
  const drawing = drawLogs(
    store.getState(),
    controller.logSource(),
    controller.incident.logs.lastSequence,
    logs,
    focused,
    context,
  );
  const caption = drawing.caption.length > 0 ? [seg(" "), ...drawing.caption] : [];
  const lines = drawFrame(
    {
      title: [...paneTitle("logs", focused), ...caption],
      status: drawing.status,
      rows: [],
      painted: drawing.lines,
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
