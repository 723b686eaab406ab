import { describe, expect, it } from "vitest";
import { ManualClock } from "../../../src/base/clock.ts";
import { LineBuffer, LineBuffers } from "../../../src/evidence/export/line-buffer.ts";
import { newShard, type ShardState, takePage } from "../../../src/evidence/export/log-shard.ts";
import { PauseGate } from "../../../src/evidence/export/pause.ts";
import { progressText, RecentPace } from "../../../src/evidence/export/progress.ts";
import { FIRST_READERS, ReaderCount } from "../../../src/evidence/export/reader-count.ts";

describe("the buffer of lines", () => {
  it("holds what was added as UTF-8, however long and whatever it is", () => {
    const buffer = new LineBuffer();
    const lines = ["plain\n", "é 漢 🙂\n", `${"ü".repeat(3_000_000)}\n`];
    for (const line of lines) buffer.add(line);
    expect(Buffer.compare(buffer.bytes, Buffer.from(lines.join("")))).toBe(0);
    buffer.clear();
    expect(buffer.bytes).toHaveLength(0);
  });

  it("who needs one waits until one is given back, and finds it empty", async () => {
    const buffers = new LineBuffers(1);
    const first = await buffers.take();
    first.add("x\n");
    const second = buffers.take();
    buffers.giveBack(first);
    expect((await second).bytes).toHaveLength(0);
    expect(await second).toBe(first);
  });
});

describe("a page of log events", () => {
  const event = (eventId: string, timestamp: number, ingestionTime: number) => ({ eventId, timestamp, ingestionTime });
  const read = (shard: ShardState, events: ReturnType<typeof event>[], token: string | null) => {
    const lines = new LineBuffer();
    Object.assign(shard, takePage(shard, events, token, lines));
    const written = Buffer.from(lines.bytes).toString().split("\n").filter(Boolean);
    return written.map((line) => (JSON.parse(line) as { eventId: string }).eventId);
  };

  it("is written once and by ingestion within one time, also where a page repeats what the one before ended with", () => {
    const shard = newShard(0, 100);
    expect(read(shard, [event("a", 1, 5), event("a", 1, 5), event("c", 2, 9), event("b", 2, 3)], "next")).toEqual([
      "a",
    ]);
    expect(read(shard, [event("c", 2, 9), event("d", 2, 4), event("e", 3, 4)], null)).toEqual(["b", "d", "c", "e"]);
    expect(shard).toMatchObject({ done: true, events: 5, duplicates: 2, unordered: 0 });
  });
});

describe("the time left", () => {
  it("goes by the pace of late, also where the window begins with silence", () => {
    const pace = new RecentPace();
    const left = (fraction: number, elapsedMs: number) => {
      const progress = { items: 1, noun: "events", bytes: 0, fraction, paused: false };
      return /(\S+) left/.exec(progressText({ ...progress, ...pace.since(fraction, elapsedMs) }))?.[1];
    };
    expect(left(0, 0)).toBeUndefined();
    // 90 % of the window in a second, then a tenth of a percent each second.
    expect(left(0.9, 1000)).toBe("00:00");
    let last: string | undefined;
    for (let second = 2; second <= 40; second++) last = left(0.9 + 0.001 * (second - 1), second * 1000);
    // 6.1 % at 0.1 % a second.
    expect(last).toMatch(/^01:0[01]$/);
  });

  it("is told of work that takes hours, by its last hundredth", () => {
    const pace = new RecentPace();
    let text = "";
    for (let second = 0; second <= 600; second++) {
      const fraction = second / 36_000;
      text = progressText({
        items: 1,
        noun: "events",
        bytes: 0,
        fraction,
        paused: false,
        ...pace.since(fraction, second * 1000),
      });
    }
    expect(text).toMatch(/9:50:00 left/);
  });
});

describe("the pause gate", () => {
  it("counts for how long it was closed, and not the time between", () => {
    const clock = new ManualClock(0);
    const gate = new PauseGate(clock);
    clock.advance(1000);
    gate.pause();
    clock.advance(500);
    gate.pause();
    expect(gate.stoodStillMs).toBe(500);
    gate.resume();
    clock.advance(1000);
    gate.pause();
    clock.advance(70);
    gate.resume();
    expect(gate.stoodStillMs).toBe(570);
  });
});

describe("the number of readers", () => {
  it("doubles while allowed calls are unused for want of readers, up to its limit", () => {
    const clock = new ManualClock(0);
    const count = new ReaderCount(
      clock,
      () => true,
      () => 0.5,
    );
    const seen: number[] = [count.wanted];
    for (let second = 0; second < 4; second++) {
      clock.advance(1500);
      seen.push(count.wanted);
    }
    expect(seen).toEqual([FIRST_READERS, 8, 16, 16, 16]);
  });

  it.each([
    ["every allowed call is made", false, 0.5],
    ["this thread is what they wait for", true, 0.95],
  ])("stays while %s", (_why, isUnused, utilization) => {
    const clock = new ManualClock(0);
    const count = new ReaderCount(
      clock,
      () => isUnused,
      () => utilization,
    );
    clock.advance(1500);
    expect(count.wanted).toBe(FIRST_READERS);
  });
});
