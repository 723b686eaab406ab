import type { SQLOutputValue } from "node:sqlite";
import type { RecordEntry } from "./entries.ts";

export type Row = Record<string, SQLOutputValue>;

/** The entry that a row of the table `entry` holds. @throws SyntaxError when the stored JSON is damaged. */
export function entryOfRow(row: Row): RecordEntry {
  // The table is the only writer's own format; whether the content is what was written is for verifyChain to say.
  return {
    seq: Number(row.seq),
    id: String(row.id),
    at: String(row.at_utc),
    monotonicMs: Number(row.monotonic_ms),
    bootId: String(row.boot_id),
    writerId: String(row.writer_id),
    actor: JSON.parse(String(row.actor)),
    kind: String(row.kind),
    kindVersion: Number(row.kind_version),
    payload: JSON.parse(String(row.payload)),
    prevHash: String(row.prev_hash),
    hash: String(row.hash),
  } as RecordEntry;
}
