import fc from "fast-check";
import { expect, it } from "vitest";
import type { DamageKind } from "../../src/recovery/s3/damage.ts";
import { recover } from "../../src/recovery/s3/recovery.ts";
import { undoRecovery } from "../../src/recovery/s3/undo.ts";
import type { Bucket } from "../../src/sim/world/s3/bucket.ts";
import { contextOf, dataVersions, hands, history, planOf, scratch, seen } from "./support.ts";

/** Something that happened to a key, seconds before now. Several may fall into one second. */
interface Deed {
  key: string;
  second: number;
  text: string | undefined;
}

const KEYS = ["a", "a/b", "a b+c%", "lakehouse/t/metadata/1.metadata.json", "ü/\u{1f600}"];
const deed: fc.Arbitrary<Deed> = fc.record({
  key: fc.constantFrom(...KEYS),
  second: fc.integer({ min: -12, max: -1 }),
  text: fc.option(fc.string({ minLength: 1, maxLength: 4 }), { nil: undefined, freq: 1 }),
});
const deeds = fc.array(deed, { maxLength: 24 }).map((list) => list.toSorted((a, b) => a.second - b.second));

/** What a key's deeds mean, told from the deeds alone: nothing of what is tested is used. */
function fate(list: readonly Deed[], since: number) {
  const last = list.at(-1);
  if (!last || last.second < since) return undefined;
  const earlier = list.filter(({ second }) => second < since);
  const wasThere = earlier.at(-1)?.text;
  // In one second written and deleted, and not the newest: no client can tell which came last.
  const together = earlier.filter(({ second }) => second === earlier.at(-1)?.second);
  const isUnclear = new Set(together.map(({ text }) => text === undefined)).size > 1;
  if (last.text !== undefined) {
    if (isUnclear) return undefined;
    if (wasThere === undefined) return { kind: "new" as const };
    return { kind: "overwritten" as const, back: wasThere };
  }
  const top = list.toReversed().findIndex(({ text }) => text !== undefined);
  const markers = top < 0 ? list : list.slice(list.length - top);
  if (markers.some(({ second }) => second < since)) return undefined;
  if (top < 0) return { kind: "gone" as const };
  if (isUnclear) return undefined;
  const below = list.at(-1 - top)!.text!;
  return { kind: wasThere === undefined ? ("brief" as const) : ("deleted" as const), back: below };
}

/** What a reader must see afterwards: the present state, but for the keys of these kinds. */
function expected(list: readonly Deed[], since: number, kinds: readonly DamageKind[]): Record<string, string> {
  const visible: Record<string, string> = {};
  for (const key of KEYS) {
    const own = list.filter((one) => one.key === key);
    const now = own.at(-1)?.text;
    const found = fate(own, since);
    const text = found && "back" in found && kinds.includes(found.kind) ? found.back : now;
    if (text !== undefined) visible[key] = text;
  }
  return visible;
}

const MODES: { kinds: DamageKind[]; copies: boolean }[] = [
  { kinds: ["deleted"], copies: false },
  { kinds: ["deleted", "brief"], copies: false },
  { kinds: ["overwritten"], copies: true },
  { kinds: ["overwritten", "deleted"], copies: true },
];

it("over random histories: all and only what should come back does, no version with data is deleted, and the undo shows what was", async () => {
  const { simulator } = await scratch();
  let count = 0;
  const check = async (list: Deed[], since: number, mode: (typeof MODES)[number], disturbed: boolean) => {
    count += 1;
    const name = `bucket-${count}`;
    const nowMs = simulator.epochMs;
    const bucket: Bucket = simulator.world.buckets.add({
      name,
      region: "us-east-1",
      createdAtMs: 0,
      versioning: "Enabled",
    });
    const { put, remove } = hands(bucket, nowMs);
    for (const { key, second, text } of list) {
      if (text === undefined) remove(key, second);
      else put(key, text, second);
    }
    const before = { seen: seen(bucket), data: dataVersions(bucket), history: history(bucket) };
    const wanted = expected(list, since, mode.kinds);
    const calm = disturbed
      ? [
          simulator.faults.add({ kind: "throttle", service: "s3", every: 3 }),
          simulator.faults.add({ kind: "partial-pages", service: "s3", operation: "ListObjectVersions", pageItems: 2 }),
        ]
      : [];
    const context = await contextOf(simulator);
    const asked = { bucket: name, since, kinds: mode.kinds, ...(mode.copies ? { copies: {} } : {}) };
    const result = await recover(planOf(nowMs, asked), context);
    expect(result.failure).toBeUndefined();
    expect(seen(bucket)).toEqual(wanted);
    expect(dataVersions(bucket)).toEqual(expect.arrayContaining(before.data));
    // What did not have to come back is as it was to the last version.
    for (const [key, ids] of Object.entries(before.history))
      if (wanted[key] === before.seen[key]) expect(ids.every((id) => history(bucket)[key]?.includes(id))).toBe(true);
    const target = { bucket: name, accountId: "111122223333", prefix: "" };
    const undo = await undoRecovery("one", target, context);
    if (result.total > 0) expect(undo.failure).toBeUndefined();
    expect(seen(bucket)).toEqual(before.seen);
    expect(dataVersions(bucket)).toEqual(expect.arrayContaining(before.data));
    for (const remove of calm) remove();
    simulator.world.buckets.byName.delete(name);
  };
  await fc.assert(
    fc.asyncProperty(deeds, fc.integer({ min: -10, max: -1 }), fc.constantFrom(...MODES), fc.boolean(), check),
    { numRuns: 40 },
  );
}, 120_000);
