/** A commit of Nessie's log, as its REST API (version 2) gives it with `fetch=ALL`. */
export interface CatalogCommit {
  commitMeta: {
    hash: string;
    message: string;
    authors?: string[];
    committer?: string;
    commitTime?: string;
    parentCommitHashes?: string[];
  };
  parentCommitHash?: string;
  operations?: (
    | { type: "PUT"; key: { elements: string[] }; content: { metadataLocation?: string } }
    | { type: "DELETE"; key: { elements: string[] } }
  )[];
}

/** A key that a branch has now. */
export interface CatalogKey {
  name: { elements: string[] };
}

/** Where a table's metadata file should be, and whether it is there. */
export interface CatalogTableState {
  name: string;
  metadataLocation: string;
  status: string;
}

/** A commit that took tables away or led them astray, and was not made good since. */
export interface BadCommit {
  hash: string;
  /** The hash before it: where the branch was well. */
  parent: string;
  author: string;
  message: string;
  atMs: number;
  /** Tables that it deleted and that are not there now. */
  dropped: string[];
  /** Tables that it pointed at another place, where nothing is. */
  moved: { name: string; to: string }[];
}

/** `lakehouse.orders` */
export const nameOf = (elements: readonly string[]) => elements.join(".");
export const folderOf = (path: string) => path.slice(0, path.lastIndexOf("/"));

/**
 * Finds bad commits among the newest of a branch. A table that was dropped and made again, or moved to a place that has its metadata, is
 * none; neither is one whose place stayed and whose file is gone: then S3 lost it, and not the catalog.
 * @param commits newest first, with operations. @param sinceMs older ones are history.
 */
export function badCommits(
  commits: readonly CatalogCommit[],
  entries: readonly CatalogKey[],
  tables: readonly CatalogTableState[],
  sinceMs: number,
): BadCommit[] {
  const present = new Set(entries.map(({ name }) => nameOf(name.elements)));
  const missing = new Map(tables.filter(({ status }) => status === "missing").map((table) => [table.name, table]));
  return commits.flatMap((commit, index): BadCommit[] => {
    const { commitMeta, operations = [] } = commit;
    const atMs = Date.parse(commitMeta.commitTime ?? "") || 0;
    if (atMs < sinceMs) return [];
    const older = commits.slice(index + 1);
    const dropped = operations.flatMap((operation) => {
      const name = nameOf(operation.key.elements);
      return operation.type === "DELETE" && !present.has(name) && wasTable(older, name) ? [name] : [];
    });
    const moved = operations.flatMap((operation) => {
      if (operation.type !== "PUT") return [];
      const name = nameOf(operation.key.elements);
      const to = operation.content.metadataLocation ?? "";
      const before = placeBefore(older, name);
      const astray = missing.get(name)?.metadataLocation === to;
      return astray && before !== undefined && folderOf(before) !== folderOf(to) ? [{ name, to }] : [];
    });
    if (dropped.length + moved.length === 0) return [];
    const parent = commit.parentCommitHash ?? commitMeta.parentCommitHashes?.[0] ?? "";
    const author = commitMeta.authors?.[0] ?? commitMeta.committer ?? "";
    return [{ hash: commitMeta.hash, parent, author, message: commitMeta.message, atMs, dropped, moved }];
  });
}

/** Where a table was before, by the commits before; undefined: they do not say. */
export function placeBefore(older: readonly CatalogCommit[], name: string): string | undefined {
  for (const { operations = [] } of older) {
    const operation = operations.find(({ key }) => nameOf(key.elements) === name);
    if (operation) return operation.type === "PUT" ? operation.content.metadataLocation : undefined;
  }
  return undefined;
}

const wasTable = (older: readonly CatalogCommit[], name: string) => placeBefore(older, name) !== undefined;
