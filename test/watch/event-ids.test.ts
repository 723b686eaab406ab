import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventIds } from "../../src/watch/event-ids.ts";

const eventId = (serial: number) =>
  `${String(serial).padStart(26, "0")}${"0".repeat(20)}${String(serial).padStart(10, "0")}`;

describe("ids of events", () => {
  it("know each id once, as a set does", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5000), fc.nat(40))), (events) => {
        const ids = new EventIds();
        const seen = new Set<string>();
        for (const [atMs, serial] of events) {
          const key = `${Math.floor(atMs / 1000)} ${serial}`;
          expect(ids.add(atMs, eventId(serial))).toBe(!seen.has(key));
          seen.add(key);
        }
        expect(ids.count).toBe(seen.size);
      }),
    );
  });

  it("take two of 200 000 ids of one second, that differ in a digit, for the same never", () => {
    const ids = new EventIds();
    for (let serial = 0; serial < 200_000; serial++) expect(ids.add(0, eventId(serial))).toBe(true);
    for (let serial = 0; serial < 200_000; serial += 997) expect(ids.add(0, eventId(serial))).toBe(false);
    expect(ids.count).toBe(200_000);
  });

  it("let go of old seconds, and of more than the limit but never of the newest second", () => {
    const ids = new EventIds();
    for (let second = 0; second < 10; second++)
      for (let serial = 0; serial < 10; serial++) ids.add(second * 1000, eventId(serial));
    expect(ids.prune(2500, 1000)).toBe(2500);
    expect(ids.count).toBe(80);
    expect(ids.prune(0, 25)).toBe(8000);
    expect(ids.count).toBe(20);
    expect(ids.prune(0, 0)).toBe(9000);
    expect(ids.count).toBe(10);
  });
});
