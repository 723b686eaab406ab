import { clampTop } from "../panes/frame.ts";
import { plainText } from "../panes/line.ts";
import { PANE_TITLES, type PaneId, type PaneItem } from "../panes/pane.ts";
import type { Binding } from "./binding.ts";
import type { Controller } from "./controller.ts";
import type { Dialog } from "./dialogs/dialog.ts";
import { cursorLine, moveLog } from "./log-motion.ts";
import { say } from "./messages.ts";
import { OPENED, TABLE_PANES } from "./table-panes.ts";
import { openDialog } from "./ui.ts";

type Motion = "up" | "down" | "page-up" | "page-down" | "top" | "end";

function move(controller: Controller, motion: Motion): void {
  const { focus, scroll } = controller.ui.getState();
  if (focus === "logs") {
    moveLog(controller, motion);
    return;
  }
  const pane = TABLE_PANES[focus];
  const context = controller.paneContext(focus);
  const { rows, items } = pane.view(controller.incident.store.getState(), context);
  const total = rows.length;
  if (items && items.length > 0) {
    moveCursor(controller, focus, items, total, motion);
    return;
  }
  const last = Math.max(0, total - context.height);
  const from = clampTop(scroll[focus] ?? (pane.follows ? last : 0), total, context.height);
  const page = Math.max(1, context.height - 1);
  const to = { up: from - 1, down: from + 1, "page-up": from - page, "page-down": from + page, top: 0, end: last }[
    motion
  ];
  const top = clampTop(to, total, context.height);
  // At its end a pane that follows goes on following.
  const next = pane.follows && top >= last ? undefined : top;
  controller.ui.setState({ scroll: { ...scroll, [focus]: next } });
}

/** Moves the cursor of a pane with items, and the view no more than needed to show the whole item. */
function moveCursor(
  controller: Controller,
  focus: PaneId,
  items: readonly PaneItem[],
  total: number,
  motion: Motion,
): void {
  const { scroll, cursor } = controller.ui.getState();
  const { height } = controller.paneContext(focus);
  const at = Math.max(
    0,
    items.findIndex(({ id }) => id === cursor[focus]),
  );
  const row = items[at]?.row ?? 0;
  const last = items.length - 1;
  const within = (wanted: number) => Math.max(0, Math.min(last, wanted));
  const below = items.findIndex((item) => item.row > row + height - 1);
  const above = items.findLastIndex((item) => item.row < row - height + 1);
  const to = within(
    { up: at - 1, down: at + 1, top: 0, end: last, "page-down": below < 0 ? last : below, "page-up": above }[motion],
  );
  const [from, end] = [items[to]?.row ?? 0, items[to + 1]?.row ?? total];
  const top = clampTop(scroll[focus] ?? 0, total, height);
  // What stands above the first item (why data is missing) is shown with it.
  const start = to === 0 ? 0 : from;
  const next = start < top ? start : end > top + height ? Math.min(from, end - height) : top;
  controller.ui.setState({
    cursor: { ...cursor, [focus]: items[to]?.id },
    scroll: { ...scroll, [focus]: clampTop(next, total, height) },
  });
}

/** What Enter opens in the pane that has the focus; undefined where there is nothing to open. */
function openable(controller: Controller): Dialog | undefined {
  const { focus, cursor } = controller.ui.getState();
  if (focus === "logs") return undefined;
  const { items } = TABLE_PANES[focus].view(controller.incident.store.getState(), controller.paneContext(focus));
  const item = items?.find(({ id }) => id === cursor[focus]) ?? items?.[0];
  return item && OPENED[focus]?.(item.id);
}

/** `y`: the log line under the cursor, or the whole text of another pane. */
function copy(controller: Controller): void {
  const { focus } = controller.ui.getState();
  if (focus === "logs") {
    const line = cursorLine(controller);
    if (!line) {
      say(controller, "The log is moving: pause it with Space, choose a line with j and k, then copy.", "warn");
      return;
    }
    controller.copy(`${new Date(line.atMs).toISOString()} ${line.text}`, "the log line");
    return;
  }
  const context = { ...controller.paneContext(focus), roomy: true, zoomed: true, width: 200, cursor: undefined };
  const { rows } = TABLE_PANES[focus].view(controller.incident.store.getState(), context);
  controller.copy(rows.map((row) => plainText(row).trimEnd()).join("\n"), `the ${PANE_TITLES[focus]} pane`);
}

const motion = (command: Motion, keys: readonly string[], description: string): Binding => ({
  id: `pane.${command}`,
  context: "pane",
  keys,
  description,
  run: (controller) => move(controller, command),
});

/** Commands of whichever pane has the focus. */
export const PANE_BINDINGS: readonly Binding[] = [
  motion("down", ["j", "down"], "One line down"),
  motion("up", ["k", "up"], "One line up"),
  motion("page-down", ["pagedown"], "One page down"),
  motion("page-up", ["pageup"], "One page up"),
  motion("top", ["g", "home"], "To the top"),
  motion("end", ["G", "end"], "To the end; log and timeline follow again"),
  {
    id: "pane.open",
    context: "pane",
    keys: ["enter"],
    description: "Open the alarm under the cursor: what it means, what to do, its history",
    footer: { label: "open", order: 6.5 },
    active: (controller) => openable(controller) !== undefined,
    run(controller) {
      const dialog = openable(controller);
      if (dialog) openDialog(controller.ui, dialog);
    },
  },
  {
    id: "pane.wrap",
    context: "pane",
    keys: ["w"],
    description: "Break long lines, or cut them; the log has its own switch",
    run: (controller) => controller.ui.setState(({ wrap }) => ({ wrap: !wrap })),
  },
  {
    id: "pane.copy",
    context: "pane",
    keys: ["y"],
    description: "Copy: the log line under the cursor, or the pane's text",
    footer: { label: "copy", order: 14 },
    palette: true,
    run: copy,
  },
];
