import { expect, test } from "vitest";
import { driftOf, originalTemplates, parseTemplate } from "../../../src/sim/world/iceberg/schema-drift.ts";

test("the YAML of each template says what the template says", () => {
  const originals = originalTemplates();
  expect(originals.size).toBe(4);
  for (const { template, text } of originals.values()) expect(parseTemplate(text)).toEqual(template);
});

test("missing, extra and changed columns are told apart; spelling of types is not a difference", () => {
  const template = parseTemplate(`
name: t
namespace: lakehouse
columns:
  - {name: kept, type: "decimal(12,2)", required: true}
  - {name: lost, type: string}
  - {name: changed, type: long}
`);
  const column = (id: number, name: string, type: "string" | "long" | "decimal(12, 2)") => ({
    id,
    name,
    type,
    required: false,
  });
  const live = (...columns: ReturnType<typeof column>[]) => ({ schemaId: 1, columns });
  expect(
    driftOf(
      template,
      live(column(1, "kept", "decimal(12, 2)"), column(5, "new", "long"), column(3, "changed", "string")),
    ),
  ).toEqual({
    missing: ["lost"],
    extra: ["new"],
    types: [{ name: "changed", expected: "long", actual: "string" }],
  });
  const same = live(column(1, "kept", "decimal(12, 2)"), column(2, "lost", "string"), column(3, "changed", "long"));
  expect(driftOf(template, same)).toBeUndefined();
});

test.each([
  "",
  "name: t",
  "name: t\nnamespace: n\ncolumns: []",
  "name: t\nnamespace: n\ncolumns: [{name: a}]",
  "name: t\nnamespace: n\ncolumns: [null]",
])("what is no template is refused: %j", (text) => {
  expect(() => parseTemplate(text)).toThrow();
});
