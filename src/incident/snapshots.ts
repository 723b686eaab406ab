import type { JsonObject } from "../base/json.ts";
import { toJson } from "../base/json.ts";
import type { RecordDraft } from "../record/entries.ts";
import type { CockpitState } from "../state/store.ts";

/** Full slices this often (domain ms), differences between (docs/contracts.md, The record). */
const SNAPSHOT_PERIOD_MS = 5 * 60_000;
/** Slices that change with every poll (metrics) are written at most this often, domain ms. */
const DIFFERENCE_PERIOD_MS = 10_000;

const SLICES = ["services", "containers", "targets", "alarms", "metrics", "logs"] as const;

/** Writes what a replay needs: full slices at the start and every five minutes, changed ones between. */
export class SnapshotWriter {
  #lastSnapshotMs = Number.NEGATIVE_INFINITY;
  #lastDifferenceMs = Number.NEGATIVE_INFINITY;
  #lastText = new Map<string, string>();

  /** The draft that is due at `nowMs` (domain), if any. Sources that have not answered yet are left out. */
  next(state: CockpitState, nowMs: number): RecordDraft | undefined {
    if (SLICES.every((name) => state[name].status === "loading")) return undefined;
    if (nowMs - this.#lastSnapshotMs >= SNAPSHOT_PERIOD_MS) {
      this.#lastSnapshotMs = nowMs;
      this.#lastDifferenceMs = nowMs;
      const slices: JsonObject = {};
      for (const name of SLICES) slices[name] = this.#take(state, name);
      return { kind: "state.snapshot", payload: { slices } };
    }
    if (nowMs - this.#lastDifferenceMs < DIFFERENCE_PERIOD_MS) return undefined;
    const slices: JsonObject = {};
    for (const name of SLICES) {
      const known = this.#lastText.get(name);
      const value = this.#take(state, name);
      if (this.#lastText.get(name) !== known) slices[name] = value;
    }
    if (Object.keys(slices).length === 0) return undefined;
    this.#lastDifferenceMs = nowMs;
    return { kind: "state.difference", payload: { slices } };
  }

  /** The slice without its time of receipt, which changes with every poll and says nothing about the world. */
  #take(state: CockpitState, name: (typeof SLICES)[number]) {
    const source = state[name];
    const value = toJson({
      status: source.status,
      ...("value" in source ? { value: source.value } : {}),
      ...("failure" in source ? { failure: source.failure } : {}),
      ...("reason" in source ? { reason: source.reason } : {}),
    });
    this.#lastText.set(name, JSON.stringify(value));
    return value;
  }
}
