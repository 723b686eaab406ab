/** An Avro schema, as far as Iceberg's files need it (Avro specification 1.12). */
export type AvroSchema =
  | "null"
  | "boolean"
  | "int"
  | "long"
  | "string"
  | "bytes"
  | { type: "int" | "long" | "bytes" | "string"; logicalType: string }
  | { type: "array"; items: AvroSchema; [property: string]: unknown }
  | AvroRecord
  | AvroSchema[];

export interface AvroRecord {
  type: "record";
  name: string;
  fields: { name: string; type: AvroSchema; "field-id": number; default?: null; doc?: string }[];
}

/** Bytes one after another, in a buffer that grows. */
class ByteWriter {
  #bytes = Buffer.allocUnsafe(1024);
  #length = 0;

  /** Zigzag and base 128, least significant first. */
  long(value: number | bigint): void {
    // Most lengths and counts fit 30 bits, where plain numbers do.
    if (typeof value === "number" && value >= 0 && value < 0x2000_0000) {
      let rest = value << 1;
      for (; rest > 0x7f; rest >>>= 7) this.byte((rest & 0x7f) | 0x80);
      this.byte(rest);
      return;
    }
    const wide = BigInt(value);
    let rest = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n));
    for (; rest > 0x7fn; rest >>= 7n) this.byte(Number(rest & 0x7fn) | 0x80);
    this.byte(Number(rest));
  }

  byte(value: number): void {
    this.#need(1);
    this.#bytes[this.#length++] = value;
  }

  bytes(value: Uint8Array): void {
    this.#need(value.byteLength);
    this.#bytes.set(value, this.#length);
    this.#length += value.byteLength;
  }

  withLength(value: Uint8Array): void {
    this.long(value.byteLength);
    this.bytes(value);
  }

  /** A text with the number of its bytes before it. */
  text(value: string): void {
    const size = Buffer.byteLength(value);
    this.long(size);
    this.#need(size);
    this.#length += this.#bytes.write(value, this.#length);
  }

  /** What has been written, in a buffer of its own. */
  taken(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }

  #need(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#length + count));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Writes a value by its schema. Unions must be of null and one other type, as Iceberg's optional fields are. */
function encode(schema: AvroSchema, value: unknown, into: ByteWriter): void {
  if (Array.isArray(schema)) {
    const present = value !== null && value !== undefined;
    const branch = schema.findIndex((one) => (one === "null") !== present);
    into.long(branch);
    if (present) encode(schema[branch]!, value, into);
    return;
  }
  const type = typeof schema === "string" ? schema : schema.type;
  switch (type) {
    case "null":
      return;
    case "boolean":
      into.byte(value ? 1 : 0);
      return;
    case "int":
    case "long":
      into.long(value as number | bigint);
      return;
    case "string":
      into.text(value as string);
      return;
    case "bytes":
      into.withLength(value as Uint8Array);
      return;
    case "array": {
      const { items } = schema as { items: AvroSchema };
      const list = value as unknown[];
      if (list.length > 0) into.long(list.length);
      for (const item of list) encode(items, item, into);
      into.long(0);
      return;
    }
    case "record":
      for (const field of (schema as AvroRecord).fields) {
        encode(field.type, (value as Record<string, unknown>)[field.name], into);
      }
  }
}

/** Schemas as texts: there are few of them, and each is in the header of many files. */
const SCHEMA_TEXTS = new WeakMap<AvroRecord, string>();

function schemaText(schema: AvroRecord): string {
  let text = SCHEMA_TEXTS.get(schema);
  if (text === undefined) {
    text = JSON.stringify(schema);
    SCHEMA_TEXTS.set(schema, text);
  }
  return text;
}

/** The synchronization marker of a file: any 16 bytes; these follow from nothing, so that equal files are equal. */
const SYNC = Buffer.from("mayday-simulator");

/**
 * An Avro object container file with one block, not compressed, as PyIceberg long wrote its manifests.
 * @param metadata the file's own entries beside the schema and the codec.
 */
export function avroFile(schema: AvroRecord, records: readonly object[], metadata: Record<string, string>): Uint8Array {
  const entries = Object.entries({ "avro.schema": schemaText(schema), "avro.codec": "null", ...metadata });
  const file = new ByteWriter();
  file.bytes(Buffer.from("Obj\u0001", "latin1"));
  file.long(entries.length);
  for (const [key, value] of entries) {
    file.text(key);
    file.text(value);
  }
  file.long(0);
  file.bytes(SYNC);
  const block = new ByteWriter();
  for (const record of records) encode(schema, record, block);
  file.long(records.length);
  file.withLength(block.taken());
  file.bytes(SYNC);
  return file.taken();
}
