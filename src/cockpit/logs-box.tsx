import { useEffect, useState } from "react";
import { useStore } from "zustand";
import type { CockpitStore } from "../state/store.ts";
import type { Controller } from "./controller.ts";
import { drawPane } from "./draw.ts";
import type { Rect } from "./layout.ts";
import { LinesAt, useDrawing } from "./lines.tsx";

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
  const text = useDrawing(controller, () => drawPane(controller, controller.layout(), "logs", rect));
  return <LinesAt rect={rect} text={text} controller={controller} />;
}
