import { describe, expect, test } from "vitest";
import type { Failure } from "../../src/base/failure.ts";
import { compareSchemas } from "../../src/iceberg/compare.ts";
import { parseTemplate } from "../../src/iceberg/template.ts";
import { templatePatch } from "../../src/iceberg/template-patch.ts";
import { parseType, typeText } from "../../src/iceberg/type.ts";

const ORDERS = `# The orders of the shop.
name: orders
namespace: lakehouse
description: One row an order

columns:
  - name: order_id
    type: long
    required: true
  # Set by the shop, not by us.
  - name: status
    type: string   # free text
    description: where it stands
    pii: false
  - name: total
    type: decimal(12, 2)

partition_spec:
  - column: ordered_at
    transform: day
`;
const live = (...texts: [name: string, type: string, required?: boolean][]) =>
  texts.map(([name, type, required = false]) => ({ name, type: parseType(type), required }));

describe("table templates", () => {
  test("name, namespace and columns; what else is there does not matter", () => {
    const { name, namespace, fields } = parseTemplate(ORDERS, "orders.yaml");
    expect([name, namespace]).toEqual(["orders", "lakehouse"]);
    expect(fields.map((field) => [field.name, typeText(field.type), field.required])).toEqual([
      ["order_id", "long", true],
      ["status", "string", false],
      ["total", "decimal(12, 2)", false],
    ]);
  });

  test("nested types as text and in the form of Iceberg's JSON", () => {
    const text = `
name: t
namespace: n
columns:
  - {name: a, type: "list<string>"}
  - name: b
    type: struct
    fields:
      - {name: x, type: int, required: true}
  - name: c
    type: {type: map, key: string, value: long}
`;
    expect(parseTemplate(text, "t.yaml").fields.map(({ type }) => typeText(type))).toEqual([
      "list<string>",
      "struct<x: int>",
      "map<string, long>",
    ]);
  });

  test.each([
    ["name: [", /line 1/],
    ["", /no name/],
    ["name: a", /no namespace/],
    ["name: a\nnamespace: b\ncolumns: []", /no columns/],
    ["name: a\nnamespace: b\ncolumns:\n  - type: int", /column 1: it has no name/],
    ["name: a\nnamespace: b\ncolumns:\n  - name: x", /column 1: x has no type/],
    ["name: a\nnamespace: b\ncolumns:\n  - {name: x, type: 'list<'}", /column 1: .*a type is missing/],
    ["name: a\nnamespace: b\ncolumns:\n  - {name: x, type: int}\n  - {name: x, type: int}", /x is there twice/],
  ])("%j is refused", (text, why) => {
    let failure: Failure | undefined;
    try {
      parseTemplate(text, "folder/bad.yaml");
    } catch (error) {
      failure = error as Failure;
    }
    expect(failure?.detail.what).toContain("folder/bad.yaml");
    expect(failure?.detail.why).toMatch(why);
  });
});

describe("the patch", () => {
  const template = parseTemplate(ORDERS, "/somewhere/orders.yaml");

  test("nothing to change", () => {
    expect(templatePatch(template, template.fields)).toBeUndefined();
  });

  test("touches the lines of changed columns only, keeps comments, and is a unified diff", () => {
    const now = live(
      ["order_id", "long", true],
      ["order_status", "string", true],
      ["status", "int"],
      ["total", "decimal(18, 2)"],
    );
    const patch = templatePatch(template, now)!;
    expect(patch.diff).toBe(`--- a/table-templates/orders.yaml
+++ b/table-templates/orders.yaml
@@ -7,13 +7,16 @@
   - name: order_id
     type: long
     required: true
+  - name: order_status
+    type: string
+    required: true
   # Set by the shop, not by us.
   - name: status
-    type: string   # free text
+    type: int   # free text
     description: where it stands
     pii: false
   - name: total
-    type: decimal(12, 2)
+    type: decimal(18, 2)
 
 partition_spec:
   - column: ordered_at
`);
    expect(compareSchemas(parseTemplate(patch.text, "x").fields, now)).toBeUndefined();
    expect(patch.notes).toEqual([
      "partition_spec names ordered_at, which the live table does not have: decide by hand.",
    ]);
  });

  test.each<[string, ReturnType<typeof live>]>([
    ["a column lost", live(["order_id", "long", true], ["total", "decimal(12, 2)"])],
    ["the last one lost", live(["order_id", "long", true], ["status", "string"])],
    ["all others", live(["a", "struct<x: int, y: list<string>>", true], ["b", "map<string, long>"])],
    [
      "required where it was not said",
      live(["order_id", "long"], ["status", "string", true], ["total", "decimal(12, 2)"]),
    ],
    [
      "nested",
      live(["order_id", "long", true], ["status", "struct<code: int>"], ["total", "decimal(12, 2)"], ["z", "date"]),
    ],
  ])("%s: the new text says what the table is", (_name, now) => {
    const patch = templatePatch(template, now)!;
    expect(compareSchemas(parseTemplate(patch.text, "x").fields, now)).toBeUndefined();
    expect(patch.text).toContain("# The orders of the shop.");
    expect(patch.text).toContain("description: One row an order");
  });

  test("columns in another style are written anew", () => {
    const text =
      "name: t\nnamespace: n\ncolumns: [{name: a, type: int}, {name: b, type: {type: list, element: string}}]\n";
    const now = live(["a", "long"], ["b", "list<string>"], ["c", "date", true]);
    const patch = templatePatch(parseTemplate(text, "t.yaml"), now)!;
    expect(compareSchemas(parseTemplate(patch.text, "x").fields, now)).toBeUndefined();
  });
});
