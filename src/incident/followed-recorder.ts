import type { Recorder, RecorderHealth } from "../record/contract.ts";
import { isUnsaved } from "../record/draft.ts";
import type { RecordDraft, RecordEntry } from "../record/entries.ts";

/**
 * A recorder that also tells of entries that are only in memory because the record cannot be written: with the explicit override an
 * action runs then, and what it did has to stand in the undo ledger at once, not only when the disk is back.
 */
export class FollowedRecorder implements Recorder {
  readonly #recorder: Recorder;
  readonly #onUnsaved: (entry: RecordEntry) => void;

  constructor(recorder: Recorder, onUnsaved: (entry: RecordEntry) => void) {
    this.#recorder = recorder;
    this.#onUnsaved = onUnsaved;
  }

  async append(draft: RecordDraft): Promise<RecordEntry> {
    const entry = await this.#recorder.append(draft);
    if (isUnsaved(entry)) this.#onUnsaved(entry);
    return entry;
  }

  get incidentId(): string {
    return this.#recorder.incidentId;
  }

  get folder(): string {
    return this.#recorder.folder;
  }

  get writerId(): string {
    return this.#recorder.writerId;
  }

  get notice(): string {
    return this.#recorder.notice;
  }

  get isObserver(): boolean {
    return this.#recorder.isObserver;
  }

  get allowUnsaved(): boolean {
    return this.#recorder.allowUnsaved;
  }

  set allowUnsaved(allowed: boolean) {
    this.#recorder.allowUnsaved = allowed;
  }

  entries(fromSeq?: number): Promise<RecordEntry[]> {
    return this.#recorder.entries(fromSeq);
  }

  onEntry(listener: (entry: RecordEntry) => void): () => void {
    return this.#recorder.onEntry(listener);
  }

  health(): RecorderHealth {
    return this.#recorder.health();
  }

  onHealth(listener: (health: RecorderHealth) => void): () => void {
    return this.#recorder.onHealth(listener);
  }

  liveWriters(): Promise<Set<string>> {
    return this.#recorder.liveWriters();
  }

  close(): Promise<void> {
    return this.#recorder.close();
  }
}
