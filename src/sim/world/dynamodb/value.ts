import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { AwsError } from "../../wire/aws-error.ts";
import { compareNumbers, normalNumber, numberProblem } from "./decimal.ts";

export type Value = AttributeValue;
/** Attributes of an item by name. */
export type Item = Record<string, Value>;

export type ValueType = "S" | "N" | "B" | "SS" | "NS" | "BS" | "M" | "L" | "NULL" | "BOOL";

const SETS: Partial<Record<ValueType, "S" | "N" | "B">> = { SS: "S", NS: "N", BS: "B" };

/** A ValidationException, as most refusals of DynamoDB are. */
export function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}

const parameterProblem = (message: string) => invalid(`One or more parameter values were invalid: ${message}`);

/** The type of a value: S, N, B, SS, NS, BS, M, L, NULL, BOOL. */
export function typeOf(value: Value): ValueType {
  return Object.keys(value).find((key) => value[key as ValueType] !== undefined) as ValueType;
}

/** What is inside a value, whatever its type. */
export function contentOf(value: Value): unknown {
  return value[typeOf(value)];
}

function checkedNumber(text: string): string {
  const problem = numberProblem(text);
  if (problem) throw invalid(problem);
  return normalNumber(text);
}

function checkedSet(type: "SS" | "NS" | "BS", members: readonly unknown[]): Value {
  if (members.length === 0)
    throw parameterProblem(
      "An string set  may not be empty".replace(
        "string",
        type === "SS" ? "string" : type === "NS" ? "number" : "binary",
      ),
    );
  const texts = type === "NS" ? members.map((member) => checkedNumber(String(member))) : members;
  const keys = new Set(
    texts.map((member) => (member instanceof Uint8Array ? Buffer.from(member).toString("hex") : String(member))),
  );
  if (keys.size !== members.length)
    throw parameterProblem(`Input collection ${JSON.stringify(texts)} contains duplicates.`);
  return { [type]: texts } as unknown as Value;
}

/** The value as DynamoDB keeps it, numbers normalised. @throws ValidationException for one that it refuses. */
export function checkedValue(value: Value): Value {
  const given = Object.keys(value).filter((key) => value[key as ValueType] !== undefined);
  if (given.length !== 1)
    throw invalid(
      "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
    );
  if (value.N !== undefined) return { N: checkedNumber(value.N) };
  if (value.SS !== undefined) return checkedSet("SS", value.SS);
  if (value.NS !== undefined) return checkedSet("NS", value.NS);
  if (value.BS !== undefined) return checkedSet("BS", value.BS);
  if (value.L !== undefined) return { L: value.L.map(checkedValue) };
  if (value.M !== undefined) return { M: checkedItem(value.M) };
  return value;
}

/** All values of an item as DynamoDB keeps them. */
export function checkedItem(item: Item): Item {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, checkedValue(value)]));
}

const textBytes = (text: string) => Buffer.byteLength(text);

/** Size of a value in bytes by DynamoDB's rules (developer guide, item sizes and formats). */
export function valueBytes(value: Value): number {
  if (value.S !== undefined) return textBytes(value.S);
  // About one byte for two significant digits, plus one, plus one for a minus sign.
  if (value.N !== undefined)
    return (
      Math.ceil(value.N.replace(/[^\d]|E.*$/g, "").replace(/^0+|0+$/g, "").length / 2) +
      1 +
      (value.N.startsWith("-") ? 1 : 0)
    );
  if (value.B !== undefined) return value.B.byteLength;
  if (value.SS !== undefined) return value.SS.reduce((sum, member) => sum + textBytes(member), 0);
  if (value.NS !== undefined) return value.NS.reduce((sum, N) => sum + valueBytes({ N }), 0);
  if (value.BS !== undefined) return value.BS.reduce((sum, member) => sum + member.byteLength, 0);
  // Lists and maps: three bytes, and one for each member.
  if (value.L !== undefined) return value.L.reduce((sum, member) => sum + valueBytes(member) + 1, 3);
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemBytes(value.M);
  return 1;
}

/** Size of an item in bytes: names in UTF-8 and values. */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + textBytes(name) + valueBytes(value), 0);
}

/** Order of two values of one scalar type; undefined when they cannot be ordered. */
export function compareValues(a: Value, b: Value): number | undefined {
  if (a.S !== undefined && b.S !== undefined) return Buffer.compare(Buffer.from(a.S), Buffer.from(b.S));
  if (a.N !== undefined && b.N !== undefined) return compareNumbers(a.N, b.N);
  if (a.B !== undefined && b.B !== undefined) return Buffer.compare(a.B, b.B);
  return undefined;
}

/** A text that two values share exactly when DynamoDB calls them equal: sets without order. */
export function valueKey(value: Value): string {
  const type = typeOf(value);
  const one = (kind: string, content: unknown): string =>
    kind === "B"
      ? Buffer.from(content as Uint8Array).toString("hex")
      : kind === "N"
        ? normalNumber(String(content))
        : String(content);
  const member = SETS[type];
  if (member)
    return `${type}:${JSON.stringify((contentOf(value) as unknown[]).map((content) => one(member, content)).sort())}`;
  if (value.L !== undefined) return `L:${JSON.stringify(value.L.map(valueKey))}`;
  if (value.M !== undefined) {
    const entries = Object.entries(value.M).map(([name, content]) => [name, valueKey(content)]);
    return `M:${JSON.stringify(entries.sort())}`;
  }
  return `${type}:${one(type, contentOf(value))}`;
}

/** Whether two values are equal in type and content. */
export function sameValue(a: Value, b: Value): boolean {
  return valueKey(a) === valueKey(b);
}
