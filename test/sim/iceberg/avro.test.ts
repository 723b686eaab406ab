import fc from "fast-check";
import { expect, test } from "vitest";
import { type AvroRecord, avroFile } from "../../../src/sim/world/iceberg/avro.ts";
import { readAvro } from "./avro-reader.ts";

const field = (name: string, type: AvroRecord["fields"][number]["type"], id: number) => ({
  name,
  type,
  "field-id": id,
});
const SCHEMA: AvroRecord = {
  type: "record",
  name: "everything",
  fields: [
    field("flag", "boolean", 1),
    field("small", "int", 2),
    field("large", "long", 3),
    field("text", "string", 4),
    field("maybe", ["null", "bytes"], 5),
    field("list", { type: "array", items: "long", "element-id": 7 }, 6),
    field(
      "inner",
      { type: "record", name: "inner", fields: [field("day", ["null", { type: "int", logicalType: "date" }], 9)] },
      8,
    ),
  ],
};

test("what is written can be read back, whatever the values", () => {
  const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const record = fc.record({
    flag: fc.boolean(),
    small: fc.integer(),
    large: long,
    text: fc.string({ unit: "binary" }),
    maybe: fc.option(fc.uint8Array()).map((bytes) => bytes && Buffer.from(bytes)),
    list: fc.array(long),
    inner: fc.record({ day: fc.option(fc.integer()) }),
  });
  fc.assert(
    fc.property(fc.array(record, { maxLength: 20 }), (records) => {
      const { records: read, metadata } = readAvro(avroFile(SCHEMA, records, { "format-version": "2" }));
      expect(read).toEqual(records);
      expect(metadata["format-version"]).toBe("2");
    }),
  );
});
