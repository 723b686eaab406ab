import { describe, expect, it } from "vitest";
import type { CallReport } from "../../src/aws/contract.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { ClockWatch } from "../../src/incident/clock-watch.ts";
import { CommandLog } from "../../src/incident/command-log.ts";
import { ObservationMemory } from "../../src/incident/observation-memory.ts";
import { detection, observe } from "../../src/incident/observe.ts";
import { LogObserver } from "../../src/incident/observe-logs.ts";
import { SnapshotWriter } from "../../src/incident/snapshots.ts";
import type { RecordDraft } from "../../src/record/entries.ts";
import { createCockpitStore } from "../../src/state/store.ts";
import { fixtureLogLines } from "../support/fixture-actions.ts";
import { fixtureState, NOW_MS } from "../support/fixture-data.ts";

const emptyStore = () => {
  const { incident, identity } = fixtureState();
  return createCockpitStore({ incident, identity });
};

describe("ClockWatch", () => {
  const watched = () => {
    const clock = new ManualClock(NOW_MS);
    const drafts: RecordDraft[] = [];
    const store = emptyStore();
    return { clock, drafts, store, watch: new ClockWatch(clock, store, (draft) => drafts.push(draft)) };
  };

  it("time that passes is no jump; a step either way above 2 s is one entry", () => {
    const { clock, drafts, watch, store } = watched();
    clock.advance(3_600_000);
    watch.check();
    clock.jump(1500);
    watch.check();
    expect(drafts).toEqual([]);
    clock.jump(60_000);
    watch.check();
    watch.check();
    clock.jump(-30_000);
    watch.check();
    expect(drafts.map((draft) => draft.kind === "clock.jump" && draft.payload.wallJumpMs)).toEqual([61_500, -30_000]);
    expect(store.getState().clock.warning).toMatch(/jumped/);
  });

  it("an offset to AWS is one entry until it is gone", () => {
    const { clock, drafts, watch, store } = watched();
    watch.serverDate(clock.now() + 1900, 10);
    expect(drafts).toEqual([]);
    for (let answer = 0; answer < 5; answer++) watch.serverDate(clock.now() - 120_000, 10);
    expect(drafts).toHaveLength(1);
    expect(store.getState().clock.warning).toMatch(/120 s ahead of AWS/);
    watch.serverDate(clock.now(), 10);
    expect(store.getState().clock.warning).toBeUndefined();
    watch.serverDate(clock.now() - 120_000, 10);
    expect(drafts).toHaveLength(2);
  });
});

describe("CommandLog", () => {
  it("keeps mutations when polls overflow it, and knows its own request ids", async () => {
    const store = emptyStore();
    const log = new CommandLog(store);
    const report = (purpose: CallReport["purpose"], requestId: string): CallReport => ({
      service: "ecs",
      operation: "X",
      region: "us-east-1",
      purpose,
      mutation: purpose === "action",
      startedAtMs: 0,
      durationMs: 1,
      attempts: 1,
      line: requestId,
      requestId,
    });
    log.add(report("action", "the-mutation"));
    for (let call = 0; call < 2000; call++) log.add(report("poll", `poll-${call}`));
    await expect.poll(() => store.getState().commands.length).toBe(500);
    const lines = store.getState().commands.map((command) => command.line);
    expect(lines[0]).toBe("the-mutation");
    expect(lines.at(-1)).toBe("poll-1999");
    expect([...log.ownRequestIds]).toEqual(["the-mutation"]);
  });
});

describe("SnapshotWriter", () => {
  it("writes all slices first and every five minutes, between them only what changed", () => {
    const state = fixtureState();
    const writer = new SnapshotWriter();
    expect(writer.next(emptyStore().getState(), 0)).toBeUndefined();
    expect(writer.next(state, NOW_MS)?.kind).toBe("state.snapshot");
    expect(writer.next(state, NOW_MS + 60_000)).toBeUndefined();
    const changed = { ...state, targets: { status: "absent" as const, reason: "gone" } };
    expect(writer.next(changed, NOW_MS + 61_000)).toMatchObject({
      kind: "state.difference",
      payload: { slices: { targets: { status: "absent" } } },
    });
    expect(writer.next(changed, NOW_MS + 300_000)?.kind).toBe("state.snapshot");
  });
});

describe("observe", () => {
  it("says everything once: a second look, and one after a resume, find nothing new", () => {
    const state = fixtureState();
    const memory = new ObservationMemory();
    const first = observe(state, memory);
    expect(first.length).toBeGreaterThan(0);
    expect(observe(state, memory)).toEqual([]);
    const resumed = new ObservationMemory();
    for (const draft of first) resumed.learn(draft);
    expect(observe(state, resumed)).toEqual([]);
  });

  it("detection is the earliest alarm, and never said again", () => {
    const state = fixtureState();
    const undetected = { ...state, incident: { ...state.incident, detectedAtMs: undefined } };
    const found = detection(undetected);
    expect(found?.detectedAtMs).toBeLessThanOrEqual(NOW_MS);
    expect(detection({ ...state, incident: { ...state.incident, detectedAtMs: found?.detectedAtMs } })).toBeUndefined();
  });
});

describe("LogObserver", () => {
  it("the first line of a kind of trouble is an observation, the next ones within five minutes are not", () => {
    const [line] = fixtureLogLines();
    if (!line) throw new Error("the fixture has no line");
    const trouble = (afterMs: number) => ({
      ...line,
      level: "error" as const,
      sequence: afterMs,
      atMs: line.atMs + afterMs,
      text: "java.lang.OutOfMemoryError: Java heap space",
    });
    const observer = new LogObserver();
    const at = [0, 1000, 299_000, 301_000].map((afterMs) => observer.observe([trouble(afterMs)]).length);
    expect(at).toEqual([1, 0, 0, 1]);
  });
});
