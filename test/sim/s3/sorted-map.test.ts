import fc from "fast-check";
import { expect, test } from "vitest";
import { compareKeys } from "../../../src/sim/world/s3/key-order.ts";
import { SortedMap } from "../../../src/sim/world/s3/sorted-map.ts";

/** Few letters, so that prefixes meet; beyond U+FFFF and just below, where UTF-16 and UTF-8 order differently. */
const key = fc
  .array(fc.constantFrom("a", "b", "/", "é", "\uffee", "🐎", "\ue000"), { maxLength: 5 })
  .map((letters) => letters.join(""));
const operation = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), key }),
  fc.record({ kind: fc.constant("delete" as const), key }),
);

const bytesOrder = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

test("keys compare as their UTF-8 bytes do", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), key, key, (a, b, c, d) => {
      expect(Math.sign(compareKeys(a, b))).toBe(bytesOrder(a, b));
      expect(Math.sign(compareKeys(c, d))).toBe(bytesOrder(c, d));
    }),
  );
});

test("the map behaves as a sorted list of keys does, whatever is set and deleted", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 400 }), key, (operations, sought) => {
      const map = new SortedMap<number>();
      const model = new Map<string, number>();
      operations.forEach((one, index) => {
        if (one.kind === "set") {
          map.set(one.key, index);
          model.set(one.key, index);
        } else {
          expect(map.delete(one.key)).toBe(model.delete(one.key));
        }
      });
      const sorted = [...model].sort(([a], [b]) => bytesOrder(a, b));
      expect([...map.from()]).toEqual(sorted);
      expect(map.size).toBe(model.size);
      expect(map.get(sought)).toBe(model.get(sought));
      expect([...map.from(sought)]).toEqual(sorted.filter(([other]) => bytesOrder(other, sought) >= 0));
      expect([...map.after(sought)]).toEqual(sorted.filter(([other]) => bytesOrder(other, sought) > 0));
      expect([...map.afterPrefix(sought)]).toEqual(
        sorted.filter(([other]) => bytesOrder(other, sought) > 0 && !other.startsWith(sought)),
      );
    }),
  );
});

test("many keys, in random order, across many chunks", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: 100_000 }), { minLength: 3000, maxLength: 5000 }),
      (numbers) => {
        const map = new SortedMap<number>();
        for (const number of numbers) map.set(String(number).padStart(6, "0"), number);
        for (const number of numbers.slice(0, 1000)) map.delete(String(number).padStart(6, "0"));
        const rest = numbers.slice(1000).sort((a, b) => a - b);
        expect([...map.from()].map(([, value]) => value)).toEqual(rest);
        expect(map.from("050000").next().value?.[1]).toBe(rest.find((number) => number >= 50_000));
      },
    ),
    { numRuns: 10 },
  );
});
