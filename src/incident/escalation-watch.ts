import type { Clock } from "../base/clock.ts";
import { draftEscalation } from "../communication/drafts.ts";
import { liveConditions } from "../communication/observed.ts";
import type { Recorder } from "../record/contract.ts";
import type { RecordEntry } from "../record/entries.ts";
import { escalationThresholds } from "../record/escalation.ts";
import { isOpen, type Threshold } from "../state/escalation.ts";
import type { CockpitStore } from "../state/store.ts";

/** Between looks at the clock, machine ms; more often where domain time runs faster. */
const PERIOD_MS = 1000;
const FASTEST = 5;

export interface EscalationWatchDependencies {
  clock: Clock;
  store: CockpitStore;
  /** The record as it stands: everything but observations. */
  entries(): readonly RecordEntry[];
  /** Of several cockpits the one that records observations records this too. */
  recorder: Pick<Recorder, "isObserver" | "append">;
}

/**
 * Looks at the escalation clock: what became due is proposed with a drafted message, what nobody answered in time is late, each once.
 * What was said already is looked up in the record and not remembered, so that after a suspend of the host, a jump of its clock or a
 * resume exactly that is caught up which is missing.
 */
export class EscalationWatch {
  readonly #dependencies: EscalationWatchDependencies;
  #wasObserver = false;

  constructor(dependencies: EscalationWatchDependencies) {
    this.#dependencies = dependencies;
  }

  /** Looks until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#dependencies;
    while (!signal.aborted) {
      await this.look();
      await clock.sleep(PERIOD_MS / Math.min(FASTEST, Math.max(1, clock.speed)), signal).catch(() => undefined);
    }
  }

  /** One look. Rejects when an entry can neither be saved nor kept. */
  async look(): Promise<void> {
    const { clock, entries, recorder } = this.#dependencies;
    // Who has just become the one that records may not know yet what the other one wrote last: one more look.
    const mayRecord = recorder.isObserver && this.#wasObserver;
    this.#wasObserver = recorder.isObserver;
    if (!mayRecord) return;
    const nowMs = clock.now();
    for (const threshold of escalationThresholds(entries())) {
      if (!isOpen(threshold, nowMs)) continue;
      const { id, level, why, dueAtMs } = threshold;
      if (!threshold.proposed) {
        const text = this.#draft(threshold);
        await recorder.append({ kind: "escalation.proposed", payload: { threshold: id, level, why, dueAtMs, text } });
      }
      if (nowMs >= threshold.lateAtMs && threshold.lateRecordedAtMs === undefined)
        await recorder.append({ kind: "escalation.late", payload: { threshold: id, level, why, dueAtMs } });
    }
  }

  #draft(threshold: Threshold): string {
    const { clock, entries, store } = this.#dependencies;
    const state = store.getState();
    const conditions = liveConditions(state, clock.monotonic());
    const contact = state.communication.contacts[threshold.level] ?? "";
    return draftEscalation({ entries: entries(), conditions, nowMs: clock.now() }, threshold, contact);
  }
}
