import type { Expectation, Guard, Plan, Reading } from "../actions/contract.ts";
import { describeExpectation, holds, showValue, takeReading } from "../actions/reading.ts";
import type { AwsCaller } from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import { failureDetail } from "../base/failure.ts";
import type { Json, JsonObject } from "../base/json.ts";
import type { RecordDraft, RecordEntry } from "../record/entries.ts";
import type { CockpitStore, HeldOpen } from "../state/store.ts";
import { openRuns } from "./open-runs.ts";
import { whoChanged } from "./who.ts";
import { whatStarted } from "./who-docker.ts";

/** How often a containment is checked, in machine ms. */
const GUARD_PERIOD_MS = 2500;

export interface GuardDependencies {
  aws: AwsCaller;
  clock: Clock;
  store: CockpitStore;
  /** The record as it stands: everything but observations. */
  entries(): readonly RecordEntry[];
  /** The plan of a held-open run, from the record. */
  planOf(runId: string): Plan | undefined;
  /** Request ids of this process's own calls; those in the record count as ours too. */
  ownRequestIds(): ReadonlySet<string>;
  /** Whether it is this process that records what is found: of several cockpits only one does. */
  isObserver(): boolean;
  /** False while it is not confirmed that the credentials read the incident's own account. */
  isTrusted(): boolean;
  record(draft: RecordDraft): void;
  signal: AbortSignal;
}

/**
 * An entry of another cockpit is seen this many machine ms after it was committed, at the latest (the recorder looks for them several
 * times a second). What looks broken is looked at again after it: it may be the other one's undo.
 */
const OTHERS_SEEN_AFTER_MS = 600;

/** What this process has recorded about a containment: the record itself shows it only after the commit. */
interface Told {
  broken: boolean;
  by: string;
}

/**
 * Keeps checking every containment that is held open, and says loudly when one no longer holds. Ends with the signal. A check that
 * cannot be made turns the badge to unknown: unknown is never green.
 */
export async function runGuards(dependencies: GuardDependencies): Promise<void> {
  const { clock, store, signal } = dependencies;
  const told = new Map<string, Told>();
  while (!signal.aborted) {
    for (const held of store.getState().heldOpen) {
      const guard = held.badge === "" ? undefined : dependencies.planOf(held.runId)?.guard;
      if (guard) await checkGuard(held, guard, told, dependencies);
      if (signal.aborted) return;
    }
    await clock.sleep(GUARD_PERIOD_MS / Math.min(5, Math.max(1, clock.speed)), signal).catch(() => undefined);
  }
}

async function checkGuard(
  held: HeldOpen,
  guard: Guard,
  told: Map<string, Told>,
  dependencies: GuardDependencies,
): Promise<void> {
  const { store, signal, record } = dependencies;
  const { runId } = held;
  if (!dependencies.isTrusted())
    return mark(store, runId, "unknown", "cannot be checked: the account is not confirmed, see the header");
  let read: { found: Record<string, Json>; broken: string[] };
  try {
    read = await readGuard(guard, dependencies);
  } catch (error) {
    if (!signal.aborted) mark(store, runId, "unknown", `cannot be checked: ${failureDetail(error, guard.badge).why}`);
    return;
  }
  // It was undone while the check was under way, or an undo (of any cockpit) is putting things back right now.
  const isHeld = () => store.getState().heldOpen.some((other) => other.runId === runId);
  const isBeingUndone = () => openRuns(dependencies.entries()).some((run) => run.plan.undoes === runId);
  if (!isHeld() || isBeingUndone()) return;
  const known = told.get(runId) ?? lastTold(dependencies.entries(), runId);
  const tell = (draft: RecordDraft, now: Told) => {
    if (!dependencies.isObserver()) return;
    told.set(runId, now);
    record(draft);
  };
  if (!dependencies.isObserver()) told.delete(runId);
  if (read.broken.length === 0) {
    if (known.broken)
      tell({ kind: "guard.restored", payload: { runId, badge: guard.badge } }, { broken: false, by: "" });
    return mark(store, runId, "holding");
  }
  if (!known.broken) {
    await dependencies.clock.sleep(OTHERS_SEEN_AFTER_MS, signal).catch(() => undefined);
    if (signal.aborted || !isHeld() || isBeingUndone()) return;
  }
  const message = `${guard.brokenMessage} (${read.broken.join("; ")})`;
  mark(store, runId, "broken", message, known.broken ? known.by : "");
  if (known.broken && known.by !== "") return;
  const readings = guard.watches.map(({ reading }) => reading);
  const { aws, clock } = dependencies;
  const by =
    (await whatStarted(aws, clock, readings, held.sinceMs, signal)) ||
    (await whoChanged(aws, readings, held.sinceMs, ownRequestIds(dependencies), signal));
  if (!isHeld() || isBeingUndone()) return;
  if (!known.broken || by !== "") {
    const payload = { runId, badge: guard.badge, message, found: read.found as JsonObject, by };
    tell({ kind: "guard.broken", payload }, { broken: true, by });
  }
  mark(store, runId, "broken", message, by);
}

async function readGuard(
  guard: Guard,
  { aws, signal }: GuardDependencies,
): Promise<{ found: Record<string, Json>; broken: string[] }> {
  const found: Record<string, Json> = {};
  const broken: string[] = [];
  for (const watch of guard.watches) {
    const { picked } = await takeReading(aws, watch.reading, { purpose: "poll", signal });
    Object.assign(found, picked);
    for (const expectation of watch.holds) {
      if (holds(expectation, picked)) continue;
      broken.push(brokenWords(watch.reading, expectation, picked[expectation.label] ?? null));
    }
  }
  return { found, broken };
}

/** A hash tells a reader nothing: what it stands for is gone, or was changed. */
function brokenWords({ pick }: Reading, expectation: Expectation, found: Json): string {
  const { label } = expectation;
  if (pick[label]?.endsWith("(sha256)")) return `the ${label} ${found === null ? "is gone" : "was changed"}`;
  return `${describeExpectation(expectation)} wanted, found ${showValue(found)}`;
}

/** What the record says last about a containment, whoever wrote it. */
function lastTold(entries: readonly RecordEntry[], runId: string): Told {
  const last = entries.findLast(
    (entry) => (entry.kind === "guard.broken" || entry.kind === "guard.restored") && entry.payload.runId === runId,
  );
  return last?.kind === "guard.broken" ? { broken: true, by: last.payload.by } : { broken: false, by: "" };
}

function ownRequestIds(dependencies: GuardDependencies): ReadonlySet<string> {
  const recorded = dependencies
    .entries()
    .flatMap((entry) => (entry.kind === "step.outcome" ? entry.payload.requestIds : []));
  return new Set([...dependencies.ownRequestIds(), ...recorded]);
}

function mark(store: CockpitStore, runId: string, guard: HeldOpen["guard"], message?: string, by = ""): void {
  store.setState((state) => ({
    heldOpen: state.heldOpen.map((held) => {
      if (held.runId !== runId) return held;
      const { message: _message, by: _by, ...rest } = held;
      return { ...rest, guard, ...(message ? { message } : {}), ...(by ? { by } : {}) };
    }),
  }));
}
