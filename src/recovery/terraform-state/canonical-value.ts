/**
 * Puts a JSON value together from its tokens as one text in which members are sorted and there is no white space, so that two equal
 * values give equal texts however they were written. Numbers stay as they are spelt: no digit is lost.
 */
export class CanonicalValue {
  readonly #open: { kind: "object" | "array"; key: string; parts: [string, string][] }[] = [];
  /** Set once the value is whole. */
  text: string | undefined;

  open(kind: "object" | "array"): void {
    this.#open.push({ kind, key: "", parts: [] });
  }

  key(name: string): void {
    const top = this.#open.at(-1);
    if (top) top.key = name;
  }

  scalar(kind: "string" | "number" | "literal", text: string): void {
    this.#add(kind === "string" ? JSON.stringify(text) : text);
  }

  close(): void {
    const done = this.#open.pop();
    if (!done) return;
    if (done.kind === "array") this.#add(`[${done.parts.map(([, value]) => value).join(",")}]`);
    else {
      const members = done.parts.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      this.#add(`{${members.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`);
    }
  }

  #add(value: string): void {
    const top = this.#open.at(-1);
    if (top) top.parts.push([top.key, value]);
    else this.text = value;
  }
}
