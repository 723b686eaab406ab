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
import { footerLine } from "./footer.ts";
import { headerLines } from "./header.ts";
import { keysOf } from "./keys.ts";
import type { Layout } from "./layout.ts";
import { MINIMUM_SIZE } from "./layout.ts";
import { Lines } from "./lines.tsx";
import { LogsBox } from "./logs-box.tsx";
import { measureNeeds } from "./needs.ts";
import { openNotices } from "./notices.ts";
import { PaneBox } from "./pane-box.tsx";
import { headerSlices, measuredSlices } from "./slices.ts";
import { type Suspending, useSuspending } from "./suspending.tsx";
import { TABLE_PANES } from "./table-panes.ts";
import { tabLine } from "./tabs.ts";
import { openDialog } from "./ui.ts";

const TICK_MS = 1000;

function Header({ controller, layout }: { controller: Controller; layout: Layout }) {
  useStore(controller.incident.store, useShallow(headerSlices));
  useStore(controller.ui, (ui) => ui.tick);
  const zone = useStore(controller.ui, (ui) => ui.zone);
  const { clock } = controller.incident;
  const lines = headerLines(controller.incident.store.getState(), {
    width: layout.header.width,
    bannerCount: layout.banners,
    nowMs: clock.now(),
    monotonicMs: clock.monotonic(),
    theme: controller.theme,
    zone,
  });
  return <Line rect={layout.header} lines={lines} controller={controller} />;
}

function Tabs({ controller, layout }: { controller: Controller; layout: Layout }) {
  const { store } = controller.incident;
  useStore(store, useShallow(headerSlices));
  useStore(controller.ui, (ui) => ui.tick);
  const focus = useStore(controller.ui, (ui) => ui.focus);
  if (!layout.tabs) return null;
  const line = tabLine(
    store.getState(),
    focus,
    layout.tabs.width,
    controller.incident.clock.monotonic(),
    controller.theme,
  );
  return <Line rect={layout.tabs} lines={[line]} controller={controller} />;
}

function Footer({ controller, layout }: { controller: Controller; layout: Layout }) {
  const run = useStore(controller.incident.store, (state) => state.run);
  const ui = useStore(controller.ui);
  const line = footerLine(ui, run, controller.bindings, {
    width: layout.footer.width,
    monotonicMs: controller.incident.clock.monotonic(),
    theme: controller.theme,
  });
  return <Line rect={layout.footer} lines={[line]} controller={controller} />;
}

function Line({ rect, lines, controller }: { rect: Layout["footer"]; lines: string[]; controller: Controller }) {
  return (
    <Box position="absolute" left={rect.left} top={rect.top} width={rect.width} height={rect.height}>
      <Lines lines={lines} ascii={controller.theme.ascii} />
    </Box>
  );
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
      <Tabs controller={controller} layout={layout} />
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
  useEffect(() => {
    const timer = setInterval(() => {
      const { tick, message } = controller.ui.getState();
      const isOver = message !== null && message.untilMonotonicMs <= controller.incident.clock.monotonic();
      controller.ui.setState({ tick: tick + 1, ...(isOver ? { message: null } : {}) });
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [controller]);
  useEffect(() => {
    openNotices(controller);
    return controller.incident.store.subscribe((state, previous) => {
      if (state.notices !== previous.notices) openNotices(controller);
    });
  }, [controller]);
  return <Screen controller={controller} />;
}
