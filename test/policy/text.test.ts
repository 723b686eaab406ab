import { describe, expect, it } from "vitest";
import { insertStatement, minifyJson, removeStatement } from "../../src/policy/text.ts";

const OURS = '{"Sid":"Ours","Effect":"Deny"}';
// Numbers beyond a double, brackets and escaped quotes in strings, members after the list.
const LIST = `{ "Id": "]},{ \\" \\\\", "Statement" : [
  {"Sid": "a]\\"", "Condition": {"NumericEquals": {"s3:max-keys": 12345678901234567890}}},
  {"Sid":"b", "Effect":"Allow"}
 ] , "Version": "2012-10-17" }`;

describe("insertStatement", () => {
  it("changes no other character, and removeStatement gives the text back", () => {
    const after = insertStatement(LIST, OURS);
    expect(after.replace(`,${OURS}`, "")).toBe(LIST);
    expect(JSON.parse(after).Statement.at(-1)).toEqual(JSON.parse(OURS));
    expect(removeStatement(after, "Ours")).toBe(LIST);
  });
  it("makes a list of a single statement, and fills an empty one", () => {
    expect(insertStatement('{"Statement":{"Sid":"a"}}', OURS)).toBe(`{"Statement":[{"Sid":"a"},${OURS}]}`);
    expect(insertStatement('{"Statement":[ ]}', OURS)).toBe(`{"Statement":[${OURS} ]}`);
  });
  it.each(["", "[]", "null", "{}", '{"Statement":"x"}', '{"Statement":[],"Statement":[]}', '{"Id":"Statement"}'])(
    "refuses %s",
    (text) => {
      expect(() => insertStatement(text, OURS)).toThrow(/bucket policy/);
    },
  );
});

describe("removeStatement", () => {
  it("takes out one in front or in the middle and keeps the others as they are written", () => {
    const text = `{"Statement":[${OURS}, {"Sid":"a","N":1e400},${OURS},{"Sid":"b"} ]}`;
    expect(removeStatement(text, "Ours")).toBe('{"Statement":[{"Sid":"a","N":1e400},{"Sid":"b"} ]}');
  });
  it("says that nothing remains, and leaves a text without it alone", () => {
    expect(removeStatement(`{"Statement":[${OURS}]}`, "Ours")).toBeUndefined();
    expect(removeStatement(`{"Statement":${OURS}}`, "Ours")).toBeUndefined();
    expect(removeStatement(LIST, "Ours")).toBe(LIST);
  });
});

it("minifyJson keeps white space in strings", () => {
  expect(minifyJson('{ "a b" : [ 1 ,\n "c \\" d" ] }')).toBe('{"a b":[1,"c \\" d"]}');
});
