import type { Json } from "../base/json.ts";
import type { IncidentSummary } from "./contract.ts";
import type { Actor, EntryKind, RecordEntry } from "./entries.ts";

// What the main thread and the record worker say to each other. Plain data only: everything is structurally cloned.

/** An entry before it has a place in the chain. */
export interface StampedDraft {
  id: string;
  at: string;
  monotonicMs: number;
  bootId: string;
  writerId: string;
  actor: Actor;
  kind: EntryKind;
  kindVersion: number;
  payload: Json;
}

export interface WriterIdentity {
  writerId: string;
  bootId: string;
  host: string;
  pid: number;
}

/** How the worker was started: `writer` keeps the database open, the others answer once and end. */
export type WorkerTask =
  | { task: "write"; folder: string; writer: WriterIdentity }
  | { task: "read"; folder: string }
  | { task: "list"; stateDirectory: string; host: string; bootId: string };

export type ToWorker =
  | { type: "append"; drafts: StampedDraft[] }
  /** While the record cannot be written, intents are let through instead of being refused. */
  | { type: "allow-unsaved"; allowed: boolean }
  | { type: "entries"; request: number; fromSeq: number }
  | { type: "writers"; request: number }
  /** Write what is pending, at most `withinMs` of machine time, and let go of the database. */
  | { type: "close"; withinMs: number };

export type WorkerHealth =
  | { status: "ok" }
  | { status: "slow" }
  /** `refused`: ids of the intents that were dropped instead of being kept. */
  | { status: "failed"; reason: string; refused: string[] };

export type FromWorker =
  /** The first answer of a writer; `notice` says what is unusual about where the record lies. */
  | { type: "opened"; notice: string }
  | { type: "health"; health: WorkerHealth }
  /** New entries in the order of the chain, by any writer, each once. */
  | { type: "committed"; entries: RecordEntry[] }
  | { type: "observer"; isObserver: boolean }
  | { type: "chunk"; request: number; entries: RecordEntry[]; last: boolean }
  | { type: "writers"; request: number; alive: string[] }
  /** `request` 0: the task itself cannot be done, as when a newer program wrote the record. */
  | { type: "request-failed"; request: number; reason: string }
  | { type: "listed"; incidents: IncidentSummary[] }
  | { type: "closed"; unsaved: number };
