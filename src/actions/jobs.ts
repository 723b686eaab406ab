import type { AwsCaller } from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import type { Json, JsonObject } from "../base/json.ts";

/** Where a piece of evidence comes from, and why it is not whole when `status` is partial. */
export interface EvidenceSource {
  source: string;
  requestIds: string[];
  status?: "complete" | "partial";
  reason?: string;
}

export interface JobContext {
  aws: AwsCaller;
  clock: Clock;
  /** Aborts when the box is over or the run is cancelled: what is there by then is kept. */
  signal: AbortSignal;
  /** Writes a file into the incident's evidence folder (0600) and records its sha256. `name` is a relative path. */
  storeEvidence(name: string, content: string, about: EvidenceSource): Promise<void>;
  progress(detail: string): void;
}

/** What a job came to. `complete` false: something is missing, and `missing` says what and why. */
export interface JobResult {
  complete: boolean;
  missing: string[];
  requestIds: string[];
  output: Json;
}

/** A longer procedure that a plan names. Rejects only when nothing at all could be done. */
export type Job = (input: JsonObject, context: JobContext) => Promise<JobResult>;
