import { describe, expect, it } from "vitest";
import { LogRing } from "../../src/state/log-ring.ts";
import { LogIntake } from "../../src/watch/log-intake.ts";

const START_MS = Date.UTC(2026, 10, 23, 3, 0, 0);
const event = (offsetMs: number, message = `line ${offsetMs}`) => ({
  eventId: `id-${offsetMs}`,
  timestamp: START_MS + offsetMs,
  logStreamName: "nessie/nessie/1",
  message,
});

describe("the intake of a log group", () => {
  it("takes each event once, puts late ones in order, and counts both", () => {
    const ring = new LogRing();
    const intake = new LogIntake("/ecs/a", ring, START_MS);
    intake.take([event(100), event(300)], Number.NEGATIVE_INFINITY);
    intake.take([event(100), event(200), event(400)], intake.newestMs);
    expect(ring.slice(0, 10).map((line) => line.text)).toEqual(["line 100", "line 200", "line 300", "line 400"]);
    expect(intake.state(START_MS + 1000)).toMatchObject({ ingested: 4, duplicates: 1, late: 1, gaps: 0 });
  });

  it("draws nothing dangerous, and nothing over two lines", () => {
    const ring = new LogRing();
    const intake = new LogIntake("/ecs/a", ring, START_MS);
    intake.take([event(1, "\x1b]0;owned\x07ERROR \x1b[31mred\x1b[0m\nsecond\u202eline")], 0);
    expect(ring.at(0)).toMatchObject({ text: "ERROR red secondline", level: "error" });
  });

  it("gives rate and share of errors of the last minute", () => {
    const intake = new LogIntake("/ecs/a", new LogRing(), START_MS);
    intake.take([event(0), event(70_000, "ERROR x"), event(80_000), event(90_000), event(100_000)], 0);
    expect(intake.state(START_MS + 100_000)).toMatchObject({ linesPerMinute: 4, errorShare: 0.25 });
    expect(intake.state(START_MS + 300_000)).toMatchObject({ linesPerMinute: 0, errorShare: 0 });
  });

  it("bounds its memory by letting go of the oldest seconds, and then refuses what it cannot tell apart", () => {
    const ring = new LogRing();
    const intake = new LogIntake("/ecs/a", ring, START_MS, 100);
    const burst = Array.from({ length: 500 }, (_, index) => event(index * 20));
    intake.take(burst, 0);
    intake.prune(START_MS);
    expect(intake.floorMs).toBe(START_MS + 8000);
    intake.take(burst, 0);
    expect(intake.state(START_MS + 10_000)).toMatchObject({ ingested: 500, duplicates: 100 });
    expect(ring.length).toBe(500);
  });
});
