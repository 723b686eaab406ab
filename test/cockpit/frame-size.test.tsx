import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PANE_IDS } from "../../src/panes/pane.ts";
import type { CockpitState } from "../../src/state/store.ts";
import { createHarness, type Harness, widest } from "../support/cockpit-harness.tsx";
import { createFixtureIncident } from "../support/fixture-incident.ts";

const words = fc.constantFrom(
  "nessie",
  "日本語のテキスト",
  "👩‍👩‍👧‍👦",
  "🇩🇪",
  "é́",
  "a\u0301",
  "⚠️",
  "\u0301",
  "한국어",
  "x".repeat(400),
  "",
  " ",
  "✈",
  "ﷺ",
  "क्षि",
  "\u200d",
);
const text = fc.array(words, { maxLength: 6 }).map((parts) => parts.join(" "));

/** Every text of a state replaced by another one, everything else as it is. */
function retext<T>(value: T, next: () => string, key = ""): T {
  if (typeof value === "string")
    return (
      ["status", "tone", "state", "guard", "unit", "level", "severity", "kind", "lastStatus"].includes(key)
        ? value
        : next()
    ) as T;
  if (Array.isArray(value)) return value.map((item) => retext(item, next, key)) as T;
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, retext(member, next, name)])) as T;
  }
  return value;
}

/** Ways to bring up each dialog, tab and state of the screen. */
const SCENES: Record<string, (harness: Harness) => void | Promise<void>> = {
  plain: () => {},
  zoomed: (harness) => harness.press("+"),
  paused: (harness) => harness.press("5", "space", "k", "k", "w"),
  searching: (harness) => harness.press("/", "n", "e"),
  searched: (harness) => harness.press("/", "n", "e", "enter"),
  actions: (harness) => harness.press("a", "down"),
  palette: (harness) => harness.press(":", "n"),
  form: (harness) => harness.press("s"),
  note: (harness) => {
    harness.press("n");
    harness.paste("日本語 👩‍👩‍👧‍👦 ".repeat(20));
  },
  plan: async (harness) => {
    harness.press("a", "enter");
    await Promise.resolve();
    harness.paste("日本語");
    harness.press("enter", "pagedown");
  },
  help: (harness) => harness.press("?", "pagedown"),
  commands: (harness) => harness.press("@", "j"),
  undo: (harness) => harness.press("z"),
  exit: (harness) => harness.press("q"),
  run: (harness) => harness.press("v"),
};

const columns = fc.integer({ min: 40, max: 300 });
const rows = fc.integer({ min: 10, max: 100 });

function stressed(next: () => string, failing: boolean) {
  const incident = createFixtureIncident();
  const failure = {
    kind: "denied" as const,
    what: next(),
    why: next(),
    next: next(),
    missingPermission: "ecs:DescribeServices",
  };
  const state: CockpitState = retext(incident.store.getState(), next);
  incident.store.setState({
    ...state,
    run: {
      runId: "r",
      title: next(),
      status: "running",
      startedAtMs: 0,
      steps: [{ id: "a", title: next(), status: "running", detail: next() }],
    },
    heldOpen: [{ runId: "r", title: next(), badge: next(), sinceMs: 0, guard: "broken", message: next() }],
    recorder: { status: "failed", pending: 4, reason: next() },
    ...(failing
      ? {
          services: { status: "denied", failure },
          alarms: { status: "absent", reason: next() },
          logs: { ...state.logs, status: "failed", failure } as CockpitState["logs"],
        }
      : {}),
  });
  incident.logs.append([
    { eventId: "e", atMs: incident.clock.now(), logGroup: "g", stream: "s", level: "error", text: next() },
  ]);
  return incident;
}

describe("the frame is exactly as large as the terminal", () => {
  for (const [name, scene] of Object.entries(SCENES)) {
    test(`${name}: at every size from 40x10 to 300x100, with any text`, async () => {
      await fc.assert(
        fc.asyncProperty(
          columns,
          rows,
          fc.array(text, { minLength: 4, maxLength: 12 }),
          fc.boolean(),
          fc.boolean(),
          fc.constantFrom(...PANE_IDS),
          async (width, height, texts, ascii, failing, focus) => {
            let at = 0;
            const incident = stressed(() => texts[at++ % texts.length] ?? "", failing);
            const harness = createHarness({ columns: width, rows: height, ascii, incident });
            harness.controller.ui.setState({ focus });
            await scene(harness);
            const lines = harness.frame();
            expect(lines.length).toBe(height);
            expect(widest(lines)).toBeLessThanOrEqual(width);
          },
        ),
        { numRuns: 8 },
      );
    });
  }

  test("the corners: smallest, largest, and where the layout changes", () => {
    for (const [width, height] of [
      [40, 10],
      [300, 100],
      [40, 100],
      [300, 10],
      [99, 30],
      [100, 29],
      [100, 30],
      [169, 40],
      [170, 43],
      [170, 47],
      [200, 60],
      [239, 60],
      [240, 60],
      [170, 40],
    ] as const) {
      const lines = createHarness({ columns: width, rows: height }).frame();
      expect(lines.length).toBe(height);
      expect(widest(lines)).toBeLessThanOrEqual(width);
    }
  });

  test("below 40x10 one line asks to enlarge, and it is drawn again when it was", () => {
    const harness = createHarness({ columns: 39, rows: 9 });
    expect(harness.frame()[0]).toContain("Enlarge to 40x10 (now 39x9)");
    harness.press("q", "a");
    expect(harness.dialog()).toBeUndefined();
    harness.resize(80, 24);
    expect(harness.frame().join("\n")).toContain("1 ECS");
  });

  test("all keys of a plan stay visible at the smallest size", async () => {
    const harness = createHarness({ columns: 40, rows: 10 });
    harness.press("a", "enter");
    await Promise.resolve();
    expect(harness.frame().join("\n")).toContain("Type the name");
  });
});
