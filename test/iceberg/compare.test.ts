import { describe, expect, test } from "vitest";
import { compareSchemas, differenceTexts, renamedFields, sensorReports } from "../../src/iceberg/compare.ts";
import { parseTableMetadata, s3Place } from "../../src/iceberg/metadata.ts";
import { fieldsFromJson, isPromotion, parseType, typeFromJson, typeText } from "../../src/iceberg/type.ts";

const fields = (...texts: [name: string, type: string, required?: true][]) =>
  texts.map(([name, type, required]) => ({ name, type: parseType(type), required: required === true }));

describe("types", () => {
  test.each([
    ["string", "string"],
    [" LONG ", "long"],
    ["decimal(12,2)", "decimal(12, 2)"],
    ["decimal( 12 , 2 )", "decimal(12, 2)"],
    ["fixed[16]", "fixed[16]"],
    ["list<string>", "list<string>"],
    ["array<string>", "list<string>"],
    ["map<string, list<long>>", "map<string, list<long>>"],
    ["struct<a:int,b:string>", "struct<a: int, b: string>"],
    ["struct<3: a: required int, 4: b: optional list<string>>", "struct<a: int, b: list<string>>"],
    ["timestamptz", "timestamptz"],
  ])("%s", (given, expected) => {
    expect(typeText(parseType(given))).toBe(expected);
    expect(typeText(parseType(expected))).toBe(expected);
  });

  test.each([
    ["list<", "a type is missing"],
    ["list<string", '">" is missing'],
    ["map<string>", "key and a value"],
    ["struct<a>", "name: type"],
    ["tuple<string>", "no parameters"],
    ["string string", "more behind"],
    ["", "a type is missing"],
  ])("%s is refused: %s", (given, why) => {
    expect(() => parseType(given)).toThrow(why);
  });

  test("the JSON form of metadata says the same as the text", () => {
    const json = {
      type: "struct",
      fields: [
        {
          id: 1,
          name: "tags",
          required: false,
          type: { type: "list", "element-id": 3, element: "string", "element-required": true },
        },
        {
          id: 2,
          name: "by",
          required: true,
          type: { type: "map", "key-id": 4, key: "string", "value-id": 5, value: "long", "value-required": false },
        },
      ],
    };
    expect(typeText(typeFromJson(json))).toBe("struct<tags: list<string>, by: map<string, long>>");
    expect(() => typeFromJson({ type: "union" })).toThrow("no type of Iceberg");
    expect(() => fieldsFromJson([{ id: 1, type: "int" }])).toThrow("no name");
  });

  test.each([
    ["int", "long", true],
    ["long", "int", false],
    ["float", "double", true],
    ["decimal(12, 2)", "decimal(18, 2)", true],
    ["decimal(12, 2)", "decimal(18, 3)", false],
    ["long", "string", false],
    ["list<int>", "list<long>", false],
  ])("%s to %s is a promotion: %s", (from, to, expected) => {
    expect(isPromotion(parseType(from), parseType(to))).toBe(expected);
  });
});

describe("a live schema against a template", () => {
  const template = fields(["id", "long", true], ["status", "string", true], ["total", "decimal(12, 2)"]);
  test.each<[string, ReturnType<typeof fields>, string[], boolean]>([
    ["equal in another order", [...template].reverse(), [], false],
    ["missing", template.slice(0, 2), ["total is missing (template: decimal(12, 2))"], true],
    ["missing, required", [template[0]!, template[2]!], ["status is missing (template: string, required)"], true],
    ["extra", [...template, ...fields(["currency", "string"])], ["currency is extra (string)"], true],
    [
      "another type",
      [...template.slice(0, 2), ...fields(["total", "string"])],
      ["total is string instead of decimal(12, 2)"],
      true,
    ],
    [
      "required alone, which the sensor does not see",
      [template[0]!, ...fields(["status", "string"]), template[2]!],
      ["status is optional, the template requires it"],
      false,
    ],
    [
      "names differ in case",
      [template[0]!, ...fields(["Status", "string", true]), template[2]!],
      ["status is missing (template: string, required)", "Status is extra (string, required)"],
      true,
    ],
  ])("%s", (_name, live, texts, seen) => {
    const difference = compareSchemas(template, live);
    expect(difference === undefined ? [] : differenceTexts(difference)).toEqual(texts);
    expect(difference !== undefined && sensorReports(difference)).toBe(seen);
  });

  test("nested types are compared part by part", () => {
    const wanted = fields(
      ["address", "struct<street: string, zip: string>"],
      ["tags", "list<string>"],
      ["labels", "map<string, long>"],
    );
    const live = fields(
      ["address", "struct<street: string, zip: long, country: string>"],
      ["tags", "list<long>"],
      ["labels", "map<string, struct<n: long>>"],
    );
    expect(compareSchemas(wanted, live)).toEqual({
      missing: [],
      extra: [{ path: "address.country", type: "string", required: false }],
      types: [
        { path: "address.zip", expected: "string", actual: "long", promotion: false },
        { path: "tags.element", expected: "string", actual: "long", promotion: false },
        { path: "labels.value", expected: "long", actual: "struct<n: long>", promotion: false },
      ],
      required: [],
    });
  });

  test("a field that kept its id was renamed", () => {
    const before = [{ id: 4, ...fields(["status", "string"])[0]! }];
    const after = [{ id: 4, ...fields(["order_status", "string"])[0]! }];
    expect(renamedFields(before, after)).toEqual([{ from: "status", to: "order_status" }]);
    expect(renamedFields(fields(["status", "string"]), after)).toEqual([]);
  });
});

describe("metadata files", () => {
  const base = {
    "format-version": 2,
    "table-uuid": "u",
    location: "s3://b/lakehouse/orders",
    "last-updated-ms": 5,
    "current-schema-id": 1,
    schemas: [
      { "schema-id": 0, type: "struct", fields: [] },
      { "schema-id": 1, type: "struct", fields: [{ id: 1, name: "id", required: true, type: "long" }] },
    ],
    "metadata-log": [{ "timestamp-ms": 3, "metadata-file": "s3://b/lakehouse/orders/metadata/0.json" }],
  };

  test("the current schema, the log, and ids of 63 bits digit by digit", () => {
    const text = JSON.stringify({
      ...base,
      "current-snapshot-id": 0,
      snapshots: [{ "snapshot-id": 1, "timestamp-ms": 4 }],
    })
      .replace('"current-snapshot-id":0', '"current-snapshot-id":4538297489049384042')
      .replace('"snapshot-id":1', '"snapshot-id":4538297489049384042');
    const metadata = parseTableMetadata(text);
    expect(metadata.schema.fields.map(({ name }) => name)).toEqual(["id"]);
    expect(metadata.snapshotId).toBe("4538297489049384042");
    expect(metadata.snapshots[0]?.snapshotId).toBe("4538297489049384042");
    expect(metadata.log).toEqual([{ atMs: 3, path: "s3://b/lakehouse/orders/metadata/0.json" }]);
  });

  test("format version 1 may have one schema alone", () => {
    const { schemas, "current-schema-id": _id, ...rest } = base;
    const metadata = parseTableMetadata(JSON.stringify({ ...rest, "format-version": 1, schema: schemas[1] }));
    expect(metadata.schema.fields).toHaveLength(1);
    expect(metadata.snapshotId).toBeUndefined();
  });

  test.each([
    ["no JSON", "{", /JSON/],
    ["another document", "{}", /not the metadata/],
    ["a list", "[]", /no object/],
    ["a schema that is not there", JSON.stringify({ ...base, "current-schema-id": 7 }), /current schema 7/],
  ])("%s is refused", (_name, text, why) => {
    expect(() => parseTableMetadata(text)).toThrow(why);
  });

  test.each([
    ["s3://b/a/c.json", { bucket: "b", key: "a/c.json" }],
    ["s3a://b/a", { bucket: "b", key: "a" }],
    ["file:///a", undefined],
    ["s3://b", undefined],
  ])("%s", (path, place) => {
    expect(s3Place(path)).toEqual(place);
  });
});
