import type { Condition, Operator } from "./condition-document.ts";
import { addressInRange } from "./ip.ts";
import { type Context, contextValue, literal, matchesArn, matchesPattern } from "./pattern.ts";

/**
 * Whether one condition holds (reference_policies_elements_condition_operators and
 * reference_policies_condition-single-vs-multi-valued-context-keys):
 * - Null asks only whether the key is absent;
 * - a key that the request lacks makes ...IfExists, negated operators and ForAllValues true, all else false;
 * - ForAnyValue without a value is false;
 * - a key of several values needs a set operator: without one the condition does not hold.
 * @param variables whether the document's version has policy variables.
 */
export function conditionHolds(condition: Condition, context: Context, variables: boolean): boolean {
  const { operator, set, ifExists, key, values } = condition;
  const actual = contextValue(context, key);
  if (operator === "Null") return values.some((value) => value.toLowerCase() === String(actual === undefined));
  if (actual === undefined) {
    if (ifExists || set === "ForAllValues") return true;
    return set === undefined && isNegated(operator);
  }
  const holds = (value: string) => valueHolds(operator, values, value, variables ? context : undefined);
  if (set === undefined) return typeof actual === "string" && holds(actual);
  const list = typeof actual === "string" ? [actual] : actual;
  return set === "ForAnyValue" ? list.some(holds) : list.every(holds);
}

function isNegated(operator: Operator): boolean {
  return operator.includes("Not");
}

/** Values are alternatives: a positive operator needs one that matches, a negated one needs that none does. */
function valueHolds(operator: Operator, values: string[], actual: string, context: Context | undefined): boolean {
  if (isNegated(operator)) {
    const positive = operator.replace("Not", "") as Operator;
    return !values.some((value) => matches(positive, value, actual, context));
  }
  return values.some((value) => matches(operator, value, actual, context));
}

function matches(operator: Operator, wanted: string, actual: string, context: Context | undefined): boolean {
  switch (operator) {
    case "StringEquals":
      return literal(wanted, context) === actual;
    case "StringEqualsIgnoreCase":
      return literal(wanted, context)?.toLowerCase() === actual.toLowerCase();
    case "StringLike":
      return matchesPattern(wanted, actual, context);
    // "ArnEquals and ArnLike behave identically", AWS says: both take wildcards.
    case "ArnEquals":
    case "ArnLike":
      return matchesArn(wanted, actual, context);
    case "Bool":
      return /^(true|false)$/i.test(actual) && literal(wanted, context)?.toLowerCase() === actual.toLowerCase();
    case "IpAddress":
      return addressInRange(actual, wanted) === true;
    default:
      return operator.startsWith("Date")
        ? compares(operator.slice("Date".length), dateOf(actual), dateOf(wanted))
        : compares(operator.slice("Numeric".length), numberOf(actual), numberOf(wanted));
  }
}

/** A comparison with NaN, which is what is no number and no date, never holds. */
function compares(comparison: string, actual: number, wanted: number): boolean {
  switch (comparison) {
    case "LessThan":
      return actual < wanted;
    case "LessThanEquals":
      return actual <= wanted;
    case "GreaterThan":
      return actual > wanted;
    case "GreaterThanEquals":
      return actual >= wanted;
    default:
      return actual === wanted;
  }
}

function numberOf(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

/** Milliseconds of a date of ISO 8601 or of a UNIX time in seconds, the two forms that AWS takes. */
function dateOf(text: string): number {
  return /^\d{5,}$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}
