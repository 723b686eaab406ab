import { randomUUID } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { formatUtc } from "../base/duration.ts";
import { type Json, toJson } from "../base/json.ts";
import type { Actor, RecordDraft, RecordEntry } from "./entries.ts";
import type { StampedDraft } from "./protocol.ts";

/** Version of every kind's payload so far. */
const KIND_VERSION = 1;

/** Gives a draft its id, its time on both clocks and its author. Payload members that JSON cannot carry are adapted. */
export function stamp(
  draft: RecordDraft,
  from: { clock: Clock; actor: Actor; bootId: string; writerId: string },
): StampedDraft {
  return {
    id: randomUUID(),
    at: formatUtc(draft.atMs ?? from.clock.now()),
    monotonicMs: Math.round(from.clock.monotonic() * 1000) / 1000,
    bootId: from.bootId,
    writerId: from.writerId,
    actor: wellFormed(toJson(from.actor)) as unknown as Actor,
    kind: draft.kind,
    kindVersion: KIND_VERSION,
    payload: wellFormed(toJson(draft.payload)),
  };
}

/** The draft as an entry without a place in the chain: position 0, no hashes. */
export function unsavedEntry(draft: StampedDraft): RecordEntry {
  return { ...draft, seq: 0, prevHash: "", hash: "" } as unknown as RecordEntry;
}

/** True for an entry that is only kept in memory because the record could not be written. */
export function isUnsaved(entry: RecordEntry): boolean {
  return entry.seq === 0;
}

// Canonical JSON is UTF-8, which has no place for half a surrogate pair (RFC 8785, 3.2.2.2).
function wellFormed(value: Json): Json {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key.toWellFormed(), wellFormed(member)]));
}
