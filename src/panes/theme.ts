/** What a piece of text means. Components name meanings; only this file knows colours. */
export type Token =
  | "text"
  | "strong"
  | "muted"
  | "accent"
  | "good"
  | "warn"
  | "bad"
  | "action"
  | "note"
  | "production"
  | "banner"
  | "caution"
  | "selected"
  | "match"
  | "key"
  | "border"
  | "focus"
  | "brand";

/** The characters that draw lines and marks; the ASCII set is for terminals without UTF-8. */
export interface Glyphs {
  horizontal: string;
  vertical: string;
  topLeft: string;
  topRight: string;
  bottomLeft: string;
  bottomRight: string;
  ellipsis: string;
  good: string;
  warn: string;
  bad: string;
  unknown: string;
  arrow: string;
  pointer: string;
  bullet: string;
  separator: string;
  caret: string;
  more: string;
  /** Eight heights, lowest first. */
  spark: readonly string[];
}

export interface Theme {
  colour: boolean;
  ascii: boolean;
  glyphs: Glyphs;
  /** SGR parameters of a token, empty for none. */
  sgr: Readonly<Record<Token, string>>;
}

const UNICODE: Glyphs = {
  horizontal: "─",
  vertical: "│",
  topLeft: "╭",
  topRight: "╮",
  bottomLeft: "╰",
  bottomRight: "╯",
  ellipsis: "…",
  good: "●",
  warn: "▲",
  bad: "✗",
  unknown: "?",
  arrow: "→",
  pointer: "›",
  bullet: "•",
  separator: "·",
  caret: "▏",
  more: "↓",
  spark: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
};

const ASCII: Glyphs = {
  horizontal: "-",
  vertical: "|",
  topLeft: "+",
  topRight: "+",
  bottomLeft: "+",
  bottomRight: "+",
  ellipsis: "~",
  good: "o",
  warn: "!",
  bad: "x",
  unknown: "?",
  arrow: ">",
  pointer: ">",
  bullet: "*",
  separator: "-",
  caret: "_",
  more: "v",
  spark: ["_", "_", ".", ".", "-", "-", "=", "#"],
};

// The 16 colours of every terminal, by foreground only: they are legible on dark and on light backgrounds, and reverse
// video takes the terminal's own background as its foreground.
const COLOUR: Record<Token, string> = {
  text: "",
  strong: "1",
  muted: "2",
  accent: "36",
  good: "32",
  warn: "33",
  bad: "1;31",
  action: "1;36",
  note: "35",
  production: "1;7;31",
  banner: "1;7;31",
  caution: "1;7;33",
  selected: "7",
  match: "1;7;33",
  key: "1",
  border: "2",
  focus: "36",
  brand: "1;7",
};

// NO_COLOR asks for no colour; bold, underline and reverse still carry emphasis.
const MONOCHROME: Record<Token, string> = {
  text: "",
  strong: "1",
  muted: "",
  accent: "",
  good: "",
  warn: "1",
  bad: "1",
  action: "1",
  note: "",
  production: "1;7",
  banner: "1;7",
  caution: "1;7",
  selected: "7",
  match: "4;7",
  key: "1",
  border: "",
  focus: "1",
  brand: "1;7",
};

/** The theme for a terminal. `colour: false` follows NO_COLOR; `ascii: true` draws with ASCII only, text from outside included. */
export function createTheme(options: { colour: boolean; ascii: boolean }): Theme {
  return {
    colour: options.colour,
    ascii: options.ascii,
    glyphs: options.ascii ? ASCII : UNICODE,
    sgr: options.colour ? COLOUR : MONOCHROME,
  };
}
