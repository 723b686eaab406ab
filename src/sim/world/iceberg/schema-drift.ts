import { parse } from "yaml";
import type { IcebergSchema } from "./schema.ts";
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

/** The templates of the template's tables as their users have them, by table: what they say, and their YAML. */
export function originalTemplates(): Map<string, { template: TableTemplate; text: string }> {
  return new Map(
    TEMPLATE_TABLES.map(({ name, columns, partitionBy }) => {
      const own = columns.map(({ name: column, type, required }) => ({ name: column, type, required }));
      const template = { name, namespace: NAMESPACE, columns: own };
      return [name, { template, text: yamlOf(template, partitionBy) }];
    }),
  );
}

/** Names and types of tables need no quotes in YAML. */
function yamlOf({ name, namespace, columns }: TableTemplate, partitionBy: string | undefined): string {
  const lines = [`name: ${name}`, `namespace: ${namespace}`, "columns:"];
  for (const column of columns) {
    lines.push(`  - name: ${column.name}`, `    type: ${column.type}`);
    if (column.required) lines.push("    required: true");
  }
  if (partitionBy !== undefined) lines.push("partition_spec:", `  - column: ${partitionBy}`, "    transform: day");
  return `${lines.join("\n")}\n`;
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
