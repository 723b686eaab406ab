import { type Item, invalid, type Value } from "../value.ts";
import { type Token, tokenize } from "./lexer.ts";

/** A document path: attribute names and list indices. */
export type Path = (string | number)[];

export interface Substitutions {
  names?: Record<string, string> | undefined;
  values?: Item | undefined;
}

/**
 * A reader of tokens that puts names and values in place of their placeholders and remembers which it used: DynamoDB
 * refuses substitutions that no expression uses.
 */
export class Parser {
  readonly what: string;
  readonly #tokens: Token[];
  readonly #substitutions: Substitutions;
  readonly #used: Set<string>;
  #position = 0;

  constructor(expression: string, what: string, substitutions: Substitutions, used: Set<string>) {
    this.what = what;
    this.#tokens = tokenize(expression, what);
    this.#substitutions = substitutions;
    this.#used = used;
  }

  get next(): Token {
    return this.#tokens[this.#position]!;
  }

  /** The token after the next one. */
  get afterNext(): Token {
    return this.#tokens[Math.min(this.#position + 1, this.#tokens.length - 1)]!;
  }

  /** The next token, which must be `text` when it is given. */
  take(text?: string): Token {
    const token = this.next;
    if (text !== undefined && token.text !== text) throw this.unexpected();
    if (token.kind !== "end") this.#position += 1;
    return token;
  }

  /** Takes the next token if it is this symbol. */
  takeSymbol(text: string): boolean {
    if (this.next.kind !== "symbol" || this.next.text !== text) return false;
    this.take();
    return true;
  }

  /** Takes the next token if it is this keyword, in any case of letters. */
  takeKeyword(word: string): boolean {
    if (!this.atKeyword(word)) return false;
    this.take();
    return true;
  }

  atKeyword(word: string): boolean {
    return this.next.kind === "name" && this.next.text.toUpperCase() === word;
  }

  /** @throws ValidationException unless everything was read. */
  end(): void {
    if (this.next.kind !== "end") throw this.unexpected();
  }

  unexpected(): Error {
    const near = this.#tokens.slice(Math.max(0, this.#position - 1), this.#position + 2);
    const text = near.map((token) => token.text).join(" ");
    return invalid(`Invalid ${this.what}: Syntax error; token: "${this.next.text}", near: "${text}"`);
  }

  value(): Value {
    const token = this.take();
    if (token.kind !== "value") throw this.unexpected();
    const value = this.#substitutions.values?.[token.text];
    if (!value)
      throw invalid(
        `Invalid ${this.what}: An expression attribute value used in expression is not defined; attribute value: ${token.text}`,
      );
    this.#used.add(token.text);
    return value;
  }

  path(): Path {
    const path: Path = [this.#name()];
    for (;;) {
      if (this.takeSymbol(".")) path.push(this.#name());
      else if (this.takeSymbol("[")) {
        const token = this.take();
        if (token.kind !== "index") throw this.unexpected();
        path.push(Number(token.text));
        this.take("]");
      } else return path;
    }
  }

  #name(): string {
    const token = this.next;
    if (token.kind !== "name" && token.kind !== "placeholder") throw this.unexpected();
    this.take();
    if (token.kind === "name") return token.text;
    const name = this.#substitutions.names?.[token.text];
    if (name === undefined)
      throw invalid(
        `Invalid ${this.what}: An expression attribute name used in the document path is not defined; attribute name: ${token.text}`,
      );
    this.#used.add(token.text);
    return name;
  }
}

/** @throws ValidationException for names and values that no expression used. */
export function refuseUnused(substitutions: Substitutions, used: ReadonlySet<string>): void {
  const unused = (given: object | undefined) => Object.keys(given ?? {}).filter((key) => !used.has(key));
  const names = unused(substitutions.names);
  if (names.length > 0)
    throw invalid(`Value provided in ExpressionAttributeNames unused in expressions: keys: {${names.join(", ")}}`);
  const values = unused(substitutions.values);
  if (values.length > 0)
    throw invalid(`Value provided in ExpressionAttributeValues unused in expressions: keys: {${values.join(", ")}}`);
}
