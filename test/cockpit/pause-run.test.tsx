import { describe, expect, test } from "vitest";
import type { RunView } from "../../src/state/store.ts";
import { createHarness, type Harness } from "../support/cockpit-harness.tsx";

const exporting = (change: Partial<RunView> = {}): RunView => ({
  runId: "run-1",
  title: "Preserve all evidence",
  status: "running",
  steps: [
    { id: "live", title: "Collect the live state", status: "done", detail: "" },
    { id: "logs", title: "Export the logs", status: "running", detail: "43 %", pausable: true },
  ],
  startedAtMs: 0,
  ...change,
});

function harnessWith(run: RunView | null, size = { columns: 80, rows: 24 }): Harness {
  const harness = createHarness(size);
  harness.incident.store.setState({ run });
  return harness;
}

const text = (harness: Harness) => harness.frame().join("\n");
const isPaused = (harness: Harness) => harness.incident.store.getState().run?.paused === true;

describe("an export that stands still", () => {
  test.each([
    { columns: 80, rows: 24 },
    { columns: 200, rows: 60 },
  ])("from the action view at $columns x $rows: P pauses, the view and the footer say so, P goes on", (size) => {
    const harness = harnessWith(exporting(), size);
    harness.press("v", "P");
    expect(isPaused(harness)).toBe(true);
    expect(text(harness)).toMatch(/paused +Export the logs/);
    expect(text(harness)).toContain("PAUSED: no further call until it goes on");
    harness.press("P");
    expect(isPaused(harness)).toBe(false);
    expect(text(harness)).toMatch(/running +Export the logs/);
  });

  test("the footer offers it only while it works, and what ends without a verification is not called verified", () => {
    const footer = (run: RunView) => {
      const harness = harnessWith(run);
      harness.press("v");
      return { last: harness.frame().at(-1), text: text(harness) };
    };
    const scaling: RunView["steps"] = [{ id: "a", title: "Scale", status: "running", detail: "" }];
    expect(footer(exporting()).last).toMatch(/P pause/);
    expect(footer(exporting({ paused: true })).last).toMatch(/P go on/);
    expect(footer(exporting({ steps: scaling })).last).toMatch(/stop after this step/);
    expect(footer(exporting({ steps: scaling })).last).not.toContain("pause");
    const done = { status: "done" as const, steps: [] };
    expect(footer(exporting(done)).text).toMatch(/│ done {2}/);
    expect(footer(exporting({ ...done, verifies: true })).text).toMatch(/│ done and verified {2}/);
  });

  test("from everywhere: P, and the palette has the command", () => {
    const harness = harnessWith(exporting());
    harness.press("P");
    expect(isPaused(harness)).toBe(true);
    harness.press("v", "esc");
    harness.incident.clock.advance(60_000);
    harness.press("tab");
    expect(text(harness)).toContain("PAUSED Preserve all evidence");
    harness.press(":");
    harness.type("pause an export");
    harness.press("enter");
    expect(isPaused(harness)).toBe(false);
  });

  test.each([
    ["nothing runs", null, "nothing is running"],
    [
      "a containment runs",
      exporting({ steps: [{ id: "a", title: "Scale", status: "running", detail: "" }] }),
      "it cannot pause",
    ],
    ["it has ended", exporting({ status: "done" }), "nothing is running"],
  ])("while %s it says why not, and changes nothing", (_when, run, why) => {
    const harness = harnessWith(run);
    harness.press("P");
    expect(isPaused(harness)).toBe(false);
    expect(text(harness)).toContain(why);
  });
});
