import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import fc from "fast-check";
import plainStringWidth from "string-width";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { displayWidth, isNarrow } from "../../src/base/text.ts";

interface Patch {
  name: string;
  replace: [string, string][];
}
const scripts = new URL("../../scripts/", import.meta.url);
const { patched, patchPlugin, notApplied } = (await import(new URL("patches.mjs", scripts).href)) as {
  patched(patch: Patch, source: string, path: string): string;
  patchPlugin(applied: Set<string>): import("esbuild").Plugin;
  notApplied(applied: Set<string>): string[];
};

describe("patches of the bundle", () => {
  let folder: string;
  let stringWidth: (text: string, options?: { ambiguousIsNarrow?: boolean }) => number;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mayday-patches-"));
    const outfile = join(folder, "width.mjs");
    const entry = join(folder, "entry.js");
    writeFileSync(entry, `export { default } from ${JSON.stringify(import.meta.resolve("string-width").slice(7))};`);
    const applied = new Set<string>();
    await build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      plugins: [patchPlugin(applied)],
      logLevel: "error",
    });
    expect([...applied]).toEqual(["string-width-lazy"]);
    expect(notApplied(applied)).toContain("ink-output-cache");
    ({ default: stringWidth } = (await import(outfile)) as { default: typeof stringWidth });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("one whose text is gone fails and says which", () => {
    const patch: Patch = { name: "p", replace: [["old text", "new"]] };
    expect(patched(patch, "an old text", "x.js")).toBe("an new");
    expect(() => patched(patch, "rewritten", "x.js")).toThrow("the patch p no longer applies: old text is not in x.js");
  });

  test("a replacement is taken as it is, also with dollar signs", () => {
    expect(patched({ name: "p", replace: [["a", "$'$&"]] }, "bab", "x.js")).toBe("b$'$&b");
  });

  test("the width of every character is what the package says", () => {
    for (let code = 0; code <= 0xffff; code++) {
      const text = String.fromCharCode(code);
      if (stringWidth(text) !== plainStringWidth(text) || displayWidth(text) !== plainStringWidth(text))
        expect({ code: code.toString(16), width: stringWidth(text), own: displayWidth(text) }).toEqual({
          code: code.toString(16),
          width: plainStringWidth(text),
          own: plainStringWidth(text),
        });
    }
  });

  test("the width of every text is what the package says", () => {
    const pieces = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.string({ unit: "binary" }),
      fc.constantFrom("👩‍👩‍👧‍👦", "⚠️", "✔️", "1️⃣", "🇩🇪", "a\u0301", "─│╭", "한국어", "ｶﾞ", "±", "←\ufe0f"),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 6 }), fc.boolean(), (parts, ambiguousIsNarrow) => {
        const text = parts.join("");
        expect(stringWidth(text, { ambiguousIsNarrow })).toBe(plainStringWidth(text, { ambiguousIsNarrow }));
        if (isNarrow(text)) expect(text.length).toBe(plainStringWidth(text));
      }),
      { numRuns: 2000 },
    );
  });

  test("the narrow characters of the patch are those of the program", () => {
    const source = readFileSync(new URL("patches.mjs", scripts), "utf8");
    const program = readFileSync(new URL("../../src/base/text.ts", import.meta.url), "utf8");
    const ranges = /\^\[(\\x20[^\]]+)\]\*\$/;
    expect(ranges.exec(source.replaceAll("\\\\", "\\"))?.[1]).toBe(
      ranges.exec(program.slice(program.indexOf("const NARROW")))?.[1],
    );
  });
});
