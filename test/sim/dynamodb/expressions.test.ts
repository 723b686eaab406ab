import { expect, test } from "vitest";
import { addNumbers, compareNumbers, normalNumber } from "../../../src/sim/world/dynamodb/decimal.ts";
import { holds, parseCondition } from "../../../src/sim/world/dynamodb/expression/condition.ts";
import type { Item } from "../../../src/sim/world/dynamodb/value.ts";

const ITEM: Item = {
  s: { S: "abc" },
  n: { N: "10" },
  b: { B: new Uint8Array([1, 2, 3]) },
  ss: { SS: ["x", "y"] },
  l: { L: [{ S: "x" }, { N: "2" }] },
  m: { M: { k: { BOOL: true } } },
};
const VALUES: Item = {
  ":abc": { S: "abc" },
  ":ab": { S: "ab" },
  ":x": { S: "x" },
  ":9": { N: "9" },
  ":10": { N: "10.0" },
  ":11": { N: "11" },
  ":2": { N: "2" },
  ":t": { BOOL: true },
  ":SS": { S: "SS" },
  ":bytes": { B: new Uint8Array([1, 2]) },
  ":set": { SS: ["y", "x"] },
};

const check = (expression: string) =>
  holds(
    parseCondition(expression, "FilterExpression", { names: { "#n": "n", "#k": "k" }, values: VALUES }, new Set()),
    ITEM,
  );

test.each([
  ["s = :abc", true],
  ["s <> :abc", false],
  ["missing <> :abc", true],
  ["missing < :abc", false],
  ["n > :9 and n < :11", true],
  ["n = :10", true],
  ["#n >= :10 AND n <= :10", true],
  ["n < s", false],
  ["n BETWEEN :9 AND :11 AND s = :abc", true],
  ["n between :11 and :11", false],
  ["n IN (:9, :10)", true],
  ["s IN (:x)", false],
  ["NOT s = :abc OR n = :10", true],
  ["NOT (s = :abc OR n = :10)", false],
  ["s = :x AND s = :abc OR n = :10", true],
  ["s = :x AND (s = :abc OR n = :10)", false],
  ["attribute_exists(m.#k) AND attribute_not_exists(m.other)", true],
  ["attribute_type(ss, :SS)", true],
  ["begins_with(s, :ab) AND begins_with(b, :bytes)", true],
  ["contains(s, :ab) AND contains(ss, :x) AND contains(l, :2)", true],
  ["contains(ss, :ab)", false],
  ["size(s) < :9 AND size(l) = :2 AND size(b) > :2", true],
  ["ss = :set", true],
  ["l[1] = :2 AND m.k = :t", true],
  ["l[7] = :2", false],
])("%s is %s", (expression, expected) => {
  expect(check(expression)).toBe(expected);
});

test.each([
  ["s = ", "Syntax error"],
  ["s = :nope", "attribute value: :nope"],
  ["#nope = :x", "attribute name: #nope"],
  ["sizes(s) = :2", "Invalid function name; function: sizes"],
  ["(s = :x", "Syntax error"],
  ["s = :x extra", "Syntax error"],
  ["s ? :x", 'token: "?"'],
  ["", "can not be empty"],
])("%s is refused", (expression, message) => {
  expect(() => check(expression)).toThrow(message);
});

test("numbers are exact decimals", () => {
  expect(addNumbers("0.1", "0.2")).toBe("0.3");
  expect(addNumbers("99999999999999999999", "1")).toBe("100000000000000000000");
  expect(addNumbers("1", "1.50", true)).toBe("-0.5");
  expect(compareNumbers("1e2", "100.0")).toBe(0);
  expect(compareNumbers("-2", "1")).toBe(-1);
  expect(normalNumber("007.500")).toBe("7.5");
  expect(normalNumber("-0.0")).toBe("0");
  expect(normalNumber("1.5e3")).toBe("1500");
  expect(normalNumber("0.00012")).toBe("0.00012");
});
