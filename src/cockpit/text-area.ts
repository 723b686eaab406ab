import { graphemes, sanitizeText } from "../base/text.ts";
import { type Row, seg } from "../panes/line.ts";
import type { Theme } from "../panes/theme.ts";
import { type Editor, editKey, editorOf, insertText } from "./editor.ts";
import type { KeyName } from "./keys.ts";

/** Several lines of text being typed: those above and below the one that the cursor is in. */
export interface TextArea {
  before: readonly string[];
  line: Editor;
  after: readonly string[];
}

/** A text area that holds `text`, with the cursor at its end. */
export function textAreaOf(text: string): TextArea {
  const lines = text.split("\n");
  return { before: lines.slice(0, -1), line: editorOf(lines.at(-1)), after: [] };
}

/** Everything that is in it. */
export function textOf({ before, line, after }: TextArea): string {
  return [...before, line.text, ...after].join("\n");
}

const charactersOf = (text: string): string[] => [...graphemes(text)].map((part) => part.segment);

/** The text area after a key, or undefined when the key is not one for editing. */
export function editArea(area: TextArea, key: KeyName): TextArea | undefined {
  const { before, line, after } = area;
  const length = charactersOf(line.text).length;
  switch (key) {
    case "enter":
      return broken(area);
    case "up":
      return upwards(area, line.cursor);
    case "down":
      return downwards(area, line.cursor);
    case "backspace":
      return line.cursor === 0 ? joinedWithPrevious(area) : { ...area, line: editKey(line, key) ?? line };
    case "delete":
      return line.cursor < length || after.length === 0
        ? { ...area, line: editKey(line, key) ?? line }
        : { before, line: { ...line, text: line.text + after[0] }, after: after.slice(1) };
    case "left":
      return line.cursor === 0 && before.length > 0
        ? upwards(area, Infinity)
        : { ...area, line: editKey(line, key) ?? line };
    case "right":
      return line.cursor === length && after.length > 0
        ? downwards(area, 0)
        : { ...area, line: editKey(line, key) ?? line };
    default: {
      const edited = editKey(line, key);
      return edited && { ...area, line: edited };
    }
  }
}

/** The text area with pasted text at the cursor, made safe; its line breaks stay. */
export function pasteIntoArea(area: TextArea, text: string): TextArea {
  const [first = "", ...rest] = sanitizeText(text).split("\n");
  let pasted: TextArea = { ...area, line: insertText(area.line, first) };
  for (const line of rest) {
    pasted = broken(pasted);
    pasted = { ...pasted, line: insertText(pasted.line, line) };
  }
  return pasted;
}

function broken({ before, line, after }: TextArea): TextArea {
  const all = charactersOf(line.text);
  const head = all.slice(0, line.cursor).join("");
  return { before: [...before, head], line: { text: all.slice(line.cursor).join(""), cursor: 0 }, after };
}

function at(text: string, cursor: number): Editor {
  return { text, cursor: Math.min(cursor, charactersOf(text).length) };
}

function upwards({ before, line, after }: TextArea, cursor: number): TextArea {
  const text = before.at(-1);
  if (text === undefined) return { before, line: at(line.text, 0), after };
  return { before: before.slice(0, -1), line: at(text, cursor), after: [line.text, ...after] };
}

function downwards({ before, line, after }: TextArea, cursor: number): TextArea {
  const [text, ...rest] = after;
  if (text === undefined) return { before, line: at(line.text, Infinity), after };
  return { before: [...before, line.text], line: at(text, cursor), after: rest };
}

function joinedWithPrevious({ before, line, after }: TextArea): TextArea {
  const previous = before.at(-1);
  if (previous === undefined) return { before, line, after };
  const cursor = charactersOf(previous).length;
  return { before: before.slice(0, -1), line: { text: previous + line.text, cursor }, after };
}

/** The text broken into lines of at most `width` columns, with its cursor, and the row that the cursor is in. */
export function areaRows(area: TextArea, width: number, theme: Theme): { rows: Row[]; cursorRow: number } {
  const rows: Row[] = [];
  const room = Math.max(1, width - 1);
  for (const text of area.before) rows.push(...plainRows(text, room));
  const all = charactersOf(area.line.text);
  const { cursor } = area.line;
  const cursorRow = rows.length + Math.floor(cursor / room);
  for (let start = 0; start <= all.length; start += room) {
    const isHere = cursor >= start && cursor < start + room;
    const piece = all.slice(start, start + room);
    if (!isHere) {
      if (piece.length > 0) rows.push([seg(piece.join(""))]);
      continue;
    }
    const under = piece[cursor - start] ?? " ";
    const caret = theme.ascii && under === " " ? seg(theme.glyphs.caret, "strong") : seg(under, "selected");
    rows.push([seg(piece.slice(0, cursor - start).join("")), caret, seg(piece.slice(cursor - start + 1).join(""))]);
  }
  for (const text of area.after) rows.push(...plainRows(text, room));
  return { rows, cursorRow };
}

function plainRows(text: string, room: number): Row[] {
  const all = charactersOf(text);
  if (all.length === 0) return [[]];
  return Array.from({ length: Math.ceil(all.length / room) }, (_, index) => [
    seg(all.slice(index * room, (index + 1) * room).join("")),
  ]);
}
