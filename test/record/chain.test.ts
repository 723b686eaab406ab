import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, type Json } from "../../src/base/json.ts";
import { entryHash, verifyChain } from "../../src/record/chain.ts";
import type { RecordEntry } from "../../src/record/entries.ts";
import { EntriesBuilder } from "./entries-builder.ts";
import { note } from "./support.ts";

const chain = (): RecordEntry[] => {
  const builder = new EntriesBuilder();
  for (const text of ["one", "two", "three", "four"]) builder.add("2026-11-23T03:06:00Z", note(text));
  return builder.entries;
};

describe("verifyChain", () => {
  it("accepts a whole chain, and an empty one", () => {
    expect(verifyChain(chain())).toMatchObject({ ok: true, entries: 4, headSeq: 4 });
    expect(verifyChain([])).toMatchObject({ ok: true, entries: 0, headSeq: 0 });
  });

  it("names the first entry that was edited, removed, moved or put in", () => {
    const edited = chain();
    edited[1] = { ...edited[1]!, payload: { text: "other" } } as RecordEntry;
    expect(verifyChain(edited)).toMatchObject({ ok: false, seq: 2, reason: expect.stringContaining("content") });
    const [first, second, third, fourth] = chain() as [RecordEntry, RecordEntry, RecordEntry, RecordEntry];
    expect(verifyChain([first, third, fourth])).toMatchObject({ ok: false, seq: 3 });
    expect(verifyChain([first, third, second, fourth])).toMatchObject({ ok: false, seq: 3 });
    const forged = { ...second, payload: { text: "other" } } as RecordEntry;
    forged.hash = entryHash(forged);
    expect(verifyChain([first, forged, third, fourth])).toMatchObject({
      ok: false,
      seq: 3,
      reason: expect.stringContaining("hash of the entry before"),
    });
  });
});

describe("the hash of an entry", () => {
  it("does not depend on the order of members, and survives being written and read", () => {
    const text = fc.string({ unit: "grapheme" });
    fc.assert(
      fc.property(
        text,
        fc.dictionary(text, fc.jsonValue({ stringUnit: "grapheme" })),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (id, payload, monotonicMs) => {
          const entry = { ...chain()[0], id, payload, monotonicMs } as unknown as RecordEntry;
          const read = JSON.parse(canonicalJson(entry as unknown as Json)) as RecordEntry;
          const reversed = Object.fromEntries(Object.entries(entry).reverse()) as unknown as RecordEntry;
          expect(entryHash(read)).toBe(entryHash(entry));
          expect(entryHash(reversed)).toBe(entryHash(entry));
        },
      ),
    );
  });
});
