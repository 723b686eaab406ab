import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { displayWidth, fit, sanitizeLine, sanitizeText, truncate } from "../../src/base/text.ts";

describe("sanitizeText", () => {
  it.each([
    ["plain", "plain"],
    ["\u001b[31mred\u001b[0m", "red"],
    ["\u001b]0;owned\u0007title", "title"],
    ["\u001b]52;c;cm0gLXJm\u001b\\copy", "copy"],
    ["\u009b31mx", "x"],
    ["\u001bPq payload\u001b\\after", "after"],
    ["a\u202eb\u2066c\u200bd", "abcd"],
    ["bell\u0007 back\bspace\u007f", "bell backspace"],
    ["one\r\ntwo\rthree", "one\ntwo\nthree"],
    ["tab\there", "tab  here"],
    ["lone \ud800 half", "lone \ufffd half"],
    ["žluťoučký 🐎 漢字", "žluťoučký 🐎 漢字"],
  ])("%j", (text, expected) => expect(sanitizeText(text)).toBe(expected));

  it("never leaves anything that a terminal obeys", () => {
    const hostile = fc
      .array(
        fc.oneof(
          fc.constantFrom(
            "\u001b",
            "\u009b",
            "[",
            "]",
            "52;c;",
            "\u0007",
            "\u009c",
            "\\",
            "m",
            "\n",
            "P",
            "\u202e",
            "0",
          ),
          fc.string(),
        ),
      )
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(hostile, (text) => {
        expect(sanitizeText(text)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
        expect(sanitizeLine(text)).not.toContain("\n");
      }),
    );
  });
});

describe("fit and truncate", () => {
  it("cut and fill by columns, not by characters", () => {
    expect(truncate("漢字漢字", 5)).toBe("漢字…");
    expect(displayWidth(fit("漢字漢字", 6))).toBe(6);
    expect(fit("ab", 4, "right")).toBe("  ab");
    expect(truncate("anything", 0)).toBe("");
  });
  it("fit gives exactly the width, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 60 }), (text, width) => {
        expect(displayWidth(fit(sanitizeLine(text), width))).toBe(width);
      }),
    );
  });
});
