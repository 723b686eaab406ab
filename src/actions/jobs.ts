import type { AwsCaller } from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import type { FailureDetail } from "../base/failure.ts";
import type { Json, JsonObject } from "../base/json.ts";
import type { SealedBundle } from "../evidence/custody/seal.ts";
import type { ExportedFile } from "../evidence/export/contract.ts";
import type { PauseGate } from "../evidence/export/pause.ts";
import type { EntryPayloads } from "../record/entries.ts";
import type { SecretVault } from "./secrets.ts";

/** Where a piece of evidence comes from, and why it is not whole when `status` is partial. */
export interface EvidenceSource {
  source: string;
  requestIds: string[];
  status?: "complete" | "partial";
  reason?: string;
  details?: EvidenceDetails;
}

/** Times in domain ms. */
export interface EvidenceDetails {
  sourceArn: string;
  api: string;
  version?: string;
  startedAtMs: number;
  endedAtMs: number;
}

/** Where a run's evidence goes. */
export interface EvidenceSink {
  /** Writes a file into the incident's evidence folder (0600) and records its sha256. `name` is a relative path. */
  storeEvidence(name: string, content: string, about: EvidenceSource): Promise<void>;
  /** Moves a file that an export has finished into the evidence folder and records it. */
  adoptEvidence(file: ExportedFile): Promise<void>;
  /** Writes manifest and timeline over everything that is stored so far. */
  sealBundle(): Promise<SealedBundle>;
  /** Records what of the bundle was copied to a bucket. */
  recordUpload(upload: EntryPayloads["evidence.uploaded"]): Promise<void>;
  /** The names of the files that are stored, relative to the evidence folder, with the absolute path of the folder. */
  storedEvidence(): Promise<{ folder: string; names: string[] }>;
  /** Where unfinished exports keep their checkpoints. */
  workFolder: string;
  /** Where recoveries keep their checkpoints and undo manifests, for as long as the incident's folder. */
  recoveryFolder: string;
}

export interface JobContext extends EvidenceSink {
  aws: AwsCaller;
  clock: Clock;
  /** What the steps before have kept secret, by the handles in the input. */
  secrets: SecretVault;
  /** Shows a secret once, to a person. Resolves when the person has it; rejects where nobody can see it. */
  showSecret(
    secret: { title: string; explanation: string; lines: readonly string[] },
    signal: AbortSignal,
  ): Promise<void>;
  /** Asks the person at the screen; a masked answer is neither shown nor kept. Rejects when nobody answers. */
  ask(label: string, how: { masked: boolean }, signal: AbortSignal): Promise<string>;
  /** Aborts when the box is over or the run is cancelled: what is there by then is kept. */
  signal: AbortSignal;
  /** Closed while the responder lets the run stand still. */
  pause: PauseGate;
  progress(detail: string): void;
  /** A fresh identity, before the first change and at each checkpoint; rejects with a Failure when it is not the one that confirmed. */
  checkCaller(): Promise<void>;
  /** Records how far a job that writes has come; durable once it resolves. Never a secret, never content. */
  checkpoint(name: string, detail: JsonObject): Promise<void>;
}

/** What a job came to. `complete` false: something is missing, and `missing` says what and why. */
export interface JobResult {
  complete: boolean;
  missing: string[];
  requestIds: string[];
  output: Json;
  /** Said with the outcome: a digest, how to go on. */
  note?: string;
  /** What a job that writes changed, label -> value. */
  change?: { before: Record<string, Json>; after: Record<string, Json> };
  /** Set: something was changed, and then it could not go on. The plan stops here, and what was changed can be undone. */
  failure?: FailureDetail;
  /** With `failure`: it is not known whether the change was made. */
  inDoubt?: boolean;
}

/** A checkpoint of a job as the record has it, oldest first in every list. */
export interface JobCheckpoint {
  name: string;
  detail: JsonObject;
}

/** What came of a job that was in flight when its cockpit died. `in-part`: some of it was done, `detail` says what. */
export interface JobVerdict {
  verdict: "happened" | "in-part" | "did-not-happen" | "cannot-tell";
  detail: string;
  /** As the job itself would have given it, for the undo. */
  output?: Json;
}

/** Compares a job in flight with the live state. It only reads. Rejects when that cannot be read. */
export type JobJudge = (
  input: JsonObject,
  checkpoints: readonly JobCheckpoint[],
  context: { aws: AwsCaller; signal: AbortSignal },
) => Promise<JobVerdict>;

/** A longer procedure that a plan names. Rejects only when nothing at all could be done. */
export type Job = (input: JsonObject, context: JobContext) => Promise<JobResult>;
