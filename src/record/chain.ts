import { createHash } from "node:crypto";
import { canonicalJson, type Json } from "../base/json.ts";
import type { RecordEntry } from "./entries.ts";

/** What the first entry names as its predecessor. */
export const GENESIS_HASH = "0".repeat(64);

/** The hash of an entry: sha256 (64 lower-case hex digits) over the canonical JSON (RFC 8785) of all its other members. */
export function entryHash(entry: Omit<RecordEntry, "hash"> & { hash?: string }): string {
  const { hash: _excluded, ...members } = entry;
  return createHash("sha256")
    .update(canonicalJson(members as unknown as Json))
    .digest("hex");
}

export type ChainVerdict =
  | { ok: true; entries: number; headSeq: number; headHash: string }
  /** The first entry that does not fit, and why. */
  | { ok: false; entries: number; seq: number; reason: string };

/**
 * Checks that the entries are one unbroken chain from the first one: positions 1, 2, 3 ..., each naming the hash of the
 * one before it, each hash true. A chain that was cut at its end is still a chain: only a digest kept elsewhere shows that.
 */
export function verifyChain(entries: readonly RecordEntry[]): ChainVerdict {
  let expectedSeq = 1;
  let previousHash = GENESIS_HASH;
  const broken = (seq: number, reason: string): ChainVerdict => ({ ok: false, entries: entries.length, seq, reason });
  for (const entry of entries) {
    if (entry.seq !== expectedSeq) return broken(entry.seq, `expected entry ${expectedSeq}, found entry ${entry.seq}`);
    if (entry.prevHash !== previousHash) return broken(entry.seq, "does not name the hash of the entry before it");
    if (entryHash(entry) !== entry.hash) return broken(entry.seq, "its content does not match its hash");
    previousHash = entry.hash;
    expectedSeq += 1;
  }
  return { ok: true, entries: entries.length, headSeq: expectedSeq - 1, headHash: previousHash };
}
