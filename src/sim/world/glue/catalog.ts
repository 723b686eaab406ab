import { AwsError } from "../../wire/aws-error.ts";

export interface Column {
  name: string;
  type: string;
  comment?: string | undefined;
}

/** What a table says of itself; every change of it is a version. */
export interface TableInput {
  name: string;
  description?: string | undefined;
  owner?: string | undefined;
  tableType?: string | undefined;
  columns: Column[];
  location?: string | undefined;
  parameters: Record<string, string>;
}

export interface TableVersion {
  /** Counted from 0. */
  id: number;
  input: TableInput;
  updatedAtMs: number;
  updatedBy: string;
}

export interface GlueTable {
  database: string;
  createdAtMs: number;
  createdBy: string;
  /** Oldest first. */
  versions: TableVersion[];
}

export interface Database {
  name: string;
  description?: string | undefined;
  locationUri?: string | undefined;
  parameters: Record<string, string>;
  createdAtMs: number;
  tables: Map<string, GlueTable>;
}

const missing = (message: string) => new AwsError("EntityNotFoundException", message);

/** The newest version of a table. */
export function currentVersion(table: GlueTable): TableVersion {
  return table.versions.at(-1)!;
}

/** The Glue Data Catalog of one account and region. */
export class GlueCatalog {
  readonly databases = new Map<string, Database>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  addDatabase(database: Omit<Database, "tables">): Database {
    const added = { ...database, tables: new Map<string, GlueTable>() };
    this.databases.set(database.name, added);
    return added;
  }

  /** @throws AwsError EntityNotFoundException. */
  database(name: string | undefined): Database {
    const database = this.databases.get(name ?? "");
    if (!database) throw missing(`Database ${name} not found.`);
    return database;
  }

  /** @throws AwsError EntityNotFoundException. */
  table(databaseName: string | undefined, name: string | undefined): GlueTable {
    const table = this.database(databaseName).tables.get(name ?? "");
    if (!table) throw missing(`Table ${name} not found.`);
    return table;
  }

  /** @throws AwsError AlreadyExistsException, EntityNotFoundException for the database. */
  createTable(databaseName: string | undefined, input: TableInput, by: string, atMs = this.#nowMs()): GlueTable {
    const database = this.database(databaseName);
    if (database.tables.has(input.name)) throw new AwsError("AlreadyExistsException", "Table already exists.");
    const table: GlueTable = {
      database: database.name,
      createdAtMs: atMs,
      createdBy: by,
      versions: [{ id: 0, input, updatedAtMs: atMs, updatedBy: by }],
    };
    database.tables.set(input.name, table);
    return table;
  }

  /**
   * A new version of a table, or the newest one changed in place.
   * @param skipArchive the version before is not kept. @param expected the newest version's id; another one is refused.
   * @throws AwsError EntityNotFoundException, ConcurrentModificationException.
   */
  updateTable(
    databaseName: string | undefined,
    input: TableInput,
    by: string,
    options: { skipArchive?: boolean; expected?: string | undefined } = {},
  ): void {
    const table = this.table(databaseName, input.name);
    const newest = currentVersion(table);
    if (options.expected !== undefined && options.expected !== String(newest.id))
      throw new AwsError(
        "ConcurrentModificationException",
        `Update table failed due to concurrent modifications: expected version ${options.expected}, found ${newest.id}.`,
      );
    const version = { id: newest.id + 1, input, updatedAtMs: this.#nowMs(), updatedBy: by };
    if (options.skipArchive) table.versions[table.versions.length - 1] = version;
    else table.versions.push(version);
  }

  /** @throws AwsError EntityNotFoundException. */
  deleteTable(databaseName: string | undefined, name: string | undefined): void {
    this.table(databaseName, name);
    this.database(databaseName).tables.delete(name ?? "");
  }
}
