import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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

/** Ink's builder of frames: what is written and clipped, and the frame that comes of it. */
type OutputClass = new (size: {
  width: number;
  height: number;
}) => {
  write(x: number, y: number, text: string, options: { transformers: [] }): void;
  clip(clip: { x1: number; x2: number; y1: number; y2: number }): void;
  unclip(): void;
  get(): { output: string; height: number };
};

describe("patches of the bundle", () => {
  let folder: string;
  let outputs: { patched: OutputClass; plain: OutputClass };
  let stringWidth: (text: string, options?: { ambiguousIsNarrow?: boolean }) => number;

  /** The default export of a file, bundled with the patches or without, and the patches that were carried out. */
  async function bundled(path: string, patches: boolean): Promise<{ value: unknown; applied: Set<string> }> {
    const outfile = join(folder, `${path.replace(/\W/g, "-")}-${patches}.mjs`);
    const applied = new Set<string>();
    await build({
      stdin: { contents: `export { default } from ${JSON.stringify(path)};`, resolveDir: import.meta.dirname },
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      plugins: patches ? [patchPlugin(applied)] : [],
      logLevel: "error",
    });
    return { value: ((await import(outfile)) as { default: unknown }).default, applied };
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mayday-patches-"));
    const width = await bundled("string-width", true);
    expect([...width.applied]).toEqual(["string-width-lazy"]);
    expect(notApplied(width.applied)).toContain("ink-output-cache");
    stringWidth = width.value as typeof stringWidth;
    const output = fileURLToPath(new URL("output.js", import.meta.resolve("ink")));
    outputs = {
      patched: (await bundled(output, true)).value as OutputClass,
      plain: (await bundled(output, false)).value as OutputClass,
    };
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

  test("Ink makes the same frames, however texts come back, overlap and are clipped", () => {
    const text = fc.constantFrom(
      "plain",
      "\x1b[31mred\x1b[39m and \x1b[1mbold\x1b[22m",
      "two\nlines",
      "\x1b[7mstyle\nover lines\x1b[27m",
      "日本語",
      "日\n👩‍👩‍👧‍👦x",
      "",
      "─".repeat(30),
    );
    const at = fc.integer({ min: -3, max: 12 });
    const write = fc.record({ x: at, y: at, text });
    const clip = fc.option(fc.record({ x1: at, y1: at, width: fc.nat(20), height: fc.nat(6) }));
    const frame = fc.array(fc.record({ clip, writes: fc.array(write, { maxLength: 4 }) }), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 4 }), (frames) => {
        for (const parts of frames) {
          const [ours, theirs] = [outputs.patched, outputs.plain].map((Output) => {
            const output = new Output({ width: 20, height: 8 });
            for (const part of parts) {
              if (part.clip) {
                const { x1, y1, width, height } = part.clip;
                output.clip({ x1, y1, x2: x1 + width, y2: y1 + height });
              }
              for (const { x, y, text: written } of part.writes) output.write(x, y, written, { transformers: [] });
              if (part.clip) output.unclip();
            }
            return output.get();
          });
          expect(ours).toEqual(theirs);
        }
      }),
      { numRuns: 500 },
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
