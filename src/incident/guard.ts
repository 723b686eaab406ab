import type { Guard, Plan } from "../actions/contract.ts";
import { describeExpectation, holds, showValue, takeReading } from "../actions/reading.ts";
import type { AwsCaller } from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import { failureDetail } from "../base/failure.ts";
import type { Json, JsonObject } from "../base/json.ts";
import type { RecordDraft } from "../record/entries.ts";
import type { CockpitStore, HeldOpen } from "../state/store.ts";
import { whoChanged } from "./who.ts";

/** How often a containment is checked, in machine ms. */
const GUARD_PERIOD_MS = 2500;

export interface GuardDependencies {
  aws: AwsCaller;
  clock: Clock;
  store: CockpitStore;
  /** The plan of a held-open run, from the record. */
  planOf(runId: string): Plan | undefined;
  /** Request ids of this incident's own calls: a change with one of them was ours. */
  ownRequestIds(): ReadonlySet<string>;
  record(draft: RecordDraft): void;
  signal: AbortSignal;
}

/**
 * Keeps checking every containment that is held open, and says loudly when one no longer holds. Ends with the signal. A check that
 * cannot be made turns the badge to unknown: unknown is never green.
 */
export async function runGuards(dependencies: GuardDependencies): Promise<void> {
  const { clock, store, signal } = dependencies;
  while (!signal.aborted) {
    for (const held of store.getState().heldOpen) {
      const guard = dependencies.planOf(held.runId)?.guard;
      if (guard) await checkGuard(held, guard, dependencies);
      if (signal.aborted) return;
    }
    await clock.sleep(GUARD_PERIOD_MS / Math.min(5, Math.max(1, clock.speed)), signal).catch(() => undefined);
  }
}

async function checkGuard(held: HeldOpen, guard: Guard, dependencies: GuardDependencies): Promise<void> {
  const { aws, store, signal, record } = dependencies;
  const found: Record<string, Json> = {};
  const broken: string[] = [];
  try {
    for (const watch of guard.watches) {
      const { picked } = await takeReading(aws, watch.reading, { purpose: "poll", signal });
      Object.assign(found, picked);
      for (const expectation of watch.holds) {
        if (holds(expectation, picked)) continue;
        broken.push(
          `${describeExpectation(expectation)} wanted, found ${showValue(picked[expectation.label] ?? null)}`,
        );
      }
    }
  } catch (error) {
    if (!signal.aborted)
      mark(store, held.runId, "unknown", `cannot be checked: ${failureDetail(error, guard.badge).why}`);
    return;
  }
  const before = store.getState().heldOpen.find((other) => other.runId === held.runId);
  // It was undone while the check was under way, or an undo is putting things back right now.
  if (!before || isBeingUndone(store, dependencies)) return;
  if (broken.length === 0) {
    if (before.guard === "broken")
      record({ kind: "guard.restored", payload: { runId: held.runId, badge: guard.badge } });
    mark(store, held.runId, "holding");
    return;
  }
  const message = `${guard.brokenMessage} (${broken.join("; ")})`;
  if (before.guard !== "broken") {
    mark(store, held.runId, "broken", message);
    const by = await whoChanged(aws, held.sinceMs, dependencies.ownRequestIds(), signal);
    record({
      kind: "guard.broken",
      payload: { runId: held.runId, badge: guard.badge, message, found: found as JsonObject, by },
    });
    if (by !== "") mark(store, held.runId, "broken", `${message}, by ${by}`);
    return;
  }
  if (!before.message?.includes(", by ")) {
    const by = await whoChanged(aws, held.sinceMs, dependencies.ownRequestIds(), signal);
    if (by !== "") {
      record({
        kind: "guard.broken",
        payload: { runId: held.runId, badge: guard.badge, message, found: found as JsonObject, by },
      });
      mark(store, held.runId, "broken", `${message}, by ${by}`);
    }
  }
}

function isBeingUndone(store: CockpitStore, dependencies: GuardDependencies): boolean {
  const { run } = store.getState();
  return run?.status === "running" && dependencies.planOf(run.runId)?.undoes !== undefined;
}

function mark(store: CockpitStore, runId: string, guard: HeldOpen["guard"], message?: string): void {
  store.setState((state) => ({
    heldOpen: state.heldOpen.map((held) => {
      if (held.runId !== runId) return held;
      const { message: _old, ...rest } = held;
      return { ...rest, guard, ...(message ? { message } : {}) };
    }),
  }));
}
