import type { AwsCaller } from "../../aws/contract.ts";
import type { Clock } from "../../base/clock.ts";
import type { PauseGate } from "./pause.ts";

/** What an export may use. It knows neither the cockpit nor the record. */
export interface ExportContext {
  aws: AwsCaller;
  clock: Clock;
  /** Aborts when the export is cancelled or its time is over: what is there by then is kept, and so is the checkpoint. */
  signal: AbortSignal;
  pause: PauseGate;
  /** Where unfinished exports keep their checkpoints and data (0700). */
  workFolder: string;
  progress(detail: string): void;
}

/** A file that an export has finished, still in its workspace. */
export interface ExportedFile {
  /** Absolute. */
  path: string;
  /** Its name in the bundle. */
  name: string;
  sourceArn: string;
  /** `service:Operation` of the calls that it came from. */
  api: string;
  requestIds: string[];
  startedAtMs: number;
  endedAtMs: number;
  /** Of the object, for S3. */
  version?: string;
  /** Why it is not whole; empty when it is. */
  partialReason: string;
}

/** What an export came to. `discard` deletes checkpoint and data: call it once the files are in the bundle, and only when `missing` is empty. */
export interface Exported {
  files: ExportedFile[];
  missing: string[];
  items: number;
  discard(): Promise<void>;
}
