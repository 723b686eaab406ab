import { useEffect, useState } from "react";
import { useStore } from "zustand";
import type { CockpitStore } from "../state/store.ts";
import type { Controller } from "./controller.ts";
import { drawPane } from "./draw.ts";
import type { Rect } from "./layout.ts";
import { LinesAt, useDrawing } from "./lines.tsx";
import { repaintIntervalMs } from "./repaint.ts";

/** The ring's version, at most one change per repaint interval of machine time, and none while no lines arrive. */
function useLogVersion(store: CockpitStore, roundTripMs: () => number | undefined): number {
  const [version, setVersion] = useState(() => store.getState().logVersion);
  useEffect(() => {
    let timer: NodeJS.Timeout | undefined;
    const unsubscribe = store.subscribe((state, previous) => {
      if (state.logVersion === previous.logVersion || timer) return;
      timer = setTimeout(() => {
        timer = undefined;
        setVersion(store.getState().logVersion);
      }, repaintIntervalMs(roundTripMs()));
    });
    return () => {
      unsubscribe();
      clearTimeout(timer);
    };
  }, [store, roundTripMs]);
  return version;
}

/** The log pane: follows the newest lines, or stands still at a cursor. */
export function LogsBox({ rect, controller }: { rect: Rect; controller: Controller }) {
  const { store } = controller.incident;
  useLogVersion(store, controller.terminal.roundTripMs);
  useStore(store, (state) => state.logs);
  const text = useDrawing(controller, () => drawPane(controller, controller.layout(), "logs", rect));
  return <LinesAt rect={rect} text={text} controller={controller} />;
}
