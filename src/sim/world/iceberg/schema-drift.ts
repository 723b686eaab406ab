import { Document, parse } from "yaml";
import type { IcebergColumn, IcebergSchema } from "./schema.ts";
import { NAMESPACE, TEMPLATE_TABLES } from "./template-tables.ts";

/** A column as a table template says it. */
export interface TemplateColumn {
  name: string;
  type: string;
  required: boolean;
}

/** What a table template (`table-templates/NAME.yaml`) says of a table's columns. */
export interface TableTemplate {
  name: string;
  namespace: string;
  columns: TemplateColumn[];
}

/** How a live table differs from its template. */
export interface SchemaDrift {
  missing: string[];
  extra: string[];
  types: { name: string; expected: string; actual: string }[];
}

/** The YAML of the template's tables as their users have them, by table. */
export function templateTexts(): Map<string, string> {
  return new Map(
    TEMPLATE_TABLES.map(({ name, columns, partitionBy }) => {
      const document = new Document({
        name,
        namespace: NAMESPACE,
        columns: columns.map(columnText),
        ...(partitionBy !== undefined && { partition_spec: [{ column: partitionBy, transform: "day" }] }),
      });
      return [name, document.toString()];
    }),
  );
}

function columnText({ name, type, required }: IcebergColumn): object {
  return { name, type, ...(required && { required }) };
}

/** Reads a template. @throws Error that says what is wrong with the text. */
export function parseTemplate(text: string): TableTemplate {
  const document: unknown = parse(text);
  const { name, namespace, columns } = (document ?? {}) as Record<string, unknown>;
  if (typeof name !== "string" || typeof namespace !== "string" || !Array.isArray(columns) || columns.length === 0)
    throw new Error("a table template needs a name, a namespace and columns");
  return {
    name,
    namespace,
    columns: columns.map((column: Record<string, unknown> | null) => {
      if (typeof column?.name !== "string" || typeof column.type !== "string")
        throw new Error(`a column of ${name} has no name or no type`);
      return { name: column.name, type: column.type, required: column.required === true };
    }),
  };
}

/** Types are compared by their spelling without white space. */
const spelled = (type: string) => type.replaceAll(/\s/g, "").toLowerCase();

/** Compares a live schema with its template, column by column by name; undefined when they agree. */
export function driftOf(template: TableTemplate, live: IcebergSchema): SchemaDrift | undefined {
  const wanted = new Map(template.columns.map((column) => [column.name, column]));
  const found = new Map(live.columns.map((column) => [column.name, column]));
  const missing = [...wanted.keys()].filter((name) => !found.has(name));
  const extra = [...found.keys()].filter((name) => !wanted.has(name));
  const types = [...wanted].flatMap(([name, { type: expected }]) => {
    const actual = found.get(name)?.type;
    return actual === undefined || spelled(actual) === spelled(expected) ? [] : [{ name, expected, actual }];
  });
  return missing.length + extra.length + types.length === 0 ? undefined : { missing, extra, types };
}
