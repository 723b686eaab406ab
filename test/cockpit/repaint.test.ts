import { expect, test } from "vitest";
import { repaintIntervalMs } from "../../src/cockpit/repaint.ts";

test("moving text is drawn less often the slower the link", () => {
  expect([undefined, 5, 119].map(repaintIntervalMs)).toEqual([200, 200, 200]);
  expect([120, 250, 399].map(repaintIntervalMs)).toEqual([500, 500, 500]);
  expect([400, 3000].map(repaintIntervalMs)).toEqual([1000, 1000]);
});
