import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../src/base/clock.ts";
import { drawScreen } from "../../src/cockpit/draw.ts";
import { drawOpening } from "../../src/cockpit/opening.ts";
import { createHarness } from "../support/cockpit-harness.tsx";

const SIZES = [
  [40, 10],
  [80, 24],
  [100, 30],
  [120, 40],
  [200, 60],
  [250, 70],
] as const;

describe("the screen before Ink is loaded", () => {
  test.each(SIZES)("%i x %i: what is drawn without Ink is what Ink draws", (columns, rows) => {
    const harness = createHarness({ columns, rows, colour: false });
    const drawn = stripVTControlCharacters(drawScreen(harness.controller) ?? "").split("\n");
    expect(drawn).toHaveLength(rows);
    expect(drawn.map((line) => line.trimEnd())).toEqual(harness.frame().map((line) => line.trimEnd()));
  });

  test.each(SIZES)(
    "%i x %i: the opening frame is as large as the terminal and shows every pane or tab",
    (columns, rows) => {
      const frame = drawOpening({
        heading: "Nessie is down",
        clock: new ManualClock(0),
        size: { columns, rows },
        colour: false,
        ascii: true,
      });
      const lines = stripVTControlCharacters(frame ?? "").split("\n");
      expect(lines).toHaveLength(rows);
      expect(lines.every((line) => line.length === columns)).toBe(true);
      expect(lines[0]).toContain("Nessie is down");
      for (const name of columns < 100 ? ["ECS"] : ["ECS", "Targets", "Alarms", "Metrics", "Logs", "Timeline"])
        expect(frame).toContain(name);
    },
  );

  test("a terminal that is too small gets none", () => {
    const size = { columns: 39, rows: 10 };
    expect(drawOpening({ heading: "x", clock: new ManualClock(0), size, colour: true, ascii: false })).toBeUndefined();
  });
});
