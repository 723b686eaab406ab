import { displayWidth, graphemes, isNarrow } from "../base/text.ts";
import type { Theme, Token } from "./theme.ts";

/** A piece of one line: plain text without SGR, and what it means. */
export interface Segment {
  text: string;
  token?: Token;
  /** One column in which the running spinner turns. */
  spinner?: true;
}

/** One line of the screen before it is given a width. */
export type Row = readonly Segment[];

/** Stands for the spinner's column in a painted line; taken out of all other text. */
export const SPINNER_CELL = "\ue0f0";

const PLAIN = /^[\x20-\x7e]*$/;

/** Shorthand for a segment. */
export function seg(text: string, token?: Token): Segment {
  return { text, token };
}

/** The spinner as a segment. */
export const SPINNER: Segment = { text: " ", token: "accent", spinner: true };

interface Cell {
  text: string;
  width: number;
}

/**
 * The text as terminal cells. Graphemes that take no column of their own are left out and line breaks become spaces:
 * drawn alone they would make the line wider or narrower than measured.
 */
function* cells(text: string, ascii: boolean): Generator<Cell> {
  for (const grapheme of graphemes(text)) {
    // Joiners without a partner would join whatever happens to be drawn next to them.
    const segment = grapheme.segment.replace(/\u200d+$/, "");
    const width = displayWidth(segment);
    if (segment < " " || segment === SPINNER_CELL) yield { text: " ", width: 1 };
    else if (width === 0) continue;
    else if (ascii && !PLAIN.test(segment)) yield { text: "?".repeat(width), width };
    else yield { text: segment, width };
  }
}

/** Columns that a row takes when nothing is cut. */
export function rowWidth(row: Row): number {
  let width = 0;
  for (const segment of row) width += displayWidth(segment.text);
  return width;
}

/** The row's text without styles. */
export function plainText(row: Row): string {
  return row.map((segment) => segment.text).join("");
}

function styled(text: string, token: Token | undefined, theme: Theme): string {
  const sgr = token ? theme.sgr[token] : "";
  return sgr === "" || text === "" ? text : `\x1b[${sgr}m${text}\x1b[0m`;
}

/** Cuts one segment's text to `columns`, without an ellipsis. */
function cut(text: string, columns: number, theme: Theme): { text: string; width: number; whole: boolean } {
  if (theme.ascii ? PLAIN.test(text) : isNarrow(text)) {
    return text.length <= columns
      ? { text, width: text.length, whole: true }
      : { text: text.slice(0, columns), width: columns, whole: false };
  }
  let out = "";
  let used = 0;
  for (const cell of cells(text, theme.ascii)) {
    if (used + cell.width > columns) return { text: out, width: used, whole: false };
    out += cell.text;
    used += cell.width;
  }
  return { text: out, width: used, whole: true };
}

/**
 * The row as a string of exactly `width` columns: cut with an ellipsis, or filled with spaces. `fill` replaces every
 * token and also colours the padding (selected lines, banners).
 */
export function paint(row: Row, width: number, theme: Theme, fill?: Token): string {
  if (width <= 0) return "";
  const pieces: { text: string; width: number; token?: Token }[] = [];
  let used = 0;
  let whole = true;
  for (const segment of row) {
    const token = fill ?? segment.token;
    if (segment.spinner) {
      if (used + 1 > width) whole = false;
      else pieces.push({ text: SPINNER_CELL, width: 1, token });
      used += 1;
    } else {
      const part = cut(segment.text, width - used, theme);
      pieces.push({ text: part.text, width: part.width, token });
      used += part.width;
      whole = part.whole;
    }
    if (!whole) break;
  }
  if (!whole) {
    used = 0;
    const kept: typeof pieces = [];
    for (const piece of pieces) {
      const room = width - 1 - used;
      if (room <= 0) break;
      if (piece.width <= room) {
        kept.push(piece);
        used += piece.width;
      } else {
        const part = cut(piece.text, room, theme);
        kept.push({ ...piece, text: part.text, width: part.width });
        used += part.width;
        break;
      }
    }
    kept.push({ text: theme.glyphs.ellipsis, width: 1, token: kept.at(-1)?.token });
    used += 1;
    pieces.splice(0, pieces.length, ...kept);
  }
  if (used < width) pieces.push({ text: " ".repeat(width - used), width: width - used, token: fill });
  const merged = merge(pieces);
  // Pieces that are fine alone can join into another grapheme side by side (flags, jamo): rather `?` than a crooked line.
  if (!theme.ascii && displayWidth(merged.map((piece) => piece.text).join("")) !== width) {
    return paint(row, width, { ...theme, ascii: true }, fill);
  }
  return merged.map((piece) => styled(piece.text, piece.token, theme)).join("");
}

/** Neighbours of one meaning share their SGR: fewer bytes over a slow link. */
function merge(pieces: { text: string; token?: Token }[]): { text: string; token?: Token }[] {
  const out: { text: string; token?: Token }[] = [];
  for (const piece of pieces) {
    const last = out.at(-1);
    if (last && last.token === piece.token) last.text += piece.text;
    else out.push({ text: piece.text, token: piece.token });
  }
  return out;
}

/** `left` and `right` at the two ends of `width` columns; the left one gives way when both do not fit. */
export function spread(left: Row, right: Row, width: number, theme: Theme): Row {
  const rightWidth = Math.min(rowWidth(right), width);
  const room = width - rightWidth - 1;
  if (room < 1) return right;
  return [
    ...limit(left, room, theme),
    seg(" ".repeat(Math.max(1, width - rightWidth - Math.min(rowWidth(left), room)))),
    ...right,
  ];
}

/** The row cut to at most `columns`, with an ellipsis where something was cut. */
export function limit(row: Row, columns: number, theme: Theme): Row {
  if (rowWidth(row) <= columns) return row;
  const out: Segment[] = [];
  let used = 0;
  for (const segment of row) {
    const room = columns - 1 - used;
    const part = cut(segment.text, room, theme);
    out.push({ ...segment, text: part.text });
    used += part.width;
    if (!part.whole) {
      const missing = columns - used - 1;
      out.push({ text: theme.glyphs.ellipsis + " ".repeat(Math.max(0, missing)), token: segment.token });
      return out;
    }
  }
  return out;
}

/** A cell of exactly `width` columns in a table. */
export function cell(
  text: string,
  width: number,
  theme: Theme,
  token?: Token,
  align: "left" | "right" = "left",
): Segment {
  const whole = displayWidth(text) <= width && cut(text, width, theme).whole;
  const part = cut(text, whole ? width : Math.max(0, width - 1), theme);
  const body = whole ? part.text : part.text + (width > 0 ? theme.glyphs.ellipsis : "");
  const padding = " ".repeat(Math.max(0, width - part.width - (whole || width === 0 ? 0 : 1)));
  return { text: align === "left" ? body + padding : padding + body, token };
}

/** Plain text broken into lines of at most `width` columns, at spaces where there are any. Empty text is one empty line. */
export function wrapText(text: string, width: number): string[] {
  if (width < 1) return [text];
  const lines: string[] = [];
  let line = "";
  let used = 0;
  const flush = () => {
    lines.push(line.trimEnd());
    line = "";
    used = 0;
  };
  for (const word of text.split(/(?<= )/)) {
    const wordWidth = displayWidth(word.trimEnd());
    if (used > 0 && used + wordWidth > width) flush();
    if (wordWidth <= width) {
      line += word;
      used += displayWidth(word);
      continue;
    }
    for (const piece of cells(word, false)) {
      if (used + piece.width > width) flush();
      line += piece.text;
      used += piece.width;
    }
  }
  if (line.trimEnd() !== "" || lines.length === 0) flush();
  return lines;
}

/** A paragraph as rows: `lead` before the first line, the others indented below its text. */
export function paragraph(lead: Row, text: string, width: number, token?: Token): Row[] {
  const indent = Math.min(rowWidth(lead), Math.max(0, width - 8));
  return wrapText(text, width - indent).map((line, index) =>
    index === 0 ? [...lead, seg(line, token)] : [seg(" ".repeat(indent)), seg(line, token)],
  );
}
