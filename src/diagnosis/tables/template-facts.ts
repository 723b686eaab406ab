import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import { parseTemplate, type TableTemplate } from "../../iceberg/template.ts";
import type { FactSource } from "../fact.ts";

export interface TableTemplates {
  folder: string;
  /** In the order of their files. */
  templates: TableTemplate[];
  /** Files that are none, a sentence each. */
  problems: string[];
}

/** The YAML templates in the folder that the setting `tableTemplates` names. */
export const tableTemplates: FactSource<TableTemplates> = {
  id: "table-templates",
  title: "the table templates",
  operations: [],
  async fetch(reader) {
    const folder = reader.deployment.tableTemplates;
    if (folder === undefined)
      return reader.absent("no folder of table templates is known: set tableTemplates (MAYDAY_TABLE_TEMPLATES)");
    const files = await namesIn(folder);
    const read = await Promise.all(files.map((file) => readTemplate(join(folder, file))));
    const templates = read.filter((one): one is TableTemplate => "fields" in one);
    const problems = read.flatMap((one) => ("problem" in one ? [one.problem] : []));
    return { folder, templates, problems };
  },
};

/** The sensor reads `*.yaml`, sorted. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).sort();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new Failure(
      {
        kind: "not-found",
        what: "the table templates",
        why: `folder ${sanitizeLine(folder)} cannot be read (${code})`,
        next: "Set tableTemplates to the folder table-templates of a checkout.",
      },
      { cause: error },
    );
  }
}

async function readTemplate(path: string): Promise<TableTemplate | { problem: string }> {
  try {
    return parseTemplate(await readFile(path, "utf8"), path);
  } catch (error) {
    if (error instanceof Failure) return { problem: `${error.detail.what}: ${error.detail.why}` };
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    return { problem: `${sanitizeLine(path)} cannot be read (${code})` };
  }
}
