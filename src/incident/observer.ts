import type { Clock } from "../base/clock.ts";
import type { Recorder } from "../record/contract.ts";
import type { RecordDraft, RecordEntry } from "../record/entries.ts";
import type { LogRing } from "../state/log-ring.ts";
import type { CockpitStore } from "../state/store.ts";
import { ObservationMemory } from "./observation-memory.ts";
import { detection, observe } from "./observe.ts";
import { abruptEnd, LogObserver } from "./observe-logs.ts";
import { SnapshotWriter } from "./snapshots.ts";

export interface ObserverDependencies {
  store: CockpitStore;
  logs: LogRing;
  recorder: Recorder;
  clock: Clock;
  /** The record so far: what it says already is not written again. */
  earlier: readonly RecordEntry[];
  record(draft: RecordDraft): void;
  /** False while it is not confirmed that the credentials read the incident's own account: nothing of another one is recorded. */
  isTrusted(): boolean;
  signal: AbortSignal;
}

/** The exit code of a process that got SIGKILL (128 + 9): its log ends where it stood. */
const KILLED = 137;
/** Machine ms after a task stopped until its log is looked at: the last lines are polled separately and arrive late. */
const LOG_SETTLE_MS = 4000;
const SNAPSHOT_CHECK_MS = 1000;

/**
 * Writes what changes in the world to the record, as it happens, while this process is the elected observer; otherwise it only learns
 * from what the other one writes. Returns how to stop.
 */
export function startObserving(dependencies: ObserverDependencies): () => void {
  const { store, logs, recorder, clock, record, signal } = dependencies;
  const memory = new ObservationMemory();
  const logObserver = new LogObserver();
  const snapshots = new SnapshotWriter();
  for (const entry of dependencies.earlier) {
    memory.learn(entry);
    logObserver.learn(entry);
  }
  let detected = false;
  const mayRecord = () => recorder.isObserver && dependencies.isTrusted();

  const write = (draft: RecordDraft) => {
    record(draft);
    if (draft.kind === "observation.task-stopped" && draft.payload.exitCode === KILLED)
      void noteLogEnd(draft.payload.task);
  };
  const noteLogEnd = async (task: string) => {
    await clock.sleep(LOG_SETTLE_MS, signal).catch(() => undefined);
    const draft = signal.aborted ? undefined : abruptEnd(logs, task);
    if (draft) record(draft);
  };
  const look = () => {
    if (!mayRecord()) return;
    const state = store.getState();
    for (const draft of observe(state, memory)) write(draft);
    const found = detected ? undefined : detection(state);
    if (found) {
      detected = true;
      record({ kind: "incident.detected", payload: found });
    }
  };
  const snapshot = () => {
    if (!mayRecord()) return;
    const draft = snapshots.next(store.getState(), clock.now());
    if (draft) record(draft);
  };

  const stops = [
    store.subscribe((state, previous) => {
      const changed =
        state.services !== previous.services ||
        state.containers !== previous.containers ||
        state.targets !== previous.targets ||
        state.alarms !== previous.alarms ||
        state.metrics !== previous.metrics ||
        state.logs !== previous.logs;
      if (changed) look();
    }),
    logs.onAppend((lines) => {
      if (mayRecord()) for (const draft of logObserver.observe(lines)) record(draft);
    }),
    recorder.onEntry((entry) => {
      if (entry.writerId === recorder.writerId) return;
      memory.learn(entry);
      logObserver.learn(entry);
    }),
  ];
  const timer = setInterval(snapshot, SNAPSHOT_CHECK_MS);
  look();
  return () => {
    clearInterval(timer);
    for (const stop of stops) stop();
  };
}
