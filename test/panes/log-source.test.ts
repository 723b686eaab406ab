import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LogFilter, SLICE_CHARACTERS } from "../../src/panes/log-filter.ts";
import { anchorOf, locate, searchLog } from "../../src/panes/log-source.ts";
import { type IncomingLine, LogRing } from "../../src/state/log-ring.ts";

const line = (atMs: number, text: string): IncomingLine => ({
  eventId: `${atMs}-${text}`,
  atMs,
  logGroup: "g",
  stream: "s",
  level: "info",
  text,
});

describe("a place in the log", () => {
  test("stays on its line while others arrive before and after it", () => {
    const ring = new LogRing();
    ring.append([line(10, "a"), line(20, "b"), line(20, "c"), line(30, "d")]);
    const anchor = anchorOf(ring.at(2)!);
    ring.append([line(5, "late"), line(40, "e")]);
    expect(ring.at(locate(ring, anchor))?.text).toBe("c");
  });

  test("moves to the oldest line left when its own was dropped", () => {
    const ring = new LogRing(3);
    ring.append([line(1, "a")]);
    const anchor = anchorOf(ring.at(0)!);
    ring.append([line(2, "b"), line(3, "c"), line(4, "d")]);
    expect(ring.at(locate(ring, anchor))?.text).toBe("b");
    expect(locate(new LogRing(), anchor)).toBe(-1);
  });
});

describe("a filter", () => {
  test("always equals the ring's matching lines, also late ones and dropped ones", () => {
    const batches = fc.array(
      fc.array(
        fc.record({ atMs: fc.integer({ min: 0, max: 50 }), text: fc.constantFrom("ERROR one", "info", "error two") }),
        { maxLength: 8 },
      ),
      { maxLength: 10 },
    );
    fc.assert(
      fc.property(batches, fc.integer({ min: 3, max: 40 }), (all, capacity) => {
        const ring = new LogRing(capacity);
        const filter = new LogFilter(ring, "error");
        for (const batch of all) {
          ring.append(batch.map((item) => line(item.atMs, item.text)));
          const wanted = ring.slice(0, ring.length).filter((item) => item.text.toLowerCase().includes("error"));
          const oldest = ring.at(0)?.atMs ?? 0;
          const kept = Array.from({ length: filter.length }, (_, index) => filter.at(index)!);
          // Lines of the very instant at which the ring was cut may still be there.
          expect(kept.filter((item) => item.atMs > oldest)).toEqual(wanted.filter((item) => item.atMs > oldest));
        }
      }),
    );
  });

  test("looks at a long log newest first, in slices, while lines arrive", () => {
    const ring = new LogRing();
    const long = "x".repeat(SLICE_CHARACTERS / 10);
    ring.append(Array.from({ length: 35 }, (_, index) => line(index * 10, `${index % 2 ? "error" : "info"} ${long}`)));
    const filter = new LogFilter(ring, "error");
    expect(filter.share).toBeGreaterThan(0.2);
    expect(filter.share).toBeLessThan(0.4);
    expect(filter.at(filter.length - 1)?.atMs).toBe(330);
    ring.append([line(400, "error new"), line(15, "error late")]);
    while (filter.advance());
    expect(filter.share).toBe(1);
    const wanted = ring.slice(0, ring.length).filter((item) => item.text.startsWith("error"));
    expect(Array.from({ length: filter.length }, (_, index) => filter.at(index)!)).toEqual(wanted);
  });

  test("reads a new burst, not the whole ring again", () => {
    const ring = new LogRing();
    ring.append(Array.from({ length: 10_000 }, (_, index) => line(index, "error")));
    const filter = new LogFilter(ring, "error");
    expect(filter.length).toBe(10_000);
    let reads = 0;
    const at = ring.at.bind(ring);
    ring.at = (index) => {
      reads++;
      return at(index);
    };
    ring.append([line(20_000, "error"), line(20_001, "fine")]);
    expect(filter.length).toBe(10_001);
    expect(reads).toBeLessThan(10);
  });
});

test("search goes round at both ends and says when there is nothing", () => {
  const ring = new LogRing();
  ring.append([line(1, "one"), line(2, "TWO"), line(3, "three")]);
  expect(searchLog(ring, "two", 2, 1, 1000).advance()).toBe(1);
  expect(searchLog(ring, "two", 0, -1, 1000).advance()).toBe(1);
  expect(searchLog(ring, "four", 0, 1, 1000).advance()).toBe(-1);
});

test("a long log is searched in slices", () => {
  const ring = new LogRing();
  ring.append(Array.from({ length: 100 }, (_, index) => line(index, index === 90 ? "found" : "x".repeat(99))));
  const search = searchLog(ring, "found", -1, 1, 1000);
  let slices = 1;
  let found = search.advance();
  while (found === undefined) {
    slices++;
    found = search.advance();
  }
  expect(found).toBe(90);
  expect(slices).toBe(10);
});
