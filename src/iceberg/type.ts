/** A type of Iceberg. Field ids are left out: they say who a column is, not what it holds. */
export type IcebergType =
  | { kind: "primitive"; name: string }
  | { kind: "struct"; fields: IcebergField[] }
  | { kind: "list"; element: IcebergType; elementRequired: boolean }
  | { kind: "map"; key: IcebergType; value: IcebergType; valueRequired: boolean };

export interface IcebergField {
  /** Undefined where the text did not say it. */
  id?: number;
  name: string;
  type: IcebergType;
  required: boolean;
}

/** The spelling of a primitive type that is compared: lower case, without white space. */
const spelled = (name: string) => name.replaceAll(/\s/g, "").toLowerCase();

export const primitive = (name: string): IcebergType => ({ kind: "primitive", name: spelled(name) });

/** A type in the JSON form of a metadata file (Iceberg specification, appendix C). @throws Error when it is none. */
export function typeFromJson(json: unknown): IcebergType {
  if (typeof json === "string") return parseType(json);
  const { type, ...members } = (json ?? {}) as Record<string, unknown>;
  switch (type) {
    case "struct":
      return { kind: "struct", fields: fieldsFromJson(members.fields) };
    case "list":
      return {
        kind: "list",
        element: typeFromJson(members.element),
        elementRequired: members["element-required"] === true,
      };
    case "map":
      return {
        kind: "map",
        key: typeFromJson(members.key),
        value: typeFromJson(members.value),
        valueRequired: members["value-required"] === true,
      };
    default:
      throw new Error(`${JSON.stringify(json)} is no type of Iceberg`);
  }
}

/** Fields in that form. @throws Error that says which one is wrong. */
export function fieldsFromJson(json: unknown): IcebergField[] {
  if (!Array.isArray(json)) throw new Error("the fields are not a list");
  return json.map((field: Record<string, unknown> | null) => {
    if (typeof field?.name !== "string") throw new Error("a field has no name");
    const id = typeof field.id === "number" ? { id: field.id } : {};
    return { ...id, name: field.name, type: typeFromJson(field.type), required: field.required === true };
  });
}

/**
 * A type as people write it: `string`, `decimal(12, 2)`, `list<string>`, `map<string, long>`, `struct<a: int, b: list<string>>`; also
 * with PyIceberg's field ids and `required` or `optional` (`struct<3: a: optional int>`).
 * @throws Error that says what is wrong.
 */
export function parseType(text: string): IcebergType {
  const reader = new TypeReader(text);
  const type = reader.type();
  reader.end();
  return type;
}

class TypeReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  type(): IcebergType {
    const name = this.#word(/[A-Za-z_][\w.]*/y);
    if (!name) throw this.#wrong("a type is missing");
    const kind = name.toLowerCase();
    if (!this.#takes("<")) return primitive(name + this.#parameters());
    const nested = this.#nested(kind);
    if (!this.#takes(">")) throw this.#wrong('">" is missing');
    return nested;
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) throw this.#wrong("there is more behind the type");
  }

  #nested(kind: string): IcebergType {
    switch (kind) {
      case "list":
      case "array": {
        const required = this.#requirement();
        return { kind: "list", element: this.type(), elementRequired: required };
      }
      case "map": {
        const key = this.type();
        if (!this.#takes(",")) throw this.#wrong("a map has a key and a value");
        const required = this.#requirement();
        return { kind: "map", key, value: this.type(), valueRequired: required };
      }
      case "struct": {
        const fields: IcebergField[] = [];
        do fields.push(this.#field());
        while (this.#takes(","));
        return { kind: "struct", fields };
      }
      default:
        throw this.#wrong(`${kind} has no parameters in angle brackets`);
    }
  }

  #field(): IcebergField {
    const id = this.#word(/\d+(?=\s*:)/y);
    if (id) this.#takes(":");
    const name = this.#word(/[^\s:<>,()]+/y);
    if (!name || !this.#takes(":")) throw this.#wrong("a field of a struct is `name: type`");
    const required = this.#requirement();
    return { ...(id ? { id: Number(id) } : {}), name, type: this.type(), required };
  }

  #requirement(): boolean {
    return this.#word(/(?:required|optional)(?=\s)/y) === "required";
  }

  /** `(12, 2)` of a decimal, `[16]` of a fixed. */
  #parameters(): string {
    return this.#word(/\([^()]*\)|\[[^\][]*\]/y);
  }

  #takes(character: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #word(pattern: RegExp): string {
    this.#space();
    pattern.lastIndex = this.#at;
    const [found = ""] = pattern.exec(this.#text) ?? [];
    this.#at += found.length;
    return found;
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  #wrong(why: string): Error {
    return new Error(`"${this.#text}", position ${this.#at + 1}: ${why}`);
  }
}

/** The type in the spelling that `parseType` reads. */
export function typeText(type: IcebergType): string {
  switch (type.kind) {
    case "primitive":
      return type.name.replace(/^decimal\((\d+),(\d+)\)$/, "decimal($1, $2)");
    case "list":
      return `list<${typeText(type.element)}>`;
    case "map":
      return `map<${typeText(type.key)}, ${typeText(type.value)}>`;
    case "struct":
      return `struct<${type.fields.map(({ name, type: own }) => `${name}: ${typeText(own)}`).join(", ")}>`;
  }
}

/**
 * Whether Iceberg allows a column of the one type to become the other (Iceberg specification, schema evolution, valid type promotions
 * of format version 2).
 */
export function isPromotion(from: IcebergType, to: IcebergType): boolean {
  if (from.kind !== "primitive" || to.kind !== "primitive") return false;
  if (from.name === "int" && to.name === "long") return true;
  if (from.name === "float" && to.name === "double") return true;
  const [old, wide] = [from.name, to.name].map((name) => /^decimal\((\d+),(\d+)\)$/.exec(name));
  return !!old && !!wide && old[2] === wide[2] && Number(wide[1]) > Number(old[1]);
}
