import { type IcebergField, type IcebergType, isPromotion, typeText } from "./type.ts";

/** A column, or a part of a nested one: `address.zip`, `tags.element`, `labels.value`. */
type Path = string;

/** How a live schema differs from what a template says. */
export interface SchemaDifference {
  /** In the template only. */
  missing: { path: Path; type: string; required: boolean }[];
  /** In the live table only. */
  extra: { path: Path; type: string; required: boolean }[];
  /** `promotion`: Iceberg allows the change from the template's type to the live one. */
  types: { path: Path; expected: string; actual: string; promotion: boolean }[];
  /** Required in the one, optional in the other. The hourly sensor does not look at it. */
  required: { path: Path; expected: boolean; actual: boolean }[];
}

/** Compares by name, nested fields too; undefined when the two agree. The order of columns says nothing. */
export function compareSchemas(
  expected: readonly IcebergField[],
  live: readonly IcebergField[],
): SchemaDifference | undefined {
  const found: SchemaDifference = { missing: [], extra: [], types: [], required: [] };
  compareFields(expected, live, "", found);
  const { missing, extra, types, required } = found;
  return missing.length + extra.length + types.length + required.length === 0 ? undefined : found;
}

/** Whether the hourly sensor would report it: it compares names and types, and not what is required. */
export function sensorReports({ missing, extra, types }: SchemaDifference): boolean {
  return missing.length + extra.length + types.length > 0;
}

function compareFields(
  expected: readonly IcebergField[],
  live: readonly IcebergField[],
  prefix: string,
  found: SchemaDifference,
): void {
  const byName = new Map(live.map((field) => [field.name, field]));
  for (const wanted of expected) {
    const path = `${prefix}${wanted.name}`;
    const actual = byName.get(wanted.name);
    if (!actual) {
      found.missing.push({ path, type: typeText(wanted.type), required: wanted.required });
      continue;
    }
    compareTypes(wanted.type, actual.type, path, found);
    if (wanted.required !== actual.required)
      found.required.push({ path, expected: wanted.required, actual: actual.required });
  }
  const names = new Set(expected.map(({ name }) => name));
  for (const field of live) {
    if (names.has(field.name)) continue;
    found.extra.push({ path: `${prefix}${field.name}`, type: typeText(field.type), required: field.required });
  }
}

function compareTypes(expected: IcebergType, live: IcebergType, path: Path, found: SchemaDifference): void {
  if (expected.kind === "struct" && live.kind === "struct") {
    compareFields(expected.fields, live.fields, `${path}.`, found);
  } else if (expected.kind === "list" && live.kind === "list") {
    compareTypes(expected.element, live.element, `${path}.element`, found);
  } else if (expected.kind === "map" && live.kind === "map") {
    compareTypes(expected.key, live.key, `${path}.key`, found);
    compareTypes(expected.value, live.value, `${path}.value`, found);
  } else if (typeText(expected) !== typeText(live)) {
    const promotion = isPromotion(expected, live);
    found.types.push({ path, expected: typeText(expected), actual: typeText(live), promotion });
  }
}

/** The difference in words, a clause each: "status is missing (string, required)". */
export function differenceTexts({ missing, extra, types, required }: SchemaDifference): string[] {
  const kind = (type: string, isRequired: boolean) => (isRequired ? `${type}, required` : type);
  return [
    ...missing.map((one) => `${one.path} is missing (template: ${kind(one.type, one.required)})`),
    ...extra.map((one) => `${one.path} is extra (${kind(one.type, one.required)})`),
    ...types.map(({ path, expected, actual }) => `${path} is ${actual} instead of ${expected}`),
    ...required.map(
      ({ path, expected }) =>
        `${path} is ${expected ? "optional, the template requires it" : "required, the template does not"}`,
    ),
  ];
}

/** Fields that kept their id and have another name: what was renamed between two schemas of one table. */
export function renamedFields(
  before: readonly IcebergField[],
  after: readonly IcebergField[],
): { from: string; to: string }[] {
  return after.flatMap((field) => {
    const old = before.find(({ id }) => id !== undefined && id === field.id);
    return old && old.name !== field.name ? [{ from: old.name, to: field.name }] : [];
  });
}
