import { compareValues, contentOf, type Item, invalid, sameValue, typeOf, type Value, valueBytes } from "../value.ts";
import { Parser, type Path, type Substitutions } from "./parser.ts";
import { valueAt } from "./path.ts";

type Operand = { path: Path } | { value: Value } | { sizeOf: Path };

/** A condition as a tree. */
export type Condition =
  | { kind: "and" | "or"; parts: Condition[] }
  | { kind: "not"; part: Condition }
  | { kind: "compare"; operator: string; left: Operand; right: Operand }
  | { kind: "between"; operand: Operand; low: Operand; high: Operand }
  | { kind: "in"; operand: Operand; candidates: Operand[] }
  | { kind: "function"; name: string; path: Path; argument?: Operand };

const COMPARATORS = ["=", "<>", "<", "<=", ">", ">="];
/** Functions by their number of operands (DynamoDB developer guide, condition and filter expressions). */
const FUNCTIONS: Record<string, 1 | 2> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
};

/** Parses a condition, filter or key condition. @throws ValidationException in DynamoDB's words. */
export function parseCondition(
  expression: string,
  what: string,
  substitutions: Substitutions,
  used: Set<string>,
): Condition {
  const parser = new Parser(expression, what, substitutions, used);
  const condition = either(parser);
  parser.end();
  return condition;
}

function either(parser: Parser): Condition {
  const parts = [both(parser)];
  while (parser.takeKeyword("OR")) parts.push(both(parser));
  return parts.length === 1 ? parts[0]! : { kind: "or", parts };
}

function both(parser: Parser): Condition {
  const parts = [negated(parser)];
  while (parser.takeKeyword("AND")) parts.push(negated(parser));
  return parts.length === 1 ? parts[0]! : { kind: "and", parts };
}

function negated(parser: Parser): Condition {
  if (parser.takeKeyword("NOT")) return { kind: "not", part: negated(parser) };
  if (parser.takeSymbol("(")) {
    const inner = either(parser);
    parser.take(")");
    return inner;
  }
  const { next, afterNext } = parser;
  if (next.kind === "name" && afterNext.text === "(" && next.text !== "size") return functionCall(parser);
  const left = operand(parser);
  if (parser.takeKeyword("BETWEEN")) {
    const low = operand(parser);
    if (!parser.takeKeyword("AND")) throw parser.unexpected();
    return { kind: "between", operand: left, low, high: operand(parser) };
  }
  if (parser.takeKeyword("IN")) {
    parser.take("(");
    const candidates = [operand(parser)];
    while (parser.takeSymbol(",")) candidates.push(operand(parser));
    parser.take(")");
    return { kind: "in", operand: left, candidates };
  }
  const { text, kind } = parser.next;
  if (kind !== "symbol" || !COMPARATORS.includes(text)) throw parser.unexpected();
  parser.take();
  return { kind: "compare", operator: text, left, right: operand(parser) };
}

function functionCall(parser: Parser): Condition {
  const name = parser.take().text;
  const count = FUNCTIONS[name];
  if (!count) throw invalid(`Invalid ${parser.what}: Invalid function name; function: ${name}`);
  parser.take("(");
  const path = parser.path();
  let argument: Operand | undefined;
  if (count === 2) {
    parser.take(",");
    argument = operand(parser);
  }
  parser.take(")");
  return { kind: "function", name, path, ...(argument ? { argument } : {}) };
}

function operand(parser: Parser): Operand {
  if (parser.next.kind === "value") return { value: parser.value() };
  if (parser.next.text === "size" && parser.afterNext.text === "(") {
    parser.take();
    parser.take("(");
    const sizeOf = parser.path();
    parser.take(")");
    return { sizeOf };
  }
  return { path: parser.path() };
}

function sizeOf(value: Value): number {
  const content = contentOf(value);
  if (Array.isArray(content)) return content.length;
  if (value.M !== undefined) return Object.keys(value.M).length;
  return value.S === undefined && value.B === undefined ? 0 : valueBytes(value);
}

function operandValue(item: Item, operand: Operand): Value | undefined {
  if ("value" in operand) return operand.value;
  if ("path" in operand) return valueAt(item, operand.path);
  const value = valueAt(item, operand.sizeOf);
  return value && { N: String(sizeOf(value)) };
}

function compares(operator: string, left: Value | undefined, right: Value | undefined): boolean {
  if (operator === "<>") return !left || !right || !sameValue(left, right);
  if (!left || !right) return false;
  if (operator === "=") return sameValue(left, right);
  const order = compareValues(left, right);
  if (order === undefined) return false;
  if (operator.startsWith("<")) return order < 0 || (operator === "<=" && order === 0);
  return order > 0 || (operator === ">=" && order === 0);
}

function beginsWith(value: Value | undefined, start: Value | undefined): boolean {
  if (value?.S !== undefined && start?.S !== undefined) return value.S.startsWith(start.S);
  if (!value?.B || !start?.B) return false;
  return Buffer.compare(value.B.subarray(0, start.B.byteLength), start.B) === 0;
}

function contains(value: Value | undefined, sought: Value | undefined): boolean {
  if (!value || !sought) return false;
  if (value.S !== undefined) return sought.S !== undefined && value.S.includes(sought.S);
  if (value.B !== undefined) return sought.B !== undefined && Buffer.from(value.B).includes(sought.B);
  if (value.L !== undefined) return value.L.some((member) => sameValue(member, sought));
  const type = typeOf(value);
  const members = type.length === 2 ? (contentOf(value) as unknown[]) : [];
  return members.some((member) => sameValue({ [type.charAt(0)]: member } as unknown as Value, sought));
}

function holdsFunction(condition: Extract<Condition, { kind: "function" }>, item: Item): boolean {
  const value = valueAt(item, condition.path);
  if (condition.name === "attribute_exists") return value !== undefined;
  if (condition.name === "attribute_not_exists") return value === undefined;
  const argument = condition.argument && operandValue(item, condition.argument);
  if (condition.name === "attribute_type") return value !== undefined && typeOf(value) === argument?.S;
  return condition.name === "begins_with" ? beginsWith(value, argument) : contains(value, argument);
}

/** Whether a condition holds for an item; an item that is not there has no attributes. */
export function holds(condition: Condition, item: Item): boolean {
  switch (condition.kind) {
    case "and":
      return condition.parts.every((part) => holds(part, item));
    case "or":
      return condition.parts.some((part) => holds(part, item));
    case "not":
      return !holds(condition.part, item);
    case "compare":
      return compares(condition.operator, operandValue(item, condition.left), operandValue(item, condition.right));
    case "between": {
      const value = operandValue(item, condition.operand);
      return (
        compares(">=", value, operandValue(item, condition.low)) &&
        compares("<=", value, operandValue(item, condition.high))
      );
    }
    case "in": {
      const value = operandValue(item, condition.operand);
      return condition.candidates.some((candidate) => compares("=", value, operandValue(item, candidate)));
    }
    case "function":
      return holdsFunction(condition, item);
  }
}
