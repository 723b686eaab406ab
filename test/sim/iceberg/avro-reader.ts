import { inflateRawSync } from "node:zlib";

/** Reads Avro object container files by the schema that they carry, written apart from the writer that it checks. */
export interface AvroFile {
  metadata: Record<string, string>;
  records: Record<string, unknown>[];
}

type Schema =
  | string
  | Schema[]
  | { type: Schema; name?: string; items?: Schema; fields?: { name: string; type: Schema }[] };

class Cursor {
  position = 0;
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  take(length: number): Buffer {
    const taken = this.bytes.subarray(this.position, this.position + length);
    if (taken.length < length) throw new Error("the file ends too early");
    this.position += length;
    return taken;
  }

  long(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.take(1)[0]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return (value >> 1n) ^ -(value & 1n);
    }
  }

  count(): number {
    return Number(this.long());
  }

  text(): string {
    return this.take(this.count()).toString("utf8");
  }
}

function blocksOf<T>(cursor: Cursor, read: () => T): T[] {
  const items: T[] = [];
  for (let count = cursor.count(); count !== 0; count = cursor.count()) {
    for (let index = 0; index < count; index++) items.push(read());
  }
  return items;
}

function read(schema: Schema, cursor: Cursor): unknown {
  if (Array.isArray(schema)) return read(schema[cursor.count()]!, cursor);
  if (typeof schema === "object") {
    if (schema.type === "record")
      return Object.fromEntries(schema.fields!.map((field) => [field.name, read(field.type, cursor)]));
    if (schema.type === "array") return blocksOf(cursor, () => read(schema.items!, cursor));
    return read(schema.type, cursor);
  }
  switch (schema) {
    case "null":
      return null;
    case "boolean":
      return cursor.take(1)[0] === 1;
    case "int":
      return cursor.count();
    case "long":
      return cursor.long();
    case "string":
      return cursor.text();
    case "bytes":
      return cursor.take(cursor.count());
    default:
      throw new Error(`no such type: ${schema}`);
  }
}

/** @throws when the bytes are no such file, or end in the middle of a record. */
export function readAvro(bytes: Uint8Array): AvroFile {
  const cursor = new Cursor(Buffer.from(bytes));
  if (cursor.take(4).toString("latin1") !== "Obj\u0001") throw new Error("no Avro file");
  const metadata = Object.fromEntries(blocksOf(cursor, () => [cursor.text(), cursor.text()] as const));
  const schema = JSON.parse(metadata["avro.schema"]!) as Schema;
  const sync = cursor.take(16);
  const records: Record<string, unknown>[] = [];
  while (cursor.position < cursor.bytes.length) {
    const count = cursor.count();
    const block = new Cursor(inflateRawSync(cursor.take(cursor.count())));
    for (let index = 0; index < count; index++) records.push(read(schema, block) as Record<string, unknown>);
    if (block.position !== block.bytes.length) throw new Error("bytes left in a block");
    if (!cursor.take(16).equals(sync)) throw new Error("a block without its marker");
  }
  return { metadata, records };
}
