import type { DatabaseSync } from "node:sqlite";

/** Version of the tables, in `user_version`. A migration changes tables outside the chain, never an entry. */
export const SCHEMA_VERSION = 1;

// `writer` and `lease` are outside the chain: they say who is alive now and are nobody's evidence.
const SCHEMA = `
  CREATE TABLE entry (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at_utc TEXT NOT NULL,
    monotonic_ms REAL NOT NULL,
    boot_id TEXT NOT NULL,
    writer_id TEXT NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    kind_version INTEGER NOT NULL,
    payload TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  CREATE INDEX entry_kind ON entry (kind, seq);
  CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END;
  CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END;
  CREATE TABLE writer (
    writer_id TEXT PRIMARY KEY,
    boot_id TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    heartbeat_wall_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    writer_id TEXT NOT NULL,
    expires_wall_ms INTEGER NOT NULL
  ) STRICT;
`;

/** A record that was written by a newer program. */
export class NewerSchemaError extends Error {
  constructor(found: number) {
    super(`the record has schema version ${found}, this program knows up to ${SCHEMA_VERSION}: use a newer mayday`);
    this.name = "NewerSchemaError";
  }
}

/** The version of the tables; 0 for an empty file. @throws NewerSchemaError when it is newer than this program's. */
export function schemaVersion(database: DatabaseSync): number {
  const row = database.prepare("PRAGMA user_version").get();
  const version = Number(row?.user_version ?? 0);
  if (version > SCHEMA_VERSION) throw new NewerSchemaError(version);
  return version;
}

/** Creates the tables in an empty file, in one transaction: of two processes that open it at once, one does it. */
export function migrate(database: DatabaseSync): void {
  if (schemaVersion(database) === SCHEMA_VERSION) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    if (schemaVersion(database) === 0) {
      database.exec(SCHEMA);
      database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    }
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
