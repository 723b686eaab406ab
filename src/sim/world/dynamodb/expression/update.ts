import { addNumbers } from "../decimal.ts";
import { checkedValue, contentOf, type Item, invalid, sameValue, typeOf, type Value } from "../value.ts";
import { Parser, type Path, type Substitutions } from "./parser.ts";
import { valueAt, withValueAt } from "./path.ts";

type Term =
  | { kind: "value"; value: Value }
  | { kind: "path"; path: Path }
  | { kind: "if_not_exists"; path: Path; otherwise: Term }
  | { kind: "list_append"; first: Term; second: Term }
  | { kind: "sum"; left: Term; right: Term; subtract: boolean };

type Action =
  | { kind: "SET"; path: Path; term: Term }
  | { kind: "REMOVE"; path: Path }
  | { kind: "ADD" | "DELETE"; path: Path; value: Value };

/** What an update does, in the order of its clauses. */
export type Update = Action[];

const CLAUSES = ["SET", "REMOVE", "ADD", "DELETE"] as const;
const WHAT = "UpdateExpression";

/** Parses an UpdateExpression with its clauses SET, REMOVE, ADD and DELETE. @throws ValidationException. */
export function parseUpdate(expression: string, substitutions: Substitutions, used: Set<string>): Update {
  const parser = new Parser(expression, WHAT, substitutions, used);
  const actions: Update = [];
  const seen = new Set<string>();
  while (parser.next.kind !== "end") {
    const clause = CLAUSES.find((word) => parser.takeKeyword(word));
    if (!clause) throw parser.unexpected();
    if (seen.has(clause))
      throw invalid(`Invalid ${WHAT}: The "${clause}" section can only be used once in an update expression;`);
    seen.add(clause);
    do actions.push(action(parser, clause));
    while (parser.takeSymbol(","));
  }
  refuseOverlaps(actions);
  return actions;
}

function action(parser: Parser, clause: (typeof CLAUSES)[number]): Action {
  const path = parser.path();
  if (clause === "REMOVE") return { kind: clause, path };
  if (clause !== "SET") return { kind: clause, path, value: parser.value() };
  parser.take("=");
  return { kind: clause, path, term: sum(parser) };
}

function sum(parser: Parser): Term {
  const left = term(parser);
  if (parser.takeSymbol("+")) return { kind: "sum", left, right: term(parser), subtract: false };
  if (parser.takeSymbol("-")) return { kind: "sum", left, right: term(parser), subtract: true };
  return left;
}

function term(parser: Parser): Term {
  if (parser.next.kind === "value") return { kind: "value", value: parser.value() };
  if (parser.next.kind !== "name" || parser.afterNext.text !== "(") return { kind: "path", path: parser.path() };
  const name = parser.take().text;
  parser.take("(");
  let parsed: Term;
  if (name === "if_not_exists") {
    const path = parser.path();
    parser.take(",");
    parsed = { kind: name, path, otherwise: term(parser) };
  } else if (name === "list_append") {
    const first = term(parser);
    parser.take(",");
    parsed = { kind: name, first, second: term(parser) };
  } else throw invalid(`Invalid ${WHAT}: Invalid function name; function: ${name}`);
  parser.take(")");
  return parsed;
}

function refuseOverlaps(actions: Update): void {
  const text = (path: Path) => `[${path.join(", ")}]`;
  for (const [index, { path: one }] of actions.entries()) {
    for (const { path: other } of actions.slice(index + 1)) {
      const shorter = Math.min(one.length, other.length);
      if (one.slice(0, shorter).every((step, position) => step === other[position]))
        throw invalid(
          `Invalid ${WHAT}: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: ${text(one)}, path two: ${text(other)}`,
        );
    }
  }
}

const wrongType = () => invalid("An operand in the update expression has an incorrect data type");

function evaluate(term: Term, item: Item): Value {
  switch (term.kind) {
    case "value":
      return checkedValue(term.value);
    case "path": {
      const value = valueAt(item, term.path);
      if (!value) throw invalid("The provided expression refers to an attribute that does not exist in the item");
      return value;
    }
    case "if_not_exists":
      return valueAt(item, term.path) ?? evaluate(term.otherwise, item);
    case "list_append": {
      const [first, second] = [evaluate(term.first, item), evaluate(term.second, item)];
      if (!first.L || !second.L) throw wrongType();
      return { L: [...first.L, ...second.L] };
    }
    case "sum": {
      const [left, right] = [evaluate(term.left, item), evaluate(term.right, item)];
      if (left.N === undefined || right.N === undefined) throw wrongType();
      return { N: addNumbers(left.N, right.N, term.subtract) };
    }
  }
}

function membersOf(value: Value): Value[] {
  const type = typeOf(value);
  if (type.length !== 2) throw wrongType();
  return (contentOf(value) as unknown[]).map((member) => ({ [type.charAt(0)]: member }) as unknown as Value);
}

const setOf = (type: string, members: readonly Value[]) => ({ [type]: members.map(contentOf) }) as unknown as Value;

function added(now: Value | undefined, value: Value): Value {
  const checked = checkedValue(value);
  if (checked.N !== undefined) {
    if (now && now.N === undefined) throw wrongType();
    return { N: addNumbers(now?.N ?? "0", checked.N) };
  }
  const members = membersOf(checked);
  if (!now) return checked;
  if (typeOf(now) !== typeOf(checked)) throw wrongType();
  const present = membersOf(now);
  return setOf(typeOf(now), [
    ...present,
    ...members.filter((member) => !present.some((other) => sameValue(member, other))),
  ]);
}

function without(now: Value | undefined, value: Value): Value | undefined {
  const members = membersOf(checkedValue(value));
  if (!now) return undefined;
  if (typeOf(now) !== typeOf(value)) throw wrongType();
  const kept = membersOf(now).filter((member) => !members.some((other) => sameValue(member, other)));
  // A set is never empty: the attribute goes with its last member.
  return kept.length === 0 ? undefined : setOf(typeOf(now), kept);
}

/** The item after an update. All right sides are read from the item as it was. @throws ValidationException. */
export function applyUpdate(update: Update, item: Item): Item {
  const changes = update.map((action) => {
    if (action.kind === "SET") return { path: action.path, value: evaluate(action.term, item) };
    if (action.kind === "REMOVE") return { path: action.path, value: undefined };
    const now = valueAt(item, action.path);
    return { path: action.path, value: action.kind === "ADD" ? added(now, action.value) : without(now, action.value) };
  });
  // Removed list elements are counted in the list as it was: the last ones go first.
  const index = ({ path, value }: (typeof changes)[number]) => (value === undefined ? Number(path.at(-1)) || 0 : -1);
  changes.sort((a, b) => index(b) - index(a));
  return changes.reduce((after, { path, value }) => withValueAt(after, path, value), item);
}
