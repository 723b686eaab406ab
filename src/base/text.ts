import stringWidth from "string-width";

// CSI, OSC/DCS/SOS/PM/APC strings (also unterminated ones, to the end of the line), and two-character escapes, 7- and 8-bit.
const ESCAPE_SEQUENCES =
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]?/g;
const CONTROL_CHARACTERS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;
// Bidirectional overrides, isolates and marks, zero-width and invisible characters that can disguise a line.
const DISGUISES =
  /[\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const LONE_SURROGATES = /\p{Surrogate}/gu;
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * Text from outside (logs, names, API messages) made safe to draw and to write: escape sequences, control characters,
 * bidirectional overrides and invisible characters are taken out, tabs become spaces, new lines stay.
 */
export function sanitizeText(text: string): string {
  if (PLAIN.test(text)) return text;
  return text
    .replace(/\r\n?/g, "\n")
    .replace(ESCAPE_SEQUENCES, "")
    .replace(/\t/g, "  ")
    .replace(CONTROL_CHARACTERS, "")
    .replace(DISGUISES, "")
    .replace(LONE_SURROGATES, "\ufffd");
}

/** `sanitizeText`, with everything on one line: line breaks become one space. */
export function sanitizeLine(text: string): string {
  return sanitizeText(text)
    .replace(/\s*\n\s*/g, " ")
    .trimEnd();
}

// ASCII, Latin-1 and its extensions, common punctuation, arrows, box drawing and blocks, ticks, braille: one column each, and nothing joins.
const NARROW =
  /^[\x20-\x7e\xa0-\xac\xae-\u02ff\u2010-\u2027\u2030-\u203b\u2190-\u21ff\u2200-\u22ff\u2500-\u25fc\u2713-\u2718\u2800-\u28ff]*$/;

let segmenter: Intl.Segmenter | undefined;

/** The text in the pieces that a terminal draws as one. Making the segmenter takes 10 ms: it waits for the first text that needs it. */
export function graphemes(text: string): Iterable<{ segment: string }> {
  if (isNarrow(text)) return Array.from(text, (segment) => ({ segment }));
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return segmenter.segment(text);
}

/** True when every UTF-16 unit of the text surely is a column of its own: such a text may be cut anywhere. */
export function isNarrow(text: string): boolean {
  return NARROW.test(text);
}

/** Columns that the text takes in a terminal. */
export function displayWidth(text: string): number {
  return isNarrow(text) ? text.length : stringWidth(text);
}

/** The text cut to at most `columns` columns, with `…` as its last column where something was cut. Plain text only, no SGR. */
export function truncate(text: string, columns: number): string {
  if (columns <= 0) return "";
  if (displayWidth(text) <= columns) return text;
  if (isNarrow(text)) return `${text.slice(0, columns - 1)}…`;
  let out = "";
  let used = 0;
  for (const { segment } of graphemes(text)) {
    const width = stringWidth(segment);
    if (used + width > columns - 1) break;
    out += segment;
    used += width;
  }
  return `${out}…`;
}

/** The text cut or filled with spaces to exactly `columns` columns. */
export function fit(text: string, columns: number, align: "left" | "right" = "left"): string {
  const cut = truncate(text, columns);
  const padding = " ".repeat(Math.max(0, columns - displayWidth(cut)));
  return align === "left" ? cut + padding : padding + cut;
}

/** Plain text broken at spaces into lines of at most `columns` columns; a word that is longer has a line of its own and stays whole. */
export function wrapWords(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && displayWidth(longer) > columns) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
