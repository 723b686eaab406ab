import { compareSchemas, type SchemaDifference } from "../../iceberg/compare.ts";
import type { TableTemplate } from "../../iceberg/template.ts";
import type { LiveTable } from "./metadata-facts.ts";

/** A template with its live table. */
export interface Comparison {
  name: string;
  template: TableTemplate;
  live: LiveTable | undefined;
  /** Undefined: they agree, or the live schema is not known. */
  difference: SchemaDifference | undefined;
}

/** Each template beside the live table of its name. */
export function compareTables(templates: readonly TableTemplate[], tables: readonly LiveTable[]): Comparison[] {
  return templates.map((template) => {
    const name = `${template.namespace}.${template.name}`;
    // Glue knows no namespaces beyond its database: there the table's own name decides.
    const live =
      tables.find((table) => table.name === name) ??
      tables.find((table) => table.catalog === "glue" && table.table === template.name);
    const difference =
      live?.status === "read" ? compareSchemas(template.fields, live.metadata.schema.fields) : undefined;
    return { name, template, live, difference };
  });
}

/** Those that differ, with what was read of them. */
export function drifted(comparisons: readonly Comparison[]) {
  return comparisons.flatMap(({ live, difference, ...rest }) =>
    live?.status === "read" && difference ? [{ ...rest, live, difference }] : [],
  );
}
