import { describe, expect, it } from "vitest";
import type { RecordDraft, RecordEntry } from "../../src/record/entries.ts";
import { escalationThresholds } from "../../src/record/escalation.ts";
import { isOpen, mostUrgent, thresholdStatus } from "../../src/state/escalation.ts";
import { EntriesBuilder, opened } from "./entries-builder.ts";

const START = "2026-11-23T03:00:00Z";
const at = (time: string) => `2026-11-23T${time}Z`;
const ms = (time: string) => Date.parse(at(time));

/** The record of an incident that was declared at 03:00:00, with what was written when. */
function entries(...drafts: [time: string, draft: RecordDraft][]): RecordEntry[] {
  const builder = new EntriesBuilder().add(START, opened({ declared: START }));
  for (const [time, draft] of drafts) builder.add(at(time), draft);
  return builder.entries;
}

function threshold(all: RecordEntry[], id: string) {
  const found = escalationThresholds(all).find((candidate) => candidate.id === id);
  if (!found) throw new Error(`there is no threshold ${id}`);
  return found;
}

const statusAt = (all: RecordEntry[], id: string, time: string) => thresholdStatus(threshold(all, id), ms(time));

const proposed = (id: string, level: "L1" | "L2" | "L3"): RecordDraft => ({
  kind: "escalation.proposed",
  payload: { threshold: id, level, why: "", dueAtMs: 0, text: "Please join" },
});
const declined = (id: string, level: "L1" | "L2" | "L3"): RecordDraft => ({
  kind: "escalation.declined",
  payload: { threshold: id, level, by: "kim", reason: "a fix is under way" },
});
const done = (level: "L2" | "L3"): RecordDraft => ({
  kind: "escalation.done",
  payload: { threshold: level, level, by: "kim", how: "phoned Sam" },
});
const flag = (name: "suspected-data-loss" | "security-incident" | "data-breach", raised = true): RecordDraft => ({
  kind: "incident.flag",
  payload: { flag: name, raised, reason: "", by: "kim" },
});
const resolved = (time: string): RecordDraft => ({
  kind: "incident.resolved",
  payload: { by: "kim", atMs: ms(time), resolution: "memory" },
});
const acknowledged = (time: string): RecordDraft => ({
  kind: "incident.acknowledged",
  payload: { by: "kim", atMs: ms(time) },
});

describe("the escalation path", () => {
  it("has the runbook's times: 15 minutes, 1 hour, 4 hours from the declaration", () => {
    const thresholds = escalationThresholds(entries());
    expect(thresholds.map(({ id, dueAtMs }) => [id, new Date(dueAtMs).toISOString().slice(11, 19)])).toEqual([
      ["L1", "03:15:00"],
      ["L2", "04:00:00"],
      ["L3", "07:00:00"],
    ]);
  });

  it("runs from the detection where one was recorded, whenever that was learned", () => {
    const detected: RecordDraft = { kind: "incident.detected", payload: { detectedAtMs: ms("02:50:00"), by: "alarm" } };
    expect(threshold(entries(["03:20:00", detected]), "L2").dueAtMs).toBe(ms("03:50:00"));
  });

  it("an alarm that fires after the declaration gives nobody more time", () => {
    const late = entries([
      "03:10:00",
      { kind: "incident.detected", payload: { detectedAtMs: ms("03:09:30"), by: "cpu" } },
    ]);
    expect(threshold(late, "L1").dueAtMs).toBe(ms("03:15:00"));
  });

  it("without an opening entry there is nothing to count from", () => {
    expect(escalationThresholds([])).toEqual([]);
  });

  it.each([
    ["L1", "03:14:59", "waiting"],
    ["L1", "03:15:00", "late"],
    ["L2", "03:59:59", "waiting"],
    ["L2", "04:00:00", "due"],
    ["L2", "04:05:00", "late"],
    ["L3", "06:59:59", "waiting"],
    ["L3", "07:00:00", "due"],
    ["L3", "07:05:00", "late"],
  ])("%s at %s is %s while nobody says anything", (id, time, status) => {
    expect(statusAt(entries(), id, time)).toBe(status);
  });

  it.each([
    ["proposed, until it is late", [["04:00:00", proposed("L2", "L2")]], "L2", "04:04:00", "proposed"],
    ["late although it was proposed", [["04:00:00", proposed("L2", "L2")]], "L2", "04:06:00", "late"],
    ["done", [["04:02:00", done("L2")]], "L2", "09:00:00", "done"],
    ["done before it was due", [["03:10:00", done("L3")]], "L3", "03:11:00", "done"],
    ["declined", [["04:02:00", declined("L2", "L2")]], "L2", "09:00:00", "declined"],
    [
      "done after it was declined",
      [
        ["04:02:00", declined("L2", "L2")],
        ["04:20:00", done("L2")],
      ],
      "L2",
      "09:00:00",
      "done",
    ],
    [
      "done stays done",
      [
        ["04:02:00", done("L2")],
        ["04:20:00", declined("L2", "L2")],
      ],
      "L2",
      "09:00:00",
      "done",
    ],
    ["acknowledged", [["03:03:00", acknowledged("03:03:00")]], "L1", "09:00:00", "done"],
    ["not needed once resolved before", [["03:40:00", resolved("03:40:00")]], "L2", "09:00:00", "not-needed"],
    ["late for good when resolved after it was late", [["04:30:00", resolved("04:30:00")]], "L2", "09:00:00", "late"],
  ] as [string, [string, RecordDraft][], string, string, string][])("is %s", (_name, drafts, id, time, status) => {
    expect(statusAt(entries(...drafts), id, time)).toBe(status);
  });

  it.each([
    ["suspected-data-loss", "L2-suspected-data-loss"],
    ["security-incident", "L3-security-incident"],
    ["data-breach", "L3-data-breach"],
  ] as const)("%s makes %s due at once", (name, id) => {
    const all = entries(["03:20:00", flag(name)]);
    expect(threshold(all, id).dueAtMs).toBe(ms("03:20:00"));
    expect(statusAt(all, id, "03:20:00")).toBe("due");
    expect(statusAt(all, id, "03:25:00")).toBe("late");
    expect(escalationThresholds(all)).toHaveLength(4);
  });

  it("a flag that is taken back needs nobody, and one that is raised again is asked anew", () => {
    const once: [string, RecordDraft][] = [
      ["03:20:00", flag("data-breach")],
      ["03:20:01", proposed("L3-data-breach", "L3")],
      ["03:20:02", declined("L3-data-breach", "L3")],
    ];
    expect(statusAt(entries(...once), "L3-data-breach", "03:30:00")).toBe("declined");
    const taken: [string, RecordDraft][] = [...once, ["03:21:00", flag("data-breach", false)]];
    expect(isOpen(threshold(entries(...taken), "L3-data-breach"), ms("03:30:00"))).toBe(false);
    const again = entries(...taken, ["03:40:00", flag("data-breach")]);
    expect(threshold(again, "L3-data-breach").dueAtMs).toBe(ms("03:40:00"));
    expect(statusAt(again, "L3-data-breach", "03:41:00")).toBe("due");
  });

  it("who was told of one reason is not proposed again for another; a refusal counts for its own reason", () => {
    const told = entries(["03:10:00", done("L2")], ["03:20:00", flag("suspected-data-loss")]);
    expect(statusAt(told, "L2-suspected-data-loss", "03:21:00")).toBe("done");
    const refused = entries(["04:01:00", declined("L2", "L2")], ["04:20:00", flag("suspected-data-loss")]);
    expect(statusAt(refused, "L2-suspected-data-loss", "04:21:00")).toBe("due");
  });

  it("keeps the first proposal of a threshold, whoever wrote a second one", () => {
    const all = entries(["04:00:00", proposed("L2", "L2")], ["04:00:01", proposed("L2", "L2")]);
    expect(threshold(all, "L2").proposed?.atMs).toBe(ms("04:00:00"));
  });

  it("the header shows what has been open longest, else what comes next, and nothing once it is over", () => {
    const all = entries(["03:03:00", acknowledged("03:03:00")]);
    const shownAt = (time: string, from = all) => mostUrgent(escalationThresholds(from), ms(time))?.id;
    expect(shownAt("03:01:00", entries())).toBe("L1");
    expect(shownAt("03:10:00")).toBe("L2");
    expect(shownAt("07:30:00")).toBe("L2");
    expect(shownAt("04:10:00", entries(["03:03:00", acknowledged("03:03:00")], ["04:01:00", done("L2")]))).toBe("L3");
    expect(shownAt("09:00:00", entries(["03:30:00", resolved("03:30:00")]))).toBeUndefined();
  });
});
