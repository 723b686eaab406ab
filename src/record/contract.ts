import type { RecordDraft, RecordEntry } from "./entries.ts";

export type RecorderHealth =
  | { status: "ok"; pending: number }
  /** The database is held by another process; drafts wait in memory and keys stay alive. */
  | { status: "slow"; pending: number; sinceMonotonicMs: number }
  /** Nothing can be written (disk full, read-only): mutations are refused unless overridden. */
  | { status: "failed"; pending: number; reason: string };

/**
 * The flight recorder. `append` resolves once the entry is committed: for a `step.intent` that is before the call may leave.
 * While nothing can be written (health `failed`) a `step.intent` is rejected with a Failure of kind `refused`, unless
 * `allowUnsaved` is set; everything else is kept in memory, resolves at once as an unsaved entry (`isUnsaved`: position 0,
 * no hash), and is saved as soon as it can be, followed by a `recorder.gap`.
 * All database work happens in a worker thread; no method blocks the event loop.
 */
export interface Recorder {
  readonly incidentId: string;
  /** The incident's folder: database, evidence and post-mortem. */
  readonly folder: string;
  readonly writerId: string;
  append(draft: RecordDraft): Promise<RecordEntry>;
  /** Every entry committed so far, by any writer, oldest first; later ones through `onEntry`. */
  entries(fromSeq?: number): Promise<RecordEntry[]>;
  /** Each committed entry once, in order: also those of another cockpit on the same incident. */
  onEntry(listener: (entry: RecordEntry) => void): () => void;
  /** True while this process is the one that records observations. */
  readonly isObserver: boolean;
  health(): RecorderHealth;
  onHealth(listener: (health: RecorderHealth) => void): () => void;
  /** Writers of this incident that still live, this one included: see `openIntents`. */
  liveWriters(): Promise<Set<string>>;
  /**
   * The responder's explicit override: while the record cannot be written, a `step.intent` is kept in memory like
   * everything else instead of being refused.
   */
  allowUnsaved: boolean;
  /** What is unusual about where the record lies (a network file system), for a notice; empty when nothing is. */
  readonly notice: string;
  /**
   * Waits for everything that is pending, then lets go of the database. Rejects with a Failure that counts what is lost
   * when it cannot be written within a few seconds.
   */
  close(): Promise<void>;
}

export interface IncidentSummary {
  id: string;
  folder: string;
  title: string;
  severity: string;
  environment: string;
  project: string;
  openedAt: string;
  lastEntryAt: string;
  status: "open" | "suspended" | "handover" | "resolved" | "crashed" | "unreadable";
  entries: number;
  simulated: boolean;
  /** Why it cannot be read, for `unreadable`. */
  problem?: string;
}
