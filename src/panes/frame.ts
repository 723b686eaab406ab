import { displayWidth } from "../base/text.ts";
import { limit, paint, type Row, rowWidth, seg, spread } from "./line.ts";
import type { Theme } from "./theme.ts";

/** `box`: a border around, for panes side by side and dialogs. `bar`: a title line only, for one pane on a small screen. */
export type FrameStyle = "box" | "bar";

export interface FrameInput {
  title: Row;
  /** At the right end of the title: freshness, counters. */
  status: Row;
  /** Lines that are visible, at most as many as `innerSize` gives; missing ones are left blank. */
  rows: Row[];
  /** Rows already painted to the inner width (the log pane's highlighted lines). Wins over `rows`. */
  painted?: string[];
  width: number;
  height: number;
  focused: boolean;
  /** The frame is drawn in the colour of danger: what is done now is done as the emergency user. */
  isAlarming?: boolean;
  style: FrameStyle;
}

/** Columns and lines that a frame leaves for its content. */
export function innerSize(width: number, height: number, style: FrameStyle): { width: number; height: number } {
  return style === "box"
    ? { width: Math.max(0, width - 4), height: Math.max(0, height - 2) }
    : { width: Math.max(0, width - 2), height: Math.max(0, height - 1) };
}

/** The frame with its content: exactly `height` lines of exactly `width` columns. */
export function drawFrame(input: FrameInput, theme: Theme): string[] {
  const inner = innerSize(input.width, input.height, input.style);
  const lines = input.painted ?? input.rows.slice(0, inner.height).map((row) => paint(row, inner.width, theme));
  const blank = " ".repeat(inner.width);
  const body = Array.from({ length: inner.height }, (_, index) => lines[index] ?? blank);
  if (input.style === "bar") return [bar(input, theme), ...body.map((line) => pad(line, input.width))];
  return box(input, body, theme);
}

function pad(line: string, width: number): string {
  return width >= 2 ? ` ${line} ` : " ".repeat(width);
}

function bar(input: FrameInput, theme: Theme): string {
  return paint([seg(" "), ...spread(input.title, input.status, input.width - 2, theme), seg(" ")], input.width, theme);
}

function box(input: FrameInput, body: string[], theme: Theme): string[] {
  const { glyphs } = theme;
  const token = input.isAlarming ? "bad" : input.focused ? "focus" : "border";
  const line = (count: number) => seg(glyphs.horizontal.repeat(Math.max(0, count)), token);
  const room = input.width - 6;
  const status = rowWidth(input.status) > 0 ? limit(input.status, Math.max(0, room - 6), theme) : [];
  const statusWidth = rowWidth(status);
  const title = limit(input.title, Math.max(0, room - (statusWidth > 0 ? statusWidth + 3 : 0)), theme);
  const rest = room - rowWidth(title) - (statusWidth > 0 ? statusWidth + 2 : 0);
  const top: Row = [
    seg(glyphs.topLeft + glyphs.horizontal, token),
    seg(" "),
    ...title,
    seg(" "),
    line(rest),
    ...(statusWidth > 0 ? [seg(" "), ...status, seg(" ")] : []),
    seg(glyphs.horizontal + glyphs.topRight, token),
  ];
  const side = paint([seg(glyphs.vertical, token)], 1, theme);
  const lines = [paint(top, input.width, theme), ...body.map((text) => `${side} ${text} ${side}`)];
  if (input.height > 1)
    lines.push(
      paint([seg(glyphs.bottomLeft, token), line(input.width - 2), seg(glyphs.bottomRight, token)], input.width, theme),
    );
  return lines.slice(0, input.height).map((text) => (input.width < 4 ? " ".repeat(input.width) : text));
}

/** The first row to draw so that `top` never leaves the content. */
export function clampTop(top: number, total: number, visible: number): number {
  return Math.max(0, Math.min(top, total - visible));
}

/** `4-12/30` while not everything is visible, else nothing. */
export function positionText(top: number, total: number, visible: number): string {
  if (total <= visible || visible < 1) return "";
  return `${top + 1}-${Math.min(total, top + visible)}/${total}`;
}

/** Columns that the position takes, with the space before it. */
export function positionWidth(text: string): number {
  return text === "" ? 0 : displayWidth(text) + 1;
}
