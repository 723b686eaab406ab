/**
 * Secrets by name. In plans, records, logs and lines only the name appears; the value is revealed where a request is made and nowhere
 * else. Written out, printed or inspected, it shows names.
 */
export class Secrets {
  readonly #values: ReadonlyMap<string, string>;

  constructor(values: ReadonlyMap<string, string> = new Map()) {
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The value, for the request that needs it; undefined when there is none of this name. */
  reveal(name: string): string | undefined {
    return this.#values.get(name);
  }

  names(): string[] {
    return [...this.#values.keys()];
  }

  /** The text with every value in it, and every telling part of one, replaced by the name of the secret. */
  redact(text: string): string {
    let clean = text;
    for (const [name, value] of this.#values)
      for (const part of tellingParts(value)) clean = clean.replaceAll(part, `[${name}]`);
    return clean;
  }

  toJSON(): string[] {
    return this.names();
  }
}

/** Shorter pieces are words that may stand anywhere. */
const SHORTEST_PART = 8;

/** The value itself and, of a URL, its path: error messages often have the path without the host. Longest first. */
function tellingParts(value: string): string[] {
  const parts = [value, encodeURIComponent(value)];
  if (URL.canParse(value)) {
    const { pathname, search, password } = new URL(value);
    parts.push(pathname + search, pathname, pathname.split("/").slice(-1).join("/"), password);
  }
  return [...new Set(parts)].filter((part) => part.length >= SHORTEST_PART).sort((a, b) => b.length - a.length);
}
