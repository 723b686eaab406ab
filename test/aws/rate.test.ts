import { describe, expect, it } from "vitest";
import { RateBucket } from "../../src/aws/rate.ts";
import { ManualClock } from "../../src/base/clock.ts";

/** Lets everything that is ready run. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("RateBucket", () => {
  it("lets a second's worth through at once and the rest at the rate", async () => {
    const clock = new ManualClock(0);
    const bucket = new RateBucket(2, clock);
    let granted = 0;
    for (let i = 0; i < 5; i++) void bucket.take("poll").then(() => granted++);
    await settle();
    expect(granted).toBe(2);
    clock.advance(500);
    await settle();
    expect(granted).toBe(3);
    clock.advance(500);
    await settle();
    clock.advance(500);
    await settle();
    expect(granted).toBe(5);
  });

  it("lets a call go every two seconds at half a call a second, and does not wait for ever", async () => {
    const clock = new ManualClock(0);
    const bucket = new RateBucket(0.5, clock, 0);
    let granted = 0;
    for (let i = 0; i < 3; i++) void bucket.take("evidence").then(() => granted++);
    const seen: number[] = [];
    for (let second = 0; second < 6; second++) {
      await settle();
      clock.advance(1000);
      await settle();
      seen.push(granted);
    }
    expect(seen).toEqual([0, 1, 1, 2, 2, 3]);
  });

  it("serves actions before polls before evidence, whatever came first", async () => {
    const clock = new ManualClock(0);
    const bucket = new RateBucket(1, clock);
    await bucket.take("poll");
    const order: string[] = [];
    for (const purpose of ["evidence", "poll", "poll", "action"] as const)
      void bucket.take(purpose).then(() => order.push(purpose));
    for (let i = 0; i < 4; i++) {
      await settle();
      clock.advance(1000);
    }
    await settle();
    expect(order).toEqual(["action", "poll", "poll", "evidence"]);
  });

  /** Calls of a minute at 5 a second: an export that always has four pages to ask for, and `polls` that come every `everyMs`. */
  async function minute(everyMs: number, polls: number) {
    const clock = new ManualClock(0);
    const bucket = new RateBucket(5, clock, 0);
    const served = { evidence: 0, poll: 0, waited: 0 };
    let isOver = false;
    const read = async () => {
      while (!isOver) {
        await bucket.take("evidence");
        served.evidence += 1;
      }
    };
    for (let reader = 0; reader < 4; reader++) void read();
    const poll = async () => {
      const askedMs = clock.monotonic();
      await bucket.take("poll");
      served.poll += 1;
      served.waited = Math.max(served.waited, clock.monotonic() - askedMs);
    };
    for (let atMs = 0; atMs < 60_000; atMs += 50) {
      if (atMs % everyMs === 0) for (let at = 0; at < polls; at++) void poll();
      await settle();
      clock.advance(50);
    }
    await settle();
    isOver = true;
    return served;
  }

  it("a long export leaves every poll its turn, and takes what is left of the rate", async () => {
    const { evidence, poll, waited } = await minute(2000, 3);
    expect(poll).toBe(90);
    // Three at once: the third waits for two calls, and a fraction of the one that is due.
    expect(waited).toBeLessThanOrEqual(3 * 200);
    expect(evidence + poll).toBeGreaterThanOrEqual(298);
  });

  it("polls without end leave an export a fifth", async () => {
    const { evidence, poll } = await minute(1000, 10);
    expect(evidence + poll).toBeGreaterThanOrEqual(298);
    expect(evidence).toBeGreaterThanOrEqual(59);
    expect(evidence).toBeLessThanOrEqual(61);
  });

  it("lets go of who aborts, without spending a call on it", async () => {
    const clock = new ManualClock(0);
    const bucket = new RateBucket(1, clock);
    await bucket.take("poll");
    const abort = new AbortController();
    const aborted = bucket.take("action", abort.signal);
    let granted = false;
    void bucket.take("poll").then(() => {
      granted = true;
    });
    abort.abort(new Error("gone"));
    await expect(aborted).rejects.toThrow("gone");
    await settle();
    clock.advance(1000);
    await settle();
    expect(granted).toBe(true);
  });
});
