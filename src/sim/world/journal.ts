import { createHash } from "node:crypto";

/** One thing that happened in the world, at a virtual time relative to the start of the scenario. */
export interface JournalEntry {
  offsetMs: number;
  text: string;
}

/** Everything that happened, in order: what determinism is measured by, and what a scenario's author reads. */
export class Journal {
  readonly entries: JournalEntry[] = [];
  readonly #epochMs: number;

  constructor(epochMs: number) {
    this.#epochMs = epochMs;
  }

  note(atMs: number, text: string): void {
    this.entries.push({ offsetMs: atMs - this.#epochMs, text });
  }

  /** SHA-256 over all entries up to `untilOffsetMs` after the scenario's start, hexadecimal. */
  hash(untilOffsetMs = Number.POSITIVE_INFINITY): string {
    const digest = createHash("sha256");
    for (const entry of this.entries) {
      if (entry.offsetMs <= untilOffsetMs) digest.update(`${entry.offsetMs} ${entry.text}\n`);
    }
    return digest.digest("hex");
  }
}
