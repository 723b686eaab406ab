import type { Key } from "ink";
import { describe, expect, test } from "vitest";
import { CONTEXTS } from "../../src/cockpit/binding.ts";
import { DEFAULT_BINDINGS } from "../../src/cockpit/bindings.ts";
import { clipboardSequence } from "../../src/cockpit/clipboard.ts";
import { editKey, editorOf, insertText } from "../../src/cockpit/editor.ts";
import { fuzzyFilter } from "../../src/cockpit/fuzzy.ts";
import { applyKeyOverrides } from "../../src/cockpit/key-overrides.ts";
import { isKeyName, keysOf } from "../../src/cockpit/keys.ts";
import { renderKeysMarkdown } from "../../src/cockpit/keys-markdown.ts";
import { createHarness } from "../support/cockpit-harness.tsx";

const none = {} as Key;

test("input events become keys, several characters several keys", () => {
  expect(keysOf("jjj", none)).toEqual(["j", "j", "j"]);
  expect(keysOf("a\rb\t ", none)).toEqual(["a", "enter", "b", "tab", "space"]);
  expect(keysOf("é日👩‍👩‍👧", none)).toEqual(["é", "日", "👩‍👩‍👧"]);
  expect(keysOf("c", { ...none, ctrl: true })).toEqual(["ctrl+c"]);
  expect(keysOf("\x1a", none)).toEqual(["ctrl+z"]);
  expect(keysOf("", { ...none, upArrow: true })).toEqual(["up"]);
  expect(keysOf("", { ...none, tab: true, shift: true })).toEqual(["shift+tab"]);
  expect(keysOf("x", { ...none, meta: true })).toEqual([]);
  expect(keysOf("x", { ...none, eventType: "release" })).toEqual([]);
});

describe("the binding table", () => {
  test("has unique commands, known keys, and one command a key in each context", () => {
    const ids = DEFAULT_BINDINGS.map((binding) => binding.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const context of CONTEXTS) {
      const keys = DEFAULT_BINDINGS.filter((binding) => binding.context === context).flatMap((binding) => binding.keys);
      expect(new Set(keys).size).toBe(keys.length);
      for (const key of keys) expect(isKeyName(key)).toBe(true);
    }
  });

  test("puts no action on a bare Ctrl key", () => {
    const onCtrl = DEFAULT_BINDINGS.filter(
      (binding) => binding.context !== "input" && binding.keys.some((key) => key.startsWith("ctrl+")),
    );
    expect(onCtrl.map((binding) => binding.id)).toEqual(["interrupt", "suspend"]);
  });

  test("docs/keys.md names every command with its keys", () => {
    const text = renderKeysMarkdown();
    for (const binding of DEFAULT_BINDINGS) expect(text).toContain(`\`${binding.id}\``);
    expect(text).toContain("| `Space` | Pause the log, or follow it again | `pause` |");
    expect(text.endsWith("\n")).toBe(true);
  });
});

describe("overrides", () => {
  test("replace a command's keys, in the dispatcher and in the footer", () => {
    const { bindings, problems } = applyKeyOverrides(DEFAULT_BINDINGS, { actions: ["x", "A"] });
    expect(problems).toEqual([]);
    const harness = createHarness({ bindings });
    expect(harness.frame().at(-1)).toContain("x actions");
    harness.press("a");
    expect(harness.dialog()).toBeUndefined();
    harness.press("A");
    expect(harness.dialog()).toBe("actions");
  });

  test.each([
    [{ fly: "x" }, "no such command"],
    [{ actions: "ctrl+a" }, "Ctrl-A cannot be used"],
    [{ actions: "banana" }, "is not a key"],
    [{ actions: "n" }, "n is on both actions and note"],
    [{ note: "j" }, "j is on both"],
    [{ cancel: "x" }, "keeps its keys"],
  ])("%o is refused and changes nothing", (overrides, message) => {
    const { bindings, problems } = applyKeyOverrides(DEFAULT_BINDINGS, overrides as Record<string, string>);
    expect(problems.join("\n")).toContain(message);
    expect(bindings).toBe(DEFAULT_BINDINGS);
  });
});

describe("the line editor", () => {
  const edited = (text: string, ...keys: string[]) =>
    keys.reduce((editor, key) => editKey(editor, key) ?? editor, editorOf(text));

  test("edits at the cursor, by letter, word and line", () => {
    expect(edited("ab", "left", "x")).toEqual({ text: "axb", cursor: 2 });
    expect(edited("one two", "ctrl+w").text).toBe("one ");
    expect(edited("one two", "left", "ctrl+u").text).toBe("o");
    expect(edited("ab", "home", "delete").text).toBe("b");
    expect(edited("a👩‍👩‍👧", "backspace").text).toBe("a");
    expect(editKey(editorOf("a"), "pagedown")).toBeUndefined();
  });

  test("takes pasted text without control sequences, on one line", () => {
    expect(insertText(editorOf("<"), "a\nb\x1b[31m\x07c ").text).toBe("<a bc ");
    expect(insertText(editorOf("a"), " ").text).toBe("a ");
  });
});

test("fuzzy: letters in order, word starts first, nothing for other letters", () => {
  const items = ["Set the severity", "Switch read-only mode", "Contain Nessie"];
  expect(fuzzyFilter(items, "ss", (item) => item)[0]).toBe("Set the severity");
  expect(fuzzyFilter(items, "ronly", (item) => item)).toEqual(["Switch read-only mode"]);
  expect(fuzzyFilter(items, "xyz", (item) => item)).toEqual([]);
  const actions = ["Put a role's former policy document back", "Send a test message to the alarms' topic (SNS)"];
  expect(fuzzyFilter(actions, "topic", (item) => item)[0]).toBe(actions[1]);
  expect(fuzzyFilter(actions, "role policy", (item) => item)[0]).toBe(actions[0]);
  expect(fuzzyFilter(items, "", (item) => item)).toEqual(items);
});

describe("clipboard", () => {
  const base64 = Buffer.from("hé").toString("base64");

  test("is OSC 52, wrapped for tmux and for screen", () => {
    expect(clipboardSequence("hé", {})).toBe(`\x1b]52;c;${base64}\x07`);
    expect(clipboardSequence("hé", { TMUX: "/tmp/x" })).toBe(`\x1bPtmux;\x1b\x1b]52;c;${base64}\x07\x1b\\`);
    expect(clipboardSequence("hé", { TERM: "screen" })).toBe(`\x1bP\x1b]52;c;${base64}\x07\x1b\\`);
  });

  test("goes through screen in pieces that it accepts, and refuses what is too long", () => {
    const pieces = clipboardSequence("x".repeat(3000), { STY: "1" }).split("\x1b\\").filter(Boolean);
    expect(pieces.length).toBeGreaterThan(4);
    for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(768);
    expect(() => clipboardSequence("x".repeat(80_000), {})).toThrow(RangeError);
  });
});
