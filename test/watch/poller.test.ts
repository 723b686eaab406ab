import { describe, expect, it, onTestFinished } from "vitest";
import { ManualClock } from "../../src/base/clock.ts";
import { Poller } from "../../src/watch/poller.ts";

const settled = () => new Promise((resolve) => setImmediate(resolve));

function polled(poll: () => Promise<void>) {
  const clock = new ManualClock(0);
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const failures: unknown[] = [];
  const onFailure = (error: unknown) => failures.push(error);
  const poller = new Poller({ clock, periodMs: 1000, signal: stop.signal, poll, onFailure });
  const pass = async (durationMs: number) => {
    clock.advance(durationMs);
    await settled();
  };
  return { failures, pass, poller, stop };
}

describe("a poller", () => {
  it("polls at once, then once a period after the last one ended, never twice at a time", async () => {
    let begun = 0;
    let finish: () => void = () => undefined;
    const { pass, poller } = polled(() => {
      begun += 1;
      return new Promise((resolve) => {
        finish = resolve;
      });
    });
    expect(begun).toBe(1);
    await pass(10_000);
    expect(begun).toBe(1);
    finish();
    await poller.first;
    await pass(999);
    expect(begun).toBe(1);
    await pass(1);
    expect(begun).toBe(2);
  });

  it("polls at once when asked, and once more when asked during a poll", async () => {
    let begun = 0;
    let finish: () => void = () => undefined;
    const { pass, poller } = polled(() => {
      begun += 1;
      return new Promise((resolve) => {
        finish = resolve;
      });
    });
    poller.refresh();
    poller.refresh();
    finish();
    await settled();
    expect(begun).toBe(2);
    finish();
    await settled();
    expect(begun).toBe(2);
    poller.refresh();
    await pass(0);
    expect(begun).toBe(3);
  });

  it("waits longer after failures, at most 15 s, and reports each", async () => {
    let begun = 0;
    const { failures, pass } = polled(async () => {
      begun += 1;
      throw new Error("down");
    });
    await settled();
    await pass(999);
    expect(begun).toBe(1);
    await pass(1001);
    expect(begun).toBe(2);
    for (let round = 0; round < 10; round++) await pass(15_000);
    expect(begun).toBe(12);
    expect(failures).toHaveLength(12);
  });

  it("ends with its signal, without a failure", async () => {
    let begun = 0;
    const { failures, pass, stop } = polled(async () => {
      begun += 1;
    });
    await settled();
    stop.abort();
    await pass(60_000);
    expect(begun).toBe(1);
    expect(failures).toEqual([]);
  });
});
