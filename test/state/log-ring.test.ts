import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type IncomingLine, LogRing } from "../../src/state/log-ring.ts";

const line = (atMs: number, text = String(atMs)): IncomingLine => ({
  eventId: text,
  atMs,
  logGroup: "g",
  stream: "s",
  level: "info",
  text,
});
const texts = (ring: LogRing) => ring.slice(0, ring.length).map((entry) => entry.text);

describe("LogRing", () => {
  it("inserts late lines in order and drops the oldest", () => {
    const ring = new LogRing(3);
    ring.append([line(10), line(30)]);
    ring.append([line(20)]);
    expect(texts(ring)).toEqual(["10", "20", "30"]);
    ring.append([line(40)]);
    expect(texts(ring)).toEqual(["20", "30", "40"]);
    expect(ring.dropped).toBe(1);
  });

  it("keeps arrival order within one instant", () => {
    const ring = new LogRing();
    ring.append([line(5, "a"), line(5, "b")]);
    ring.append([line(5, "c")]);
    expect(texts(ring)).toEqual(["a", "b", "c"]);
  });

  it("is always sorted, never above its capacity, and holds the newest", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 15 }), { maxLength: 20 }),
        (capacity, batches) => {
          const ring = new LogRing(capacity);
          let total = 0;
          for (const batch of batches) {
            ring.append(batch.map((atMs) => line(atMs)));
            total += batch.length;
            const times = ring.slice(0, ring.length).map((entry) => entry.atMs);
            expect(times).toEqual([...times].sort((a, b) => a - b));
            expect(ring.length).toBe(Math.min(capacity, total));
            expect(ring.length + ring.dropped).toBe(total);
          }
        },
      ),
    );
  });

  it("finds a line by its sequence and tells listeners of each batch", () => {
    const ring = new LogRing();
    const seen: number[] = [];
    const stop = ring.onAppend((lines) => seen.push(lines.length));
    ring.append([line(1), line(2)]);
    stop();
    ring.append([line(3)]);
    expect(seen).toEqual([2]);
    expect(ring.indexOf(2)).toBe(1);
    expect(ring.indexOf(99)).toBe(-1);
  });
});
