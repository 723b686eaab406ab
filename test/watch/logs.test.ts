import { describe, expect, it } from "vitest";
import { TEST_EPOCH_MS, type TestSimulator, testSimulator } from "../support/simulator.ts";
import { goodValue, NESSIE_DEPLOYMENT, watching, worldClock } from "./watching.ts";

const LOG_GROUP = "/ecs/lakehouse-prod-nessie";
/** Only lines that the test wrote. */
const FOLLOWED = "/ecs/extra";
const DEPLOYMENT = { ...NESSIE_DEPLOYMENT, nessie: undefined, logGroups: [FOLLOWED] };

async function withEmptyGroup(): Promise<TestSimulator> {
  const simulator = await testSimulator();
  simulator.world.logs.addGroup({
    name: FOLLOWED,
    arn: "arn:aws:logs:us-east-1:111122223333:log-group:x",
    createdAtMs: 0,
  });
  return simulator;
}

function texts(logs: Awaited<ReturnType<typeof watching>>["logs"]): string[] {
  return logs.slice(0, logs.length).map((line) => line.text);
}

describe("following logs", () => {
  it("back-fills ten minutes, each line once and in order, and goes on with what is new", async () => {
    const simulator = await testSimulator();
    const { logs, until, watchers, store } = await watching(simulator);
    await watchers.ready;
    const before = logs.length;
    expect(logs.at(0)!.atMs).toBeGreaterThanOrEqual(TEST_EPOCH_MS - 600_000);
    expect(logs.at(0)!.atMs).toBeLessThan(TEST_EPOCH_MS - 590_000);
    expect(goodValue(store.getState(), "logs")[0]?.linesPerMinute).toBeGreaterThan(100);
    simulator.world.advanceBy(60_000);
    await until(() => logs.length > before + 300);
    const lines = logs.slice(0, logs.length);
    expect(new Set(lines.map((line) => line.eventId)).size).toBe(lines.length);
    expect(lines.every((line, index) => index === 0 || lines[index - 1]!.atMs <= line.atMs)).toBe(true);
  });

  it("loses nothing of a burst of 20 000 lines between two polls, and takes none twice", async () => {
    const simulator = await withEmptyGroup();
    const { logs, until, watchers } = await watching(simulator, { deployment: DEPLOYMENT, ringCapacity: 50_000 });
    await watchers.ready;
    const burst = Array.from({ length: 20_000 }, (_, index) => ({
      atMs: TEST_EPOCH_MS + 1000 + Math.floor(index / 20),
      message: `line ${index} ${"x".repeat(100)}`,
      stream: `stream-${index % 3}`,
      delayMs: 0,
    }));
    simulator.world.logs.inject(FOLLOWED, burst);
    simulator.world.advanceBy(2000);
    const state = await until(
      (now) => now.logs.status === "ok" && (now.logs.value[0]?.duplicates ?? 0) >= 20_000,
      20_000,
    );
    expect(goodValue(state, "logs")[0]).toMatchObject({ ingested: 20_000, gaps: 0, linesPerMinute: 20_000 });
    expect(new Set(texts(logs)).size).toBe(20_000);
  });

  it("puts a line that CloudWatch delivered minutes late where it belongs", async () => {
    const simulator = await withEmptyGroup();
    const { logs, until, watchers } = await watching(simulator, { deployment: DEPLOYMENT });
    await watchers.ready;
    simulator.world.logs.inject(FOLLOWED, [
      { atMs: TEST_EPOCH_MS + 1000, message: "first", delayMs: 0 },
      { atMs: TEST_EPOCH_MS + 2000, message: "late", delayMs: 150_000 },
      { atMs: TEST_EPOCH_MS + 3000, message: "ERROR last", delayMs: 0 },
      { atMs: TEST_EPOCH_MS + 140_000, message: "newest", delayMs: 0 },
    ]);
    simulator.world.advanceBy(5000);
    await until(() => logs.length === 2);
    simulator.world.advanceBy(140_000);
    await until(() => logs.length === 3);
    simulator.world.advanceBy(10_000);
    const state = await until((now) => now.logs.status === "ok" && now.logs.value[0]?.ingested === 4);
    expect(texts(logs)).toEqual(["first", "late", "ERROR last", "newest"]);
    expect(goodValue(state, "logs")[0]).toMatchObject({ late: 1, gaps: 0 });
  });

  it("looks at a busy group a second time, once, and finds there what CloudWatch delivered late", async () => {
    const simulator = await withEmptyGroup();
    const { logs, store, until, watchers } = await watching(simulator, {
      deployment: DEPLOYMENT,
      ringCapacity: 50_000,
    });
    await watchers.ready;
    const startMs = simulator.world.now();
    const late = { atMs: startMs + 1500, message: "late by 20 s", delayMs: 20_000 };
    const counters = () => goodValue(store.getState(), "logs")[0]!;
    for (let second = 1; second <= 60; second++) {
      const batch = Array.from({ length: 500 }, (_, index) => ({
        atMs: startMs + second * 1000 - 1000 + index * 2,
        message: `line ${second}/${index}`,
        delayMs: 0,
      }));
      simulator.world.logs.inject(FOLLOWED, second === 2 ? [...batch, late] : batch);
      simulator.world.advanceBy(1000);
      if (second % 10 === 0) await until(() => counters().ingested >= second * 500);
    }
    await until(() => counters().ingested === 30_001);
    expect(counters()).toMatchObject({ gaps: 0, late: 1 });
    const at = texts(logs).indexOf("late by 20 s");
    expect(logs.at(at - 1)!.atMs).toBeLessThanOrEqual(late.atMs);
    expect(logs.at(at + 1)!.atMs).toBeGreaterThan(late.atMs);
  });

  it("makes up for an outage of minutes without a gap", async () => {
    const simulator = await withEmptyGroup();
    const { logs, until, watchers } = await watching(simulator, { deployment: DEPLOYMENT });
    await watchers.ready;
    const restore = simulator.faults.add({ kind: "deny", service: "logs" });
    await until((now) => now.logs.status === "denied");
    const lines = Array.from({ length: 300 }, (_, index) => ({
      atMs: TEST_EPOCH_MS + index * 1000,
      message: `line ${index}`,
    }));
    simulator.world.logs.inject(FOLLOWED, lines);
    simulator.world.advanceBy(310_000);
    restore();
    watchers.refresh();
    const state = await until((now) => now.logs.status === "ok" && logs.length === 300);
    expect(goodValue(state, "logs")[0]).toMatchObject({ ingested: 300, gaps: 0 });
  });

  it("loses nothing when our clock runs ahead of AWS's", async () => {
    const simulator = await withEmptyGroup();
    const clock = { ...worldClock(simulator), now: () => simulator.world.clock.now() + 90_000 };
    const { logs, until, watchers } = await watching(simulator, { deployment: DEPLOYMENT, clock });
    await watchers.ready;
    for (const index of [1, 2, 3]) {
      simulator.world.logs.inject(FOLLOWED, [{ atMs: TEST_EPOCH_MS + index * 2000 - 1000, message: `line ${index}` }]);
      simulator.world.advanceBy(2000);
      await until(() => logs.length === index);
    }
  });

  it("jumps to the present, and says so, where there is more behind than it can show", async () => {
    const simulator = await withEmptyGroup();
    const flood = Array.from({ length: 70_000 }, (_, index) => ({
      atMs: TEST_EPOCH_MS - 590_000 + Math.floor(index * 7.5),
      message: `old ${index}`,
      delayMs: 0,
    }));
    const present = { atMs: TEST_EPOCH_MS - 5000, message: "present", delayMs: 0 };
    simulator.world.logs.inject(FOLLOWED, [...flood, present]);
    const { logs, store, watchers } = await watching(simulator, { deployment: DEPLOYMENT });
    await watchers.ready;
    expect(logs.at(logs.length - 1)?.text).toBe("present");
    expect(goodValue(store.getState(), "logs")[0]).toMatchObject({ gaps: 1 });
  });

  it("follows several groups, each with its own counters", async () => {
    const simulator = await withEmptyGroup();
    const deployment = { ...NESSIE_DEPLOYMENT, logGroups: [FOLLOWED, LOG_GROUP] };
    const { store, watchers } = await watching(simulator, { deployment });
    await watchers.ready;
    const groups = goodValue(store.getState(), "logs");
    expect(groups.map((group) => group.logGroup)).toEqual([LOG_GROUP, FOLLOWED]);
    expect(groups.map((group) => group.ingested > 0)).toEqual([true, false]);
  });
});
