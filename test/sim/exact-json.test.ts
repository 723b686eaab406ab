import { expect, test } from "vitest";
import { exactNumber, parseExact, wholeNumber } from "../../src/sim/wire/exact-json.ts";

test("whole numbers of 63 bits survive parsing and writing; everything else is as JSON.parse gives it", () => {
  const text =
    '{"id":6723094823094823094,"list":[-9007199254740993,1,2.5,1e30],"text":"6723094823094823094","none":null}';
  const parsed = parseExact(text) as { id: unknown; list: unknown[]; text: string };
  expect(JSON.stringify(parsed)).toBe(text.replace("1e30", "1e+30"));
  expect(wholeNumber(parsed.id)).toBe(6723094823094823094n);
  expect(parsed.list.slice(1)).toEqual([1, 2.5, 1e30]);
  expect([wholeNumber(12), wholeNumber(2.5), wholeNumber("12"), wholeNumber(undefined)]).toEqual([
    12n,
    undefined,
    undefined,
    undefined,
  ]);
  expect(JSON.stringify({ id: exactNumber(2n ** 63n - 1n) })).toBe('{"id":9223372036854775807}');
});
