import { SLICE_CHARACTERS } from "../panes/log-filter.ts";
import { anchorOf, type LogSource, locate, searchLog } from "../panes/log-source.ts";
import { lineHeight, tagColumns } from "../panes/logs.ts";
import type { Controller } from "./controller.ts";
import { say } from "./messages.ts";

interface Viewport {
  source: LogSource;
  height: number;
  heightOf(index: number): number;
}

function viewport(controller: Controller): Viewport {
  const inner = controller.innerOf("logs");
  const state = controller.incident.store.getState();
  const { logs } = controller.ui.getState();
  const source = controller.logSource();
  const tag = tagColumns(state, inner.width);
  return {
    source,
    height: Math.max(1, inner.height),
    heightOf: (index) => {
      const line = source.at(index);
      return line ? Math.min(lineHeight(line, logs, inner.width, tag), inner.height) : 1;
    },
  };
}

/** The first line to show so that `last` is the bottom one. */
function topFor(view: Viewport, last: number): number {
  let top = last;
  let used = view.heightOf(last);
  while (top > 0 && used + view.heightOf(top - 1) <= view.height) {
    top--;
    used += view.heightOf(top);
  }
  return top;
}

/** Puts the cursor on line `cursor` and moves the view no more than needed to show it. Pauses when it was following. */
function moveTo(controller: Controller, view: Viewport, cursor: number): void {
  const { logs } = controller.ui.getState();
  const { source } = view;
  if (source.length === 0) {
    say(controller, "There are no log lines yet.");
    return;
  }
  const at = Math.max(0, Math.min(source.length - 1, cursor));
  let top = logs.paused ? locate(source, logs.paused.top) : topFor(view, source.length - 1);
  if (at < top) top = at;
  top = Math.max(top, topFor(view, at));
  const topLine = source.at(top);
  const cursorLine = source.at(at);
  if (!topLine || !cursorLine) return;
  const newest = logs.paused?.newest ?? controller.incident.logs.lastSequence;
  controller.ui.setState({
    logs: { ...logs, paused: { top: anchorOf(topLine), cursor: anchorOf(cursorLine), newest } },
  });
}

function cursorIndex(controller: Controller, view: Viewport): number {
  const { paused } = controller.ui.getState().logs;
  return paused ? locate(view.source, paused.cursor) : view.source.length - 1;
}

/** Moves the log by a command of the pane context; `end` resumes following. */
export function moveLog(
  controller: Controller,
  command: "up" | "down" | "page-up" | "page-down" | "top" | "end",
): void {
  if (command === "end") {
    follow(controller);
    return;
  }
  const view = viewport(controller);
  const from = cursorIndex(controller, view);
  const page = Math.max(1, view.height - 1);
  const steps = { up: -1, down: 1, "page-up": -page, "page-down": page, top: -from };
  moveTo(controller, view, from + steps[command]);
}

/** Shows the newest lines as they arrive. */
export function follow(controller: Controller): void {
  const { logs } = controller.ui.getState();
  controller.ui.setState({ logs: { ...logs, paused: undefined } });
}

/** Holds the log where it is, or follows again. */
export function togglePause(controller: Controller): void {
  if (controller.ui.getState().logs.paused) {
    follow(controller);
    return;
  }
  const view = viewport(controller);
  moveTo(controller, view, view.source.length - 1);
}

/**
 * Goes to the next (1) or previous (-1) line that contains the search text. `include` lets the present line count. A long log is
 * searched slice by slice, with keys in between; whatever moves the log meanwhile ends the search.
 */
export function toMatch(controller: Controller, direction: 1 | -1, include = false): void {
  const { logs } = controller.ui.getState();
  const view = viewport(controller);
  const from = cursorIndex(controller, view);
  const start = include ? from - direction : from;
  const search = searchLog(view.source, logs.search, start, direction, SLICE_CHARACTERS);
  const look = () => {
    if (controller.ui.getState().logs !== logs) return;
    const found = search.advance();
    if (found === undefined) setImmediate(look);
    else if (found === -1) say(controller, `No line contains "${logs.search}".`, "warn");
    else moveTo(controller, view, found);
  };
  look();
}

/** The line under the cursor; undefined while following, because it would be another one a moment later. */
export function cursorLine(controller: Controller) {
  const { paused } = controller.ui.getState().logs;
  if (!paused) return undefined;
  const source = controller.logSource();
  return source.at(locate(source, paused.cursor));
}

/** Keeps the cursor visible after the view changed (wrap, size, filter). */
export function settleLog(controller: Controller): void {
  if (!controller.ui.getState().logs.paused) return;
  const view = viewport(controller);
  if (view.source.length > 0) moveTo(controller, view, cursorIndex(controller, view));
}
