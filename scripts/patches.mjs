import { readFileSync } from "node:fs";

/**
 * What the bundle changes in the packages that every start loads. Each patch names the text that it replaces, and fails the build
 * when that text is not there any more: a new version of the package has to be looked at.
 */
const PATCHES = [
  {
    // Yoga reads its WebAssembly through fetch("data:..."), which loads the whole of undici: 38 ms at start-up. With the
    // condition turned it decodes the base64 itself, as it does where there is no fetch.
    name: "yoga-without-fetch",
    file: /yoga-wasm-base64-esm\.js$/,
    replace: [['"function"!=typeof fetch', "true"]],
  },
  {
    // The regular expression of all emoji sequences takes 24 ms to read: it waits for the first text that needs it. What is
    // surely one column a character never needs it, nor the segmenter.
    name: "string-width-lazy",
    file: /string-width\/index\.js$/,
    replace: [
      [
        "const rgiEmojiRegex = /^\\p{RGI_Emoji}$/v;",
        "let emojiRegex; const rgiEmojiRegex = {test: text => (emojiRegex ??= new RegExp('^\\\\p{RGI_Emoji}$', 'v')).test(text)};\n" +
          "const narrowRegex = /^[\\x20-\\x7e\\xa0-\\xac\\xae-\\u02ff\\u2010-\\u2027\\u2030-\\u203b\\u2190-\\u21ff\\u2200-\\u22ff\\u2500-\\u25fc\\u2713-\\u2718\\u2800-\\u28ff]*$/;",
      ],
      [
        "	let width = 0;\n	const eastAsianWidthOptions = ",
        "	if (ambiguousIsNarrow && narrowRegex.test(string)) {\n		return string.length;\n	}\n\n	let width = 0;\n	const eastAsianWidthOptions = ",
      ],
      ["const segmenter = new Intl.Segmenter();", lazySegmenter("segmenter")],
    ],
  },
  ...[
    [/slice-ansi\/tokenize-ansi\.js$/, "GRAPHEME_SEGMENTER", "undefined, {granularity: 'grapheme'}"],
    [/wrap-ansi\/index\.js$/, "segmenter", ""],
    [/ansi-tokenize\/build\/tokenize\.js$/, "segmenter", 'undefined, { granularity: "grapheme" }'],
    [/ink\/build\/line-update\.js$/, "segmenter", "undefined, { granularity: 'grapheme' }"],
  ].map(([file, name, options]) => ({
    // The first segmenter of a process takes 10 ms to make.
    name: `lazy-segmenter ${file.source}`,
    file,
    replace: [[`const ${name} = new Intl.Segmenter(${options});`, lazySegmenter(name, options)]],
  })),
  {
    // Ink makes a new cache for every frame, so that no line of the frame before is known. Two generations keep what the last
    // two frames used and nothing else: a cache without end would double the memory. A text is split into its lines once, and a
    // line that is not clipped is not taken apart for clipping.
    name: "ink-output-cache",
    file: /ink\/build\/output\.js$/,
    replace: [
      ["    caches = new OutputCaches();", "    caches = nextCaches();"],
      [
        "        const characterLines = [[]];",
        "        let lines = this.caches.blocks.get(text);\n        if (lines === undefined) {\n        const characterLines = [[]];",
      ],
      [
        "        let lines = characterLines.map(line => styledCharsToString(line));",
        "        lines = characterLines.map(line => styledCharsToString(line));\n        this.caches.blocks.set(text, lines);\n        }",
      ],
      [
        "        const result = [];\n        let column = 0;",
        "        if (from <= 0 && to >= this.caches.getStringWidth(line)) {\n            return line;\n        }\n        const result = [];\n        let column = 0;",
      ],
      [
        "export default class Output {",
        `class TwoGenerations {
    current = new Map();
    former = new Map();
    get(key) {
        let value = this.current.get(key);
        if (value === undefined) {
            value = this.former.get(key);
            if (value !== undefined) this.current.set(key, value);
        }
        return value;
    }
    set(key, value) {
        this.current.set(key, value);
    }
    turn() {
        this.former = this.current;
        this.current = new Map();
    }
}
let sharedCaches;
function nextCaches() {
    if (sharedCaches === undefined) {
        sharedCaches = new OutputCaches();
        sharedCaches.widths = new TwoGenerations();
        sharedCaches.blockWidths = new TwoGenerations();
        sharedCaches.styledChars = new TwoGenerations();
        sharedCaches.blocks = new TwoGenerations();
    } else {
        sharedCaches.widths.turn();
        sharedCaches.blockWidths.turn();
        sharedCaches.styledChars.turn();
        sharedCaches.blocks.turn();
    }
    return sharedCaches;
}
export default class Output {`,
      ],
    ],
  },
];

function lazySegmenter(name, options = "") {
  return `let ${name}Made; const ${name} = {segment: text => (${name}Made ??= new Intl.Segmenter(${options})).segment(text)};`;
}

/** A source text with a patch's replacements. @throws Error when one does not apply. */
export function patched(patch, source, path) {
  let text = source;
  for (const [from, to] of patch.replace) {
    if (!text.includes(from)) throw new Error(`the patch ${patch.name} no longer applies: ${from} is not in ${path}`);
    text = text.replaceAll(from, () => to);
  }
  return text;
}

/**
 * The patches as an esbuild plugin.
 * @param applied filled with the names of the patches that were carried out.
 */
export function patchPlugin(applied) {
  return {
    name: "patches",
    setup(builder) {
      for (const patch of PATCHES) {
        builder.onLoad({ filter: patch.file }, ({ path }) => {
          applied.add(patch.name);
          return { contents: patched(patch, readFileSync(path, "utf8"), path), loader: "js" };
        });
      }
    },
  };
}

/** The names of patches that were not carried out: their file is not in the bundle any more under this name. */
export function notApplied(applied) {
  return PATCHES.map((patch) => patch.name).filter((name) => !applied.has(name));
}
