import { formatTime, type TimeZone } from "../../base/duration.ts";
import { paragraph, type Row, seg } from "../../panes/line.ts";
import { logTotals } from "../../panes/logs.ts";
import { lastValue } from "../../state/source.ts";
import type { CommandLine } from "../../state/store.ts";
import { say } from "../messages.ts";
import { replaceTop } from "../ui.ts";
import { closeDialog, type Dialog, type DialogContext, type ListItem } from "./dialog.ts";

function itemOf(line: CommandLine, zone: TimeZone): ListItem {
  const what = line.error ? "ERROR" : line.mutation ? "CHANGE" : line.purpose;
  return {
    id: String(line.id),
    label: `${formatTime(line.atMs, zone)} ${what.padEnd(8)} ${line.line}`,
    hint: `${Math.round(line.durationMs)}ms`,
    detail: "",
  };
}

function detailRows(line: CommandLine | undefined, { width }: DialogContext): Row[] {
  if (!line) return [];
  return [
    [],
    ...paragraph([seg("$ ", "muted")], line.line, width),
    ...(line.requestId ? [[seg(`request id ${line.requestId}`, "muted")]] : []),
    ...(line.error ? paragraph([], line.error, width, "bad") : []),
  ];
}

/** How reading the logs goes. Reads overlap on purpose, so that late lines are not missed: what comes again is dropped by its id. */
function logRows({ state, width }: DialogContext): Row[] {
  const groups = lastValue(state.logs) ?? [];
  if (groups.length === 0) return [];
  const { ingested, duplicates, late, gaps } = logTotals(groups);
  const lines = `${ingested} log lines read; ${duplicates} came again and were dropped, ${late} came late, ${gaps} gaps`;
  return [[], ...paragraph([], lines, width, "muted")];
}

/** Every call that was sent to AWS, newest first, with its `aws` line, time, duration, request id and error. */
export function commandLogDialog(selectedId?: number, changesOnly = false): Dialog {
  const visible = (lines: readonly CommandLine[]) => lines.filter((line) => !changesOnly || line.mutation).toReversed();
  const indexIn = (lines: readonly CommandLine[]) =>
    Math.max(
      0,
      lines.findIndex((line) => line.id === selectedId),
    );
  return {
    kind: "command-log",
    title: changesOnly ? "Commands sent: changes only" : "Commands sent",
    tone: "normal",
    scroll: 0,
    hints: [
      { command: "dialog.down", label: "move" },
      { command: "dialog.confirm", label: "copy the line" },
      { command: "dialog.toggle", label: changesOnly ? "show all" : "changes only" },
      { command: "dialog.close", label: "back" },
    ],
    content(context) {
      const lines = visible(context.state.commands);
      const index = indexIn(lines);
      return {
        head: [],
        list: { items: lines.map((line) => itemOf(line, context.zone)), index },
        rows:
          lines.length === 0
            ? [[seg(changesOnly ? "Nothing has been changed in AWS." : "Nothing has been sent yet.", "muted")]]
            : detailRows(lines[index], context),
        foot: logRows(context),
      };
    },
    key(key, controller) {
      const lines = visible(controller.incident.store.getState().commands);
      const index = indexIn(lines);
      const move = (to: number) => {
        const line = lines[Math.max(0, Math.min(lines.length - 1, to))];
        if (line) replaceTop(controller.ui, commandLogDialog(line.id, changesOnly));
      };
      switch (controller.commandOf("dialog", key)) {
        case "up":
          return move(index - 1);
        case "down":
          return move(index + 1);
        case "page-up":
          return move(index - 10);
        case "page-down":
          return move(index + 10);
        case "top":
          return move(0);
        case "end":
          return move(lines.length - 1);
        case "toggle":
          return replaceTop(controller.ui, commandLogDialog(undefined, !changesOnly));
        case "confirm":
        case "copy-lines": {
          const line = lines[index];
          return line
            ? controller.copy(line.line, "the aws line")
            : say(controller, "There is no line to copy.", "warn");
        }
        case "close":
          return closeDialog(controller);
      }
    },
  };
}
