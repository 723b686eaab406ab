import { clampTop } from "../panes/frame.ts";
import { plainText } from "../panes/line.ts";
import { PANE_TITLES } from "../panes/pane.ts";
import type { Binding } from "./binding.ts";
import type { Controller } from "./controller.ts";
import { cursorLine, moveLog } from "./log-motion.ts";
import { say } from "./messages.ts";
import { TABLE_PANES } from "./table-panes.ts";

type Motion = "up" | "down" | "page-up" | "page-down" | "top" | "end";

function move(controller: Controller, motion: Motion): void {
  const { focus, scroll } = controller.ui.getState();
  if (focus === "logs") {
    moveLog(controller, motion);
    return;
  }
  const pane = TABLE_PANES[focus];
  const context = controller.paneContext(focus);
  const total = pane.view(controller.incident.store.getState(), context).rows.length;
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
  const context = { ...controller.paneContext(focus), roomy: true, zoomed: true, width: 200 };
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
