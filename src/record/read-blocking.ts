import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { RecordEntry } from "./entries.ts";
import { entryOfRow } from "./row.ts";
import { schemaVersion } from "./schema.ts";
import { isLocked } from "./sqlite-error.ts";
import { RECORD_FILE } from "./storage.ts";

const CHUNK_ENTRIES = 1_000;
const LOCK_WAIT_MS = 5_000;

/**
 * Opens the record in `folder` for reading, runs `body` and closes it again. Blocks: worker only. A record that a killed
 * process left with a WAL is read as it is; from a read-only place, where SQLite cannot make its shared memory, a private
 * copy is read instead. Throws when there is no record or it cannot be read.
 */
export function withReadOnlyRecord<T>(folder: string, body: (database: DatabaseSync) => T): T {
  const path = join(folder, RECORD_FILE);
  if (!existsSync(path)) throw new Error(`there is no record at ${path}`);
  if (statSync(path).size === 0 && !existsSync(`${path}-wal`)) throw new Error(`the record at ${path} is empty`);
  try {
    return withDatabase(path, body);
  } catch (error) {
    if (isLocked(error) || !existsSync(`${path}-wal`)) throw error;
    const copy = mkdtempSync(join(tmpdir(), "mayday-read-"));
    try {
      for (const suffix of ["", "-wal"]) copyFileSync(`${path}${suffix}`, join(copy, `${RECORD_FILE}${suffix}`));
      return withDatabase(join(copy, RECORD_FILE), body);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  }
}

function withDatabase<T>(path: string, body: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path, { readOnly: true, timeout: LOCK_WAIT_MS });
  try {
    if (schemaVersion(database) === 0) throw new Error(`the record at ${path} is empty`);
    return body(database);
  } finally {
    database.close();
  }
}

/** Hands every entry, oldest first, to `take` in chunks; `last` marks the final one, which may be empty. */
export function readChunks(folder: string, take: (entries: RecordEntry[], last: boolean) => void): void {
  withReadOnlyRecord(folder, (database) => {
    let chunk: RecordEntry[] = [];
    for (const row of database.prepare("SELECT * FROM entry ORDER BY seq").iterate()) {
      chunk.push(entryOfRow(row));
      if (chunk.length === CHUNK_ENTRIES) {
        take(chunk, false);
        chunk = [];
      }
    }
    take(chunk, true);
  });
}
