import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import type { Deployment } from "../../config/deployment.ts";
import { parseTemplate, type TableTemplate } from "../../iceberg/template.ts";

/**
 * The template of a table (`namespace.table`) in the folder that is configured; undefined where there is no folder or no such template.
 * @throws Failure when the folder cannot be read.
 */
export async function findTemplate(deployment: Deployment, table: string): Promise<TableTemplate | undefined> {
  const folder = deployment.tableTemplates;
  if (folder === undefined) return undefined;
  for (const file of await namesIn(folder)) {
    const template = await read(join(folder, file));
    if (!template) continue;
    const same = `${template.namespace}.${template.name}` === table;
    // Glue knows no namespaces beyond its database: there the table's own name decides.
    if (same || (deployment.catalogType === "glue" && template.name === table.split(".").at(-1))) return template;
  }
  return undefined;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).sort();
  } catch (error) {
    throw new Failure(
      {
        kind: "not-found",
        what: "the table templates",
        why: `folder ${sanitizeLine(folder)} cannot be read (${(error as NodeJS.ErrnoException).code})`,
        next: "Set tableTemplates to the folder table-templates of a checkout.",
      },
      { cause: error },
    );
  }
}

/** Another table's broken template is not what is asked about: the diagnosis names it. */
async function read(path: string): Promise<TableTemplate | undefined> {
  try {
    return parseTemplate(await readFile(path, "utf8"), path);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
