import type { Key } from "ink";
import { graphemes } from "../base/text.ts";

/** The name of a key as bindings spell it: a printable character itself, or a word such as `enter`, `pageup`, `ctrl+c`. */
export type KeyName = string;

const CONTROL_BYTES: Readonly<Record<string, KeyName>> = {
  "\r": "enter",
  "\n": "enter",
  "\t": "tab",
  "\x1b": "esc",
  "\x7f": "backspace",
  "\b": "backspace",
  " ": "space",
};

function special(key: Key): KeyName | undefined {
  if (key.upArrow) return "up";
  if (key.downArrow) return "down";
  if (key.leftArrow) return "left";
  if (key.rightArrow) return "right";
  if (key.pageUp) return "pageup";
  if (key.pageDown) return "pagedown";
  if (key.home) return "home";
  if (key.end) return "end";
  if (key.return) return "enter";
  if (key.escape) return "esc";
  if (key.tab) return key.shift ? "shift+tab" : "tab";
  if (key.backspace) return "backspace";
  if (key.delete) return "delete";
  return undefined;
}

/**
 * The keys of one input event. A terminal (or a slow link) may deliver several characters at once: each is a key of its
 * own, in order. Combinations with Meta are not keys of ours and give nothing.
 */
export function keysOf(input: string, key: Key): KeyName[] {
  if (key.eventType === "release") return [];
  const named = special(key);
  if (named) return [named];
  if (key.ctrl) return input === "" ? [] : [`ctrl+${input.toLowerCase()}`];
  if (key.meta) return [];
  const names: KeyName[] = [];
  for (const { segment } of graphemes(input)) {
    const code = segment.charCodeAt(0);
    const control = CONTROL_BYTES[segment];
    if (control) names.push(control);
    else if (segment === "\r\n") names.push("enter");
    else if (code >= 1 && code <= 26) names.push(`ctrl+${String.fromCharCode(code + 96)}`);
    else if (code >= 32) names.push(segment);
  }
  return names;
}

const SHOWN: Readonly<Record<string, string>> = {
  enter: "Enter",
  esc: "Esc",
  tab: "Tab",
  "shift+tab": "Shift-Tab",
  space: "Space",
  up: "Up",
  down: "Down",
  left: "Left",
  right: "Right",
  pageup: "PgUp",
  pagedown: "PgDn",
  home: "Home",
  end: "End",
  backspace: "Backspace",
  delete: "Delete",
};

/** A key as the footer, the help and the documentation write it: `Enter`, `Ctrl-C`, `j`. */
export function showKey(key: KeyName): string {
  if (key.startsWith("ctrl+")) return `Ctrl-${key.slice(5).toUpperCase()}`;
  return SHOWN[key] ?? key;
}

/** Whether a key name can be bound: one character, or one of the words above, or ctrl+letter. */
export function isKeyName(key: string): boolean {
  return key in SHOWN || /^ctrl\+[a-z]$/.test(key) || [...graphemes(key)].length === 1;
}
