import type { CallReport } from "../aws/contract.ts";
import type { CockpitStore, CommandLine } from "../state/store.ts";

const CAPACITY = 500;

/** Keeps the last calls for the command log: all actions, and the polls between them as long as there is room. */
export class CommandLog {
  readonly #store: CockpitStore;
  #lines: CommandLine[] = [];
  #nextId = 1;
  #dirty = false;
  readonly #ownRequestIds = new Set<string>();

  constructor(store: CockpitStore) {
    this.#store = store;
  }

  /** Request ids of the mutations that this process sent. */
  get ownRequestIds(): ReadonlySet<string> {
    return this.#ownRequestIds;
  }

  add(report: CallReport): void {
    if (report.mutation && report.requestId) this.#ownRequestIds.add(report.requestId);
    this.#lines.push({
      id: this.#nextId++,
      atMs: report.startedAtMs,
      line: report.line,
      purpose: report.purpose,
      mutation: report.mutation,
      durationMs: report.durationMs,
      ...(report.requestId ? { requestId: report.requestId } : {}),
      ...(report.error ? { error: report.error.message } : {}),
    });
    if (this.#lines.length > CAPACITY) {
      const polls = this.#lines.filter((line) => line.purpose === "poll" && !line.error);
      const surplus = new Set(polls.slice(0, this.#lines.length - CAPACITY));
      this.#lines = surplus.size > 0 ? this.#lines.filter((line) => !surplus.has(line)) : this.#lines.slice(-CAPACITY);
    }
    if (this.#dirty) return;
    // Polls come in bursts: one store update for all that arrive in the same turn of the event loop.
    this.#dirty = true;
    setImmediate(() => {
      this.#dirty = false;
      this.#store.setState({ commands: [...this.#lines] });
    });
  }
}
