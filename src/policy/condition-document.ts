import type { Failure } from "../base/failure.ts";

/** The condition operators of reference_policies_elements_condition_operators; BinaryEquals is refused. */
export const OPERATORS = [
  "StringEquals",
  "StringNotEquals",
  "StringEqualsIgnoreCase",
  "StringNotEqualsIgnoreCase",
  "StringLike",
  "StringNotLike",
  "ArnEquals",
  "ArnNotEquals",
  "ArnLike",
  "ArnNotLike",
  "NumericEquals",
  "NumericNotEquals",
  "NumericLessThan",
  "NumericLessThanEquals",
  "NumericGreaterThan",
  "NumericGreaterThanEquals",
  "DateEquals",
  "DateNotEquals",
  "DateLessThan",
  "DateLessThanEquals",
  "DateGreaterThan",
  "DateGreaterThanEquals",
  "Bool",
  "IpAddress",
  "NotIpAddress",
  "Null",
] as const;
export type Operator = (typeof OPERATORS)[number];

/** One key of one operator. All conditions of a statement must hold; its values are alternatives. */
export interface Condition {
  operator: Operator;
  set?: "ForAnyValue" | "ForAllValues";
  ifExists: boolean;
  key: string;
  values: string[];
}

const BY_NAME = new Map(OPERATORS.map((operator) => [operator.toLowerCase(), operator]));

/**
 * The Condition element as a flat list.
 * @throws what `invalid` makes of the place and the reason: an operator that is not known is never passed over.
 */
export function parseConditions(
  raw: unknown,
  where: string,
  invalid: (where: string, why: string) => Failure,
): Condition[] {
  if (raw === undefined) return [];
  return membersOf(raw, where, invalid).flatMap(([name, keys]) => {
    const parts = /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/i.exec(name);
    const operator = BY_NAME.get(parts?.[2]?.toLowerCase() ?? "");
    if (!parts || !operator) throw invalid(`${where}.${name}`, "is not a condition operator known here");
    const ifExists = parts[3] !== undefined;
    if (operator === "Null" && ifExists) throw invalid(`${where}.${name}`, "Null has no IfExists form");
    const prefix = parts[1]?.toLowerCase();
    const set = prefix === undefined ? undefined : prefix === "foranyvalue" ? "ForAnyValue" : "ForAllValues";
    return membersOf(keys, `${where}.${name}`, invalid).map(([key, value]): Condition => {
      const values: unknown[] = Array.isArray(value) ? value : [value];
      const texts = values.map((one) => {
        if (typeof one === "string" || typeof one === "number" || typeof one === "boolean") return String(one);
        throw invalid(`${where}.${name}.${key}`, "must be a string, a number, a boolean or a list of them");
      });
      return { operator, ifExists, key, values: texts, ...(set ? { set } : {}) };
    });
  });
}

function membersOf(raw: unknown, where: string, invalid: (where: string, why: string) => Failure): [string, unknown][] {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) throw invalid(where, "must be an object");
  return Object.entries(raw);
}
