import { DatabaseSync, type StatementSync } from "node:sqlite";
import { canonicalJson, type Json } from "../base/json.ts";
import { entryHash, GENESIS_HASH } from "./chain.ts";
import type { RecordEntry } from "./entries.ts";
import type { StampedDraft, WriterIdentity } from "./protocol.ts";
import { entryOfRow } from "./row.ts";
import { migrate } from "./schema.ts";
import { networkFileSystemOf, preparePrivateFolder } from "./storage.ts";
import { aliveWriters, LEASE_MS } from "./writer-life.ts";

/** Machine ms that one attempt waits for another process's lock before the worker looks at its messages again. */
const LOCK_WAIT_MS = 100;

/** The database of one incident, open for writing. Everything here blocks: it lives in the record worker. */
export class RecordDatabase {
  /** What is unusual about where the record lies; empty when nothing is. */
  readonly notice: string;
  readonly #database: DatabaseSync;
  readonly #head: StatementSync;
  readonly #insert: StatementSync;
  readonly #known: StatementSync;
  readonly #range: StatementSync;

  /** Opens the record in `folder`, creating both. Throws the file system's or SQLite's error. */
  constructor(folder: string) {
    const path = preparePrivateFolder(folder);
    const network = networkFileSystemOf(folder);
    this.notice = network
      ? `the record lies on a network file system (${network}): written without WAL, one writer at a time`
      : "";
    this.#database = new DatabaseSync(path, { timeout: LOCK_WAIT_MS });
    try {
      this.#database.exec(`PRAGMA journal_mode = ${network ? "TRUNCATE" : "WAL"}`);
      this.#database.exec("PRAGMA synchronous = FULL");
      migrate(this.#database);
      this.#head = this.#database.prepare("SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1");
      this.#known = this.#database.prepare("SELECT seq FROM entry WHERE id = ?");
      this.#range = this.#database.prepare("SELECT * FROM entry WHERE seq > ? AND seq <= ? ORDER BY seq");
      this.#insert = this.#database.prepare("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** The position of the newest entry; 0 when there is none. */
  headSeq(): number {
    return Number(this.#head.get()?.seq ?? 0);
  }

  /**
   * Appends the drafts in order in one transaction; they are on the disk when it returns. A draft that is already in the
   * record (its commit was not acknowledged) is left out, so that trying again is safe. Throws with nothing written.
   */
  append(drafts: readonly StampedDraft[]): void {
    this.#transaction(() => {
      const head = this.#head.get();
      let seq = Number(head?.seq ?? 0);
      let prevHash = String(head?.hash ?? GENESIS_HASH);
      for (const draft of drafts) {
        if (this.#known.get(draft.id)) continue;
        seq += 1;
        const unsealed = { ...draft, seq, prevHash } as unknown as Omit<RecordEntry, "hash">;
        const hash = entryHash(unsealed);
        this.#insert.run(
          seq,
          draft.id,
          draft.at,
          draft.monotonicMs,
          draft.bootId,
          draft.writerId,
          canonicalJson({ ...draft.actor }),
          draft.kind,
          draft.kindVersion,
          canonicalJson(draft.payload as Json),
          prevHash,
          hash,
        );
        prevHash = hash;
      }
    });
  }

  /** Entries after `afterSeq` up to and including `throughSeq`, oldest first. */
  range(afterSeq: number, throughSeq: number): RecordEntry[] {
    return this.#range.all(afterSeq, throughSeq).map(entryOfRow);
  }

  /**
   * Says that this writer is alive, and takes or renews the observer's lease when it is free or its own. `wallMs`: wall
   * time of the machine, ms since the epoch. Returns whether this writer is the observer.
   */
  heartbeat(writer: WriterIdentity, wallMs: number): boolean {
    return this.#transaction(() => {
      this.#database
        .prepare("INSERT OR REPLACE INTO writer VALUES (?, ?, ?, ?, ?)")
        .run(writer.writerId, writer.bootId, writer.host, writer.pid, Math.round(wallMs));
      const lease = this.#database
        .prepare("SELECT writer_id, expires_wall_ms FROM lease WHERE name = 'observer'")
        .get();
      const expiresMs = Number(lease?.expires_wall_ms ?? 0);
      // A lease further ahead than one period was written before the wall clock was set back: nobody holds that.
      const free = expiresMs <= wallMs || expiresMs > wallMs + 2 * LEASE_MS;
      if (lease && lease.writer_id !== writer.writerId && !free) return false;
      this.#database
        .prepare("INSERT OR REPLACE INTO lease VALUES ('observer', ?, ?)")
        .run(writer.writerId, Math.round(wallMs + LEASE_MS));
      return true;
    });
  }

  /** The ids of the writers that still live, as seen from the writer `here` at machine wall time `wallMs`. */
  liveWriters(here: WriterIdentity, wallMs: number): string[] {
    return aliveWriters(this.#database, { ...here, wallMs });
  }

  /** Gives the lease back and signs the writer off. */
  signOff(writerId: string): void {
    this.#transaction(() => {
      this.#database.prepare("DELETE FROM lease WHERE writer_id = ?").run(writerId);
      this.#database.prepare("DELETE FROM writer WHERE writer_id = ?").run(writerId);
    });
  }

  close(): void {
    this.#database.close();
  }

  /** One write transaction whose reads see the newest commit of anyone (BEGIN IMMEDIATE takes the write lock first). */
  #transaction<T>(body: () => T): T {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = body();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }
}
