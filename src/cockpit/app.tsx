import { Box, Text, useInput, usePaste, useWindowSize } from "ink";
import { useCallback, useEffect } from "react";
import { useStore } from "zustand";
import { useShallow } from "zustand/react/shallow";
import { failureDetail } from "../base/failure.ts";
import { paint, seg } from "../panes/line.ts";
import { banners } from "./banners.ts";
import type { Controller } from "./controller.ts";
import { DialogBox } from "./dialog-box.tsx";
import { failureDialog } from "./dialogs/text.ts";
import { dispatchKey, dispatchPaste } from "./dispatcher.ts";
import { drawFooter, drawHeader, drawTabs } from "./draw.ts";
import { keysOf } from "./keys.ts";
import type { Layout, Rect } from "./layout.ts";
import { MINIMUM_SIZE } from "./layout.ts";
import { LinesAt, useDrawing } from "./lines.tsx";
import { LogsBox } from "./logs-box.tsx";
import { measureNeeds } from "./needs.ts";
import { openNotices } from "./notices.ts";
import { PaneBox } from "./pane-box.tsx";
import { footerSlices, headerSlices, measuredSlices } from "./slices.ts";
import { type Suspending, useSuspending } from "./suspending.tsx";
import { TABLE_PANES } from "./table-panes.ts";
import { keepTime } from "./time.ts";
import { openDialog } from "./ui.ts";

function Header({ controller, layout }: { controller: Controller; layout: Layout }) {
  useStore(controller.incident.store, useShallow(headerSlices));
  const text = useDrawing(controller, () => drawHeader(controller, layout));
  return <LinesAt rect={layout.header} text={text} controller={controller} />;
}

function Tabs({ controller, rect }: { controller: Controller; rect: Rect }) {
  useStore(controller.incident.store, useShallow(headerSlices));
  const text = useDrawing(controller, () => drawTabs(controller, rect));
  return <LinesAt rect={rect} text={text} controller={controller} />;
}

function Footer({ controller, layout }: { controller: Controller; layout: Layout }) {
  useStore(controller.incident.store, useShallow(footerSlices));
  const text = useDrawing(controller, () => drawFooter(controller, layout.footer));
  return <LinesAt rect={layout.footer} text={text} controller={controller} />;
}

/** Everything that is drawn, without any input: exactly as large as the terminal. */
export function Screen({ controller }: { controller: Controller }) {
  const { columns, rows } = controller.terminal.size();
  useStore(controller.ui, (ui) => ui.zoomed);
  useStore(controller.ui, (ui) => ui.focus);
  useStore(controller.ui, (ui) => ui.needs);
  useStore(controller.incident.store, (state) => banners(state).length);
  const dialog = useStore(controller.ui, (ui) => ui.dialogs.at(-1));
  const layout = controller.layout();
  if (layout.mode === "too-small") {
    const text = `Enlarge to ${MINIMUM_SIZE.columns}x${MINIMUM_SIZE.rows} (now ${columns}x${rows})`;
    return (
      <Box width={columns} height={rows}>
        <Text wrap="truncate">{paint([seg(text, "warn")], columns, controller.theme)}</Text>
      </Box>
    );
  }
  return (
    <Box width={columns} height={rows} overflow="hidden">
      <Header controller={controller} layout={layout} />
      {layout.tabs ? <Tabs controller={controller} rect={layout.tabs} /> : null}
      {layout.panes.map(({ id, rect }) =>
        id === "logs" ? (
          <LogsBox key={id} rect={rect} controller={controller} />
        ) : (
          <PaneBox key={id} pane={TABLE_PANES[id]} rect={rect} controller={controller} />
        ),
      )}
      <Footer controller={controller} layout={layout} />
      {dialog ? <DialogBox dialog={dialog} controller={controller} /> : null}
    </Box>
  );
}

/** Heights follow the content: measured again when the data of the measured panes, the size, zoom or wrapping changes. */
function useNeeds(controller: Controller): void {
  const { columns, rows } = useWindowSize();
  useEffect(() => {
    // The size is read by what measures; here it only says when.
    if (columns > 0 && rows > 0) measureNeeds(controller);
    const { store } = controller.incident;
    const stopData = store.subscribe((state, previous) => {
      const before = measuredSlices(previous);
      if (measuredSlices(state).some((slice, index) => slice !== before[index])) measureNeeds(controller);
    });
    const stopUi = controller.ui.subscribe((ui, previous) => {
      if (ui.wrap !== previous.wrap || ui.zoomed !== previous.zoomed) measureNeeds(controller);
    });
    return () => {
      stopData();
      stopUi();
    };
  }, [controller, columns, rows]);
}

/** The cockpit with its one dispatcher: every key and every paste comes in here. */
export function App({ controller, suspending }: { controller: Controller; suspending: Suspending }) {
  useNeeds(controller);
  const couldNotSuspend = useCallback(
    (error: unknown) => openDialog(controller.ui, failureDialog(failureDetail(error, "going back to the shell"))),
    [controller],
  );
  useSuspending(suspending, couldNotSuspend);
  useInput((input, key) => {
    for (const name of keysOf(input, key)) dispatchKey(controller, name);
  });
  usePaste((text) => dispatchPaste(controller, text));
  useEffect(() => keepTime(controller), [controller]);
  useEffect(() => {
    openNotices(controller);
    return controller.incident.store.subscribe((state, previous) => {
      if (state.notices !== previous.notices) openNotices(controller);
    });
  }, [controller]);
  return <Screen controller={controller} />;
}
