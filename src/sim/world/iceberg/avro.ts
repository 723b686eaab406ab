import { deflateRawSync } from "node:zlib";

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

/** Every number that takes one byte: most lengths, flags and small counts. */
const ONE_BYTE = Array.from({ length: 64 }, (_, value) => Buffer.from([value << 1]));

/** Zigzag and base 128, least significant first. */
function longBytes(value: number | bigint): Buffer {
  const short = typeof value === "number" ? ONE_BYTE[value] : undefined;
  if (short) return short;
  let rest = BigInt(value);
  rest = BigInt.asUintN(64, (rest << 1n) ^ (rest >> 63n));
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

function withLength(bytes: Uint8Array): Buffer {
  return Buffer.concat([longBytes(bytes.byteLength), bytes]);
}

/** Writes a value by its schema. Unions must be of null and one other type, as Iceberg's optional fields are. */
function encode(schema: AvroSchema, value: unknown, into: Uint8Array[]): void {
  if (Array.isArray(schema)) {
    const present = value !== null && value !== undefined;
    const branch = schema.findIndex((one) => (one === "null") !== present);
    into.push(longBytes(branch));
    if (present) encode(schema[branch]!, value, into);
    return;
  }
  const type = typeof schema === "string" ? schema : schema.type;
  switch (type) {
    case "null":
      return;
    case "boolean":
      into.push(Buffer.from([value ? 1 : 0]));
      return;
    case "int":
    case "long":
      into.push(longBytes(value as number | bigint));
      return;
    case "string":
      into.push(withLength(Buffer.from(value as string)));
      return;
    case "bytes":
      into.push(withLength(value as Uint8Array));
      return;
    case "array": {
      const { items } = schema as { items: AvroSchema };
      const list = value as unknown[];
      if (list.length > 0) into.push(longBytes(list.length));
      for (const item of list) encode(items, item, into);
      into.push(longBytes(0));
      return;
    }
    case "record":
      for (const field of (schema as AvroRecord).fields) {
        encode(field.type, (value as Record<string, unknown>)[field.name], into);
      }
  }
}

/** The synchronization marker of a file: any 16 bytes; these follow from nothing, so that equal files are equal. */
const SYNC = Buffer.from("mayday-simulator");

/**
 * An Avro object container file with one block, compressed by the deflate codec.
 * @param metadata the file's own entries beside the schema and the codec.
 */
export function avroFile(schema: AvroRecord, records: readonly object[], metadata: Record<string, string>): Uint8Array {
  const entries = Object.entries({ "avro.schema": JSON.stringify(schema), "avro.codec": "deflate", ...metadata });
  const header: Uint8Array[] = [Buffer.from("Obj\u0001", "latin1"), longBytes(entries.length)];
  for (const [key, value] of entries) header.push(withLength(Buffer.from(key)), withLength(Buffer.from(value)));
  header.push(longBytes(0), SYNC);
  const body: Uint8Array[] = [];
  for (const record of records) encode(schema, record, body);
  const block = deflateRawSync(Buffer.concat(body));
  return Buffer.concat([...header, longBytes(records.length), withLength(block), SYNC]);
}
