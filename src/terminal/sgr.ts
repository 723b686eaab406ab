/** Style 0 of every table: the terminal's own colours, no attribute. */
export const DEFAULT_STYLE = 0;

interface Style {
  foreground: string;
  background: string;
  /** Bit n is set when attribute n (SGR 1 to 9) is on. */
  attributes: number;
}

/** What SGR 22 to 29 switch off, as attribute bits. 22 ends bold and dim both (ECMA-48, 8.3.117). */
const ENDS: Readonly<Record<number, number>> = {
  22: (1 << 1) | (1 << 2),
  23: 1 << 3,
  24: 1 << 4,
  25: 1 << 5,
  27: 1 << 7,
  28: 1 << 8,
  29: 1 << 9,
};

const PARAMETERS = /^[\d;]*$/;

/** The styles seen so far, each known by a small number, so that two cells are compared by number. */
export class StyleTable {
  readonly #styles: Style[] = [{ foreground: "", background: "", attributes: 0 }];
  readonly #ids = new Map<string, number>([["0//", DEFAULT_STYLE]]);
  readonly #applied = new Map<string, number | undefined>();
  readonly #transitions = new Map<string, string>();

  /** The style that follows `style` after `CSI parameters m`; undefined when that names something this table does not know. */
  apply(style: number, parameters: string): number | undefined {
    const key = `${style} ${parameters}`;
    if (this.#applied.has(key)) return this.#applied.get(key);
    const next = PARAMETERS.test(parameters)
      ? applied(this.#styles[style], parameters.split(";").map(Number))
      : undefined;
    const id = next && this.#idOf(next);
    this.#applied.set(key, id);
    return id;
  }

  /** The shortest sequence that changes the terminal's style from `from` to `to`; empty when they are the same. */
  transition(from: number, to: number): string {
    if (from === to) return "";
    if (to === DEFAULT_STYLE) return "\u001b[m";
    const key = `${from} ${to}`;
    const known = this.#transitions.get(key);
    if (known !== undefined) return known;
    const sequence = shortest(this.#styles[from], this.#styles[to]);
    this.#transitions.set(key, sequence);
    return sequence;
  }

  #idOf(style: Style): number {
    const key = `${style.attributes}/${style.foreground}/${style.background}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    this.#styles.push(style);
    this.#ids.set(key, this.#styles.length - 1);
    return this.#styles.length - 1;
  }
}

function applied(style: Style | undefined, codes: readonly number[]): Style | undefined {
  if (!style) return undefined;
  const next = { ...style };
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index] ?? 0;
    if (code === 0) Object.assign(next, { foreground: "", background: "", attributes: 0 });
    else if (code <= 9) next.attributes |= 1 << code;
    else if (ENDS[code] !== undefined) next.attributes &= ~ENDS[code];
    else if (code === 38 || code === 48) {
      const length = codes[index + 1] === 2 ? 5 : codes[index + 1] === 5 ? 3 : undefined;
      if (length === undefined || index + length > codes.length) return undefined;
      const colour = codes.slice(index, index + length).join(";");
      if (code === 38) next.foreground = colour;
      else next.background = colour;
      index += length - 1;
    } else if (code === 39) next.foreground = "";
    else if (code === 49) next.background = "";
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) next.foreground = String(code);
    else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) next.background = String(code);
    else return undefined;
  }
  return next;
}

function shortest(from: Style | undefined, to: Style | undefined): string {
  if (!from || !to) return "\u001b[m";
  const fresh = ["", ...attributeCodes(to.attributes), to.foreground, to.background];
  const reset = `\u001b[${fresh.filter((code, index) => index === 0 || code !== "").join(";")}m`;
  if ((from.attributes & ~to.attributes) !== 0) return reset;
  const added = attributeCodes(to.attributes & ~from.attributes);
  if (to.foreground !== from.foreground) added.push(to.foreground || "39");
  if (to.background !== from.background) added.push(to.background || "49");
  const change = `\u001b[${added.join(";")}m`;
  return change.length <= reset.length ? change : reset;
}

function attributeCodes(attributes: number): string[] {
  return [1, 2, 3, 4, 5, 6, 7, 8, 9].filter((code) => attributes & (1 << code)).map(String);
}
