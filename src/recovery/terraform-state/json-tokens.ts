/** What a JSON text is made of, in the order in which it comes. Offsets are bytes from the start of the text. */
export interface TokenHandler {
  open(kind: "object" | "array"): void;
  close(): void;
  key(name: string): void;
  /** `text`: of a string its value, of a number and a literal what stands there. `start` inclusive, `end` exclusive. */
  scalar(kind: "string" | "number" | "literal", text: string, start: number, end: number): void;
}

/** Why a text is no JSON. It names a place and never what stands there. */
export class JsonProblem extends Error {
  readonly kind: "truncated" | "syntax";
  readonly at: number;

  constructor(kind: "truncated" | "syntax", at: number) {
    super(kind === "truncated" ? `it ends in the middle, after ${at} bytes` : `it is no JSON from byte ${at} on`);
    this.name = "JsonProblem";
    this.kind = kind;
    this.at = at;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const LITERALS = new Set(["true", "false", "null"]);
/** Nesting that no state has; deeper is not followed. */
const DEEPEST = 512;

type Expected = "value" | "value-or-end" | "key" | "key-or-end" | "colon" | "comma-or-end" | "nothing";

/**
 * Reads a JSON text (RFC 8259, UTF-8) piece by piece and tells a handler what is in it, so that a large one never has to be in memory
 * as a whole: what is kept is the longest string.
 */
export class JsonTokens {
  readonly #handler: TokenHandler;
  readonly #stack: ("object" | "array")[] = [];
  #expected: Expected = "value";
  /** The string, number or literal that has begun: its bytes so far, and where it begins. */
  #token: { kind: "string" | "word"; parts: Buffer[]; start: number } | undefined;
  #isEscaped = false;
  #offset = 0;

  constructor(handler: TokenHandler) {
    this.#handler = handler;
  }

  /** Takes the next piece. @throws JsonProblem of kind syntax. */
  write(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let at = 0;
    while (at < bytes.length) {
      if (this.#token?.kind === "string") at = this.#string(bytes, at);
      else if (this.#token) at = this.#word(bytes, at);
      else at = this.#structure(bytes, at);
    }
    this.#offset += bytes.length;
  }

  /** The text is over. @throws JsonProblem when it is not whole. */
  end(): void {
    if (this.#token?.kind === "word") this.#endWord(this.#offset);
    if (this.#token || this.#expected !== "nothing") throw new JsonProblem("truncated", this.#offset);
  }

  #structure(bytes: Buffer, at: number): number {
    const byte = bytes[at] ?? 0;
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return at + 1;
    const position = this.#offset + at;
    switch (byte) {
      case 0x7b:
      case 0x5b:
        this.#open(byte === 0x7b ? "object" : "array", position);
        return at + 1;
      case 0x7d:
      case 0x5d:
        this.#close(byte === 0x7d ? "object" : "array", position);
        return at + 1;
      case 0x2c:
        if (this.#expected !== "comma-or-end") throw new JsonProblem("syntax", position);
        this.#expected = this.#stack.at(-1) === "object" ? "key" : "value";
        return at + 1;
      case 0x3a:
        if (this.#expected !== "colon") throw new JsonProblem("syntax", position);
        this.#expected = "value";
        return at + 1;
      case QUOTE:
        if (!/value|key/.test(this.#expected)) throw new JsonProblem("syntax", position);
        this.#token = { kind: "string", parts: [], start: position };
        return at + 1;
      default:
        if (!this.#expected.startsWith("value")) throw new JsonProblem("syntax", position);
        this.#token = { kind: "word", parts: [], start: position };
        return at;
    }
  }

  #open(kind: "object" | "array", position: number): void {
    if (!this.#expected.startsWith("value") || this.#stack.length >= DEEPEST) throw new JsonProblem("syntax", position);
    this.#stack.push(kind);
    this.#expected = kind === "object" ? "key-or-end" : "value-or-end";
    this.#handler.open(kind);
  }

  #close(kind: "object" | "array", position: number): void {
    const empty = kind === "object" ? "key-or-end" : "value-or-end";
    if (this.#stack.pop() !== kind || (this.#expected !== "comma-or-end" && this.#expected !== empty))
      throw new JsonProblem("syntax", position);
    this.#handler.close();
    this.#valueEnded();
  }

  #valueEnded(): void {
    this.#expected = this.#stack.length === 0 ? "nothing" : "comma-or-end";
  }

  /** Goes on in a string. Returns where it left off. */
  #string(bytes: Buffer, from: number): number {
    let at = from;
    for (; at < bytes.length; at++) {
      const byte = bytes[at];
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) break;
    }
    const parts = this.#token?.parts ?? [];
    parts.push(Buffer.from(bytes.subarray(from, at)));
    if (at === bytes.length) return at;
    this.#endString(parts, this.#token?.start ?? from, this.#offset + at + 1);
    return at + 1;
  }

  #endString(parts: readonly Buffer[], start: number, end: number): void {
    let text: string;
    try {
      text = JSON.parse(`"${Buffer.concat(parts).toString("utf8")}"`) as string;
    } catch {
      // The parser's own message would quote what stands there.
      throw new JsonProblem("syntax", start);
    }
    this.#token = undefined;
    if (this.#expected.startsWith("key")) {
      this.#handler.key(text);
      this.#expected = "colon";
      return;
    }
    this.#handler.scalar("string", text, start, end);
    this.#valueEnded();
  }

  #word(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && !isEndOfWord(bytes[at] ?? 0)) at++;
    this.#token?.parts.push(Buffer.from(bytes.subarray(from, at)));
    if (at < bytes.length) this.#endWord(this.#offset + at);
    return at;
  }

  #endWord(end: number): void {
    const { parts = [], start = end } = this.#token ?? {};
    const text = Buffer.concat(parts).toString("latin1");
    const isNumber = NUMBER.test(text);
    if (!isNumber && !LITERALS.has(text)) throw new JsonProblem("syntax", start);
    this.#token = undefined;
    this.#handler.scalar(isNumber ? "number" : "literal", text, start, end);
    this.#valueEnded();
  }
}

function isEndOfWord(byte: number): boolean {
  return byte === 0x2c || byte === 0x7d || byte === 0x5d || byte <= 0x20 || byte === 0x3a || byte === QUOTE;
}
