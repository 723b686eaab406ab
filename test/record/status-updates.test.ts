import { describe, expect, it } from "vitest";
import type { EntryPayloads } from "../../src/record/entries.ts";
import { nextUpdateDueMs, updateRhythm, updateTimes } from "../../src/record/status-updates.ts";
import { EntriesBuilder, opened } from "./entries-builder.ts";

const MINUTE = 60_000;
const START = Date.parse("2026-11-23T23:46:00Z");
const minutesIn = (minutes: number) => START + minutes * MINUTE;

describe("status updates", () => {
  it.each([
    ["none was due", [], 29, { due: 0, onTime: 0, late: 0, missed: 0 }],
    ["none came", [], 95, { due: 2, onTime: 0, late: 0, missed: 2 }],
    ["the grace of the last one still runs", [], 34, { due: 0, onTime: 0, late: 0, missed: 0 }],
    ["all came in time", [29, 59, 88], 100, { due: 3, onTime: 3, late: 0, missed: 0 }],
    ["within the grace", [35], 40, { due: 1, onTime: 1, late: 0, missed: 0 }],
    ["one was late", [36], 40, { due: 1, onTime: 0, late: 1, missed: 0 }],
    ["one was missed before", [62], 70, { due: 2, onTime: 1, late: 0, missed: 1 }],
    ["an early one sets the next", [10], 39, { due: 1, onTime: 1, late: 0, missed: 0 }],
    ["what came after the end does not count", [10, 200], 30, { due: 1, onTime: 1, late: 0, missed: 0 }],
  ])("%s", (_name, minutes, end, expected) => {
    expect(updateRhythm(minutes.map(minutesIn), START, minutesIn(end))).toEqual(expected);
  });

  it("the next one is due half an hour after the last one, else after the declaration", () => {
    expect(nextUpdateDueMs([], START)).toBe(minutesIn(30));
    expect(nextUpdateDueMs([minutesIn(7), minutesIn(20)], START)).toBe(minutesIn(50));
  });

  it("one that was sent or copied counts; one that failed, was skipped, or was for others does not", () => {
    const message = (about: "status-update" | "on-call", status: EntryPayloads["communication.message"]["status"]) => ({
      kind: "communication.message" as const,
      payload: { about, status, text: "", to: [], failures: [], by: "kim" },
    });
    const { entries } = new EntriesBuilder()
      .add("2026-11-23T23:46:00Z", opened())
      .add("2026-11-23T23:50:00Z", message("status-update", "failed"))
      .add("2026-11-23T23:51:00Z", message("status-update", "sent"))
      .add("2026-11-23T23:52:00Z", message("status-update", "skipped"))
      .add("2026-11-23T23:53:00Z", message("status-update", "copied"))
      .add("2026-11-23T23:54:00Z", message("on-call", "sent"));
    expect(updateTimes(entries)).toEqual([minutesIn(5), minutesIn(7)]);
  });
});
