import type { AwsLayer } from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import { failureDetail } from "../base/failure.ts";
import type { Recorder } from "../record/contract.ts";
import type { RecordEntry } from "../record/entries.ts";
import type { Caller } from "./identity.ts";
import { openRuns } from "./open-runs.ts";
import { type Reconciled, reconcile } from "./reconcile.ts";

/** Between looks at what is not settled yet, machine ms. */
const PERIOD_MS = 5000;

export interface UpkeepDependencies {
  aws: AwsLayer;
  caller: Caller;
  recorder: Recorder;
  clock: Clock;
  entries(): readonly RecordEntry[];
  notice(id: string, tone: "info" | "warn" | "bad", text: string): void;
  signal: AbortSignal;
}

/**
 * Confirms the caller if nobody is accepted yet, and then compares what a dead cockpit left in flight with the live state.
 * Nothing is compared before the account is confirmed: another account may hold services of the same names. Never rejects.
 */
export async function settle(dependencies: UpkeepDependencies): Promise<void> {
  const { caller, signal } = dependencies;
  if (!caller.isConfirmed) {
    try {
      await caller.confirm();
    } catch (error) {
      if (!signal.aborted && openRuns(dependencies.entries()).length > 0)
        postponed(dependencies, failureDetail(error, "sts:GetCallerIdentity").why);
      return;
    }
  }
  try {
    await settleRuns(dependencies);
  } catch (error) {
    if (!signal.aborted) postponed(dependencies, failureDetail(error, "resume").why);
  }
}

/** Settles again and again until the signal aborts: credentials come back, and another cockpit may die while this one lives. */
export async function keepSettled(dependencies: UpkeepDependencies): Promise<void> {
  const { caller, clock, recorder, signal } = dependencies;
  while (!signal.aborted) {
    await clock.sleep(PERIOD_MS, signal).catch(() => undefined);
    if (signal.aborted) return;
    // Of several cockpits one is enough for what a dead one left behind.
    const isNeeded = !caller.isConfirmed || (recorder.isObserver && openRuns(dependencies.entries()).length > 0);
    if (isNeeded) await settle(dependencies);
  }
}

async function settleRuns({ aws, clock, recorder, entries, notice, signal }: UpkeepDependencies): Promise<void> {
  if (openRuns(entries()).length === 0) return;
  const live = await recorder.liveWriters();
  const isLive = (writerId: string) => live.has(writerId);
  for (const found of await reconcile({ aws, clock, recorder, entries, isLive, signal })) {
    const bad = found.verdict !== "happened" && found.verdict !== "did-not-happen";
    notice(`in-flight-${found.runId}-${found.stepId}`, bad ? "bad" : "warn", sentence(found));
  }
}

function sentence({ title, verdict, detail }: Reconciled): string {
  const words = {
    happened: "it happened",
    "in-part": "it happened in part",
    "did-not-happen": "it did not happen",
    "cannot-tell": "cannot tell whether it happened",
    postponed: "not known yet whether it happened",
  }[verdict];
  return `Was in flight when the last session died: ${title}: ${words} (${detail}).`;
}

function postponed({ notice }: UpkeepDependencies, why: string): void {
  notice("reconcile", "bad", `Steps in flight could not be compared yet: ${why}. It is tried again by itself.`);
}
