import { liveSchema } from "./catalog/catalog.ts";
import {
  driftOf,
  originalTemplates,
  parseTemplate,
  type SchemaDrift,
  type TableTemplate,
} from "./iceberg/schema-drift.ts";
import type { World } from "./world.ts";

/** The repository's `table-templates` as the deployed Dagster has them. */
export class TableTemplates {
  /** YAML by table. */
  readonly texts = new Map<string, string>();
  readonly #templates = new Map<string, TableTemplate>();

  constructor() {
    for (const [table, { template, text }] of originalTemplates()) {
      this.texts.set(table, text);
      this.#templates.set(table, template);
    }
  }

  /**
   * A template of a table is merged and deployed in place of the one before.
   * @param text YAML. @throws Error when it is not a template of one of the tables.
   */
  propose(text: string): void {
    const template = parseTemplate(text);
    if (!this.texts.has(template.name)) throw new Error(`there is no table ${template.name}`);
    this.texts.set(template.name, text);
    this.#templates.set(template.name, template);
  }

  /** @throws when there is no such table. */
  template(table: string): TableTemplate {
    const template = this.#templates.get(table);
    if (!template) throw new Error(`there is no table ${table}`);
    return template;
  }
}

/** How a live table differs from its template now; undefined when they agree, `unreadable` when no reader finds a schema. */
export function liveDrift(world: World, table: string): SchemaDrift | "unreadable" | undefined {
  const schema = liveSchema(world, table);
  return schema ? driftOf(world.templates.template(table), schema) : "unreadable";
}
