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

  it("serves actions before evidence before polls, whatever came first", async () => {
    const clock = new ManualClock(0);
    const bucket = new RateBucket(1, clock);
    await bucket.take("poll");
    const order: string[] = [];
    for (const purpose of ["poll", "poll", "evidence", "action"] as const)
      void bucket.take(purpose).then(() => order.push(purpose));
    for (let i = 0; i < 4; i++) {
      await settle();
      clock.advance(1000);
    }
    await settle();
    expect(order).toEqual(["action", "evidence", "poll", "poll"]);
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
