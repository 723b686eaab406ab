import { Failure } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import type { PrepareContext } from "./contract.ts";
import { catalogEntry } from "./schema-repairs/table-facts.ts";

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
  const { aws, deployment, signal } = context;
  const source = deployment.catalogType === "glue" ? "Glue" : "Nessie";
  try {
    const { metadataLocation } = await catalogEntry({ aws, ...(signal ? { signal } : {}) }, deployment, table);
    // A table that was registered and never written has a folder here.
    const metadata = /\.metadata\.json(\.gz)?$/.test(metadataLocation) ? metadataLocation : undefined;
    return { metadata, source, words: `${source}: ${sanitizeLine(metadataLocation) || "no metadata file"}` };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === "bug") throw error;
    return { metadata: undefined, source, words: `${source} does not tell: ${error.detail.why}` };
  }
}
