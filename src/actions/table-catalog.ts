import { Failure, failureDetail } from "../base/failure.ts";
import type { PrepareContext } from "./contract.ts";

/** What the catalog says of a table. */
export interface CatalogPointer {
  /** Path of the current metadata file; undefined: the catalog does not tell. */
  metadata: string | undefined;
  /** Which catalog, in words. */
  source: string;
  /** What it answered, in words. */
  words: string;
}

/**
 * Asks the catalog in use for a table's metadata file. A catalog that does not answer or does not have the table is no obstacle: the
 * files themselves tell. @param table `namespace.table`.
 */
export async function catalogPointer(context: PrepareContext, table: string): Promise<CatalogPointer> {
  const { deployment, aws, signal } = context;
  if (deployment.catalogType !== "glue")
    return { metadata: undefined, source: "Nessie", words: "Nessie: not asked; the newest metadata file counts" };
  const name = table.slice(table.lastIndexOf(".") + 1);
  // The template's one database holds the tables of its namespace (docs/lakehouse-deployment.md).
  const database = `${deployment.project}_${deployment.environment}`.replaceAll("-", "_");
  const source = `Glue, database ${database}`;
  try {
    const input = { DatabaseName: database, Name: name };
    const { output } = await aws.call("glue", "GetTable", input, { purpose: "action", ...(signal ? { signal } : {}) });
    const metadata = output.Table?.Parameters?.metadata_location;
    return { metadata, source, words: `${source}: ${metadata ?? "no metadata_location"}` };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === "bug") throw error;
    return { metadata: undefined, source, words: `${source}: ${failureDetail(error, source).why}` };
  }
}
