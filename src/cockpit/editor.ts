import { graphemes, sanitizeLine } from "../base/text.ts";
import { type Row, seg } from "../panes/line.ts";
import type { Theme } from "../panes/theme.ts";
import type { KeyName } from "./keys.ts";

/** A single line of text being typed; `cursor` counts graphemes from the start. */
export interface Editor {
  text: string;
  cursor: number;
}

function charactersOf(text: string): string[] {
  return [...graphemes(text)].map((part) => part.segment);
}

/** An editor that holds `text`, with the cursor at its end. */
export function editorOf(text = ""): Editor {
  return { text, cursor: charactersOf(text).length };
}

/** The editor with `text` put in at the cursor: typed or pasted, made safe and to one line first. Spaces at the end stay. */
export function insertText(editor: Editor, text: string): Editor {
  const trailing = /[ ]*$/.exec(text)?.[0] ?? "";
  const clean = sanitizeLine(text) + (text.trim() === "" ? text.replace(/[^ ]/g, "") : trailing);
  const all = charactersOf(editor.text);
  const before = all.slice(0, editor.cursor).join("") + clean;
  return { text: before + all.slice(editor.cursor).join(""), cursor: charactersOf(before).length };
}

/** The editor after a key, or undefined when the key is not one for editing. */
export function editKey(editor: Editor, key: KeyName): Editor | undefined {
  const all = charactersOf(editor.text);
  const { cursor } = editor;
  const join = (parts: string[], at: number): Editor => ({ text: parts.join(""), cursor: at });
  switch (key) {
    case "left":
      return { ...editor, cursor: Math.max(0, cursor - 1) };
    case "right":
      return { ...editor, cursor: Math.min(all.length, cursor + 1) };
    case "home":
    case "ctrl+a":
      return { ...editor, cursor: 0 };
    case "end":
    case "ctrl+e":
      return { ...editor, cursor: all.length };
    case "backspace":
      return cursor === 0 ? editor : join([...all.slice(0, cursor - 1), ...all.slice(cursor)], cursor - 1);
    case "delete":
      return join([...all.slice(0, cursor), ...all.slice(cursor + 1)], cursor);
    case "ctrl+u":
      return join(all.slice(cursor), 0);
    case "ctrl+k":
      return join(all.slice(0, cursor), cursor);
    case "ctrl+w": {
      let start = cursor;
      while (start > 0 && all[start - 1] === " ") start--;
      while (start > 0 && all[start - 1] !== " ") start--;
      return join([...all.slice(0, start), ...all.slice(cursor)], start);
    }
    case "space":
      return insertText(editor, " ");
    default:
      return charactersOf(key).length === 1 ? insertText(editor, key) : undefined;
  }
}

/** The text with its cursor, scrolled so that the cursor is inside `width` columns. Without focus there is no cursor. */
export function editorRow(editor: Editor, width: number, focused: boolean, theme: Theme): Row {
  const all = charactersOf(editor.text);
  const room = Math.max(1, width - 1);
  const start = Math.max(0, editor.cursor - room + 1);
  const before = all.slice(start, editor.cursor).join("");
  if (!focused) return [seg(all.join(""))];
  const under = all[editor.cursor] ?? " ";
  const after = all.slice(editor.cursor + 1, start + room).join("");
  return theme.ascii && under === " "
    ? [seg(before), seg(theme.glyphs.caret, "strong"), seg(after)]
    : [seg(before), seg(under, "selected"), seg(after)];
}
