import type { AwsCaller } from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import type { PauseGate } from "../evidence/export/pause.ts";

/** What a recovery may use. It knows neither the cockpit nor the record. */
export interface RecoveryContext {
  aws: AwsCaller;
  clock: Clock;
  /** Aborts when the recovery is cancelled or its time is over: what is done by then stays done, and the checkpoint says so. */
  signal: AbortSignal;
  pause: PauseGate;
  /** Where recoveries keep their checkpoints and undo manifests (0700): they stay as long as the incident's folder. */
  folder: string;
  progress(detail: string): void;
  /** A fresh identity; rejects with a Failure when it is not the one that confirmed the plan. */
  checkCaller(): Promise<void>;
}
