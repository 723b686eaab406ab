import { invalid } from "../value.ts";

export type TokenKind = "name" | "placeholder" | "value" | "index" | "symbol" | "end";

export interface Token {
  kind: TokenKind;
  text: string;
}

const PATTERN = /\s*(?:(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|([A-Za-z_][A-Za-z0-9_]*)|(\d+)|(<>|<=|>=|[=<>(),.[\]+-]))/y;

/** Splits an expression into tokens, the last of kind `end`. @param what the expression's name for messages, such as ConditionExpression. */
export function tokenize(expression: string, what: string): Token[] {
  const tokens: Token[] = [];
  PATTERN.lastIndex = 0;
  const length = expression.trimEnd().length;
  if (length === 0) throw invalid(`Invalid ${what}: The expression can not be empty;`);
  while (PATTERN.lastIndex < length) {
    const at = PATTERN.lastIndex;
    const match = PATTERN.exec(expression);
    if (!match)
      throw invalid(
        `Invalid ${what}: Syntax error; token: "${expression.slice(at).trim().charAt(0)}", near: "${expression.slice(at, at + 12).trim()}"`,
      );
    const [, placeholder, value, name, index, symbol] = match;
    if (placeholder !== undefined) tokens.push({ kind: "placeholder", text: placeholder });
    else if (value !== undefined) tokens.push({ kind: "value", text: value });
    else if (name !== undefined) tokens.push({ kind: "name", text: name });
    else if (index !== undefined) tokens.push({ kind: "index", text: index });
    else tokens.push({ kind: "symbol", text: symbol! });
  }
  tokens.push({ kind: "end", text: "<EOF>" });
  return tokens;
}
