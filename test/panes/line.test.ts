import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { drawFrame } from "../../src/panes/frame.ts";
import {
  cell,
  limit,
  paint,
  paragraph,
  plainText,
  rowWidth,
  SPINNER,
  seg,
  spread,
  wrapText,
} from "../../src/panes/line.ts";
import { createTheme } from "../../src/panes/theme.ts";

const theme = createTheme({ colour: true, ascii: false });
const ascii = createTheme({ colour: false, ascii: true });
const piece = fc.constantFrom(
  "nessie ",
  "日本",
  "👩‍👩‍👧‍👦",
  "a\u0301",
  "\u0301",
  "⚠️",
  "🇩🇪",
  "\u200d",
  "한",
  "x",
  "\u200b",
  "\ttab",
  "ﷺ",
);
const text = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(""));
const row = fc.array(
  text.map((content) => seg(content, "bad")),
  { maxLength: 4 },
);
const width = fc.integer({ min: 1, max: 60 });

const drawnWidth = (line: string) => stringWidth(stripVTControlCharacters(line));

describe("painted lines", () => {
  test("are exactly as wide as asked, whatever the text", () => {
    fc.assert(
      fc.property(row, width, fc.constantFrom(theme, ascii), (segments, columns, used) => {
        expect(drawnWidth(paint(segments, columns, used))).toBe(columns);
      }),
      { numRuns: 400 },
    );
  });

  test("a frame's lines are all exactly its width, its height is exact", () => {
    fc.assert(
      fc.property(
        row,
        row,
        fc.array(row, { maxLength: 6 }),
        fc.integer({ min: 8, max: 80 }),
        fc.integer({ min: 2, max: 12 }),
        fc.constantFrom("box" as const, "bar" as const),
        (title, status, rows, columns, lines, style) => {
          const drawn = drawFrame({ title, status, rows, width: columns, height: lines, focused: true, style }, theme);
          expect(drawn.map(drawnWidth)).toEqual(Array.from({ length: lines }, () => columns));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("two joiners between two emoji join nothing", () => {
    const family = "👩\u200d👩\u200d👧\u200d👦";
    expect(stringWidth(cell(`${family}\u200d\u200d⚠️`, 4, theme).text)).toBe(4);
  });

  test("cells and the two ends of a line keep their width", () => {
    fc.assert(
      fc.property(text, row, row, width, (content, left, right, columns) => {
        expect(stringWidth(cell(content, columns, theme).text)).toBe(columns);
        expect(rowWidth(limit(left, columns, theme))).toBeLessThanOrEqual(
          Math.max(columns, rowWidth(left) <= columns ? columns : 0),
        );
        expect(drawnWidth(paint(spread(left, right, columns, theme), columns, theme))).toBe(columns);
      }),
      { numRuns: 300 },
    );
  });

  test("wrapping loses no letter and is never wider", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("nessie", "日本語", "x".repeat(30), "a"), { maxLength: 12 }),
        fc.integer({ min: 4, max: 40 }),
        (words, columns) => {
          const lines = wrapText(words.join(" "), columns);
          for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
          expect(lines.join("").replaceAll(" ", "")).toBe(words.join(""));
        },
      ),
    );
  });

  test("mark what was cut, and cut nothing that fits", () => {
    expect(stripVTControlCharacters(paint([seg("abcdef", "bad")], 4, theme))).toBe("abc…");
    expect(stripVTControlCharacters(paint([seg("abcd", "bad")], 4, theme))).toBe("abcd");
    expect(paint([seg("abcdef")], 4, ascii)).toBe("abc~");
    expect(paint([seg("日本")], 5, ascii)).toBe("???? ");
  });

  test("without colour there are only bold, underline and reverse", () => {
    const plain = createTheme({ colour: false, ascii: false });
    const all = Object.values(plain.sgr).flatMap((sgr) => sgr.split(";"));
    expect(all.every((parameter) => ["", "1", "4", "7"].includes(parameter))).toBe(true);
  });

  test("a paragraph is indented below its lead", () => {
    const rows = paragraph([seg("1. ")], "one two three four", 11).map(plainText);
    expect(rows).toEqual(["1. one two", "   three", "   four"]);
  });

  test("the spinner takes one column and cannot come from outside", () => {
    expect(drawnWidth(paint([SPINNER, seg(" running")], 20, theme))).toBe(20);
    expect(paint([seg("\ue0f0 x")], 3, theme)).not.toContain("\ue0f0");
  });
});
