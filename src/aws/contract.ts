import type { CommandIO } from "@smithy/types";
import type { ServiceModules } from "./services/index.ts";

export type ServiceName = keyof ServiceModules;

type Commands<S extends ServiceName> = ServiceModules[S]["commands"];
export type OperationName<S extends ServiceName> = keyof Commands<S> & string;

type InstanceOf<C> = C extends abstract new (...parameters: never[]) => infer Instance ? Instance : never;
export type InputOf<S extends ServiceName, O extends OperationName<S>> =
  InstanceOf<Commands<S>[O]> extends { input: infer Input } ? Input : never;
export type OutputOf<S extends ServiceName, O extends OperationName<S>> =
  InstanceOf<Commands<S>[O]> extends CommandIO<infer _Input, infer Output> ? Output : never;

/** Who asks: in every rate bucket actions go first, then polls, and evidence takes what is left (rate.ts). */
export type Purpose = "action" | "poll" | "evidence";

export interface CallOptions {
  purpose: Purpose;
  signal?: AbortSignal;
  /** Another region than the incident's own (CloudTrail of global services is in us-east-1). */
  region?: string;
  /** How long the answer may take, machine ms, where it takes longer than the layer's own 10 s: S3 copies an object before it answers. */
  answerWithinMs?: number;
  /** Declares that a deletion without a version is the undo of a restore; S3's guard refuses every other one (version-guard.ts). */
  undoesRestore?: true;
}

export interface CallResult<Output> {
  output: Output;
  /** Empty where there is none: docker gives its calls no ids. */
  requestId: string;
  /** Machine ms from the first attempt to the answer, waiting in the rate bucket not included. */
  durationMs: number;
  attempts: number;
  /** The `Date` header of the answer, ms since the epoch: what AWS thinks the time is. */
  serverDateMs?: number;
}

/** What one call did, for the command log and the clock check. Never holds input values that could be secrets. */
export interface CallReport {
  service: string;
  operation: string;
  /** Undefined for a call that does not go to AWS. */
  region?: string;
  purpose: Purpose;
  mutation: boolean;
  startedAtMs: number;
  durationMs: number;
  attempts: number;
  requestId?: string;
  serverDateMs?: number;
  /** The call as a line that can be pasted into a shell. */
  line: string;
  error?: { kind: string; code?: string; message: string };
}

/** An access key with its secret, on its way to being tested. */
export interface KeyPair {
  accessKeyId: string;
  secretAccessKey: string;
}

/** A code of an MFA device, and for how long the session that it opens may last. */
export interface MfaCode {
  serial: string;
  code: string;
  durationSeconds: number;
}

export interface SessionCredentials extends KeyPair {
  sessionToken: string;
  expiration: Date;
}

/**
 * The only way to AWS, and to what else is changed (src/transports). Every call passes the gates (read-only, pinned account, rate bucket, back-off) whoever makes it.
 * Rejects with a `Failure`.
 */
export interface AwsCaller {
  /** The region of calls that name none. */
  readonly region: string;
  call<S extends ServiceName, O extends OperationName<S>>(
    service: S,
    operation: O,
    input: InputOf<S, O>,
    options: CallOptions,
  ): Promise<CallResult<OutputOf<S, O>>>;
  /** The same for a step or a reading that came as data. Rejects with kind `bug` for an operation that the client layer does not know. */
  callByName(service: string, operation: string, input: object, options: CallOptions): Promise<CallResult<unknown>>;
  /** Who other credentials than the session's own belong to, by sts:GetCallerIdentity: whether a new key works. Nothing keeps them. */
  identityOf(credentials: KeyPair, options: CallOptions): Promise<CallerIdentity>;
  /** Temporary credentials of a user with an MFA code, by sts:GetSessionToken. Nothing keeps key or code. */
  sessionOf(credentials: KeyPair, mfa: MfaCode, options: CallOptions): Promise<SessionCredentials>;
  /** From now on every call is made with these credentials, which stay in memory; null: with the session's own again. */
  actAs(session: SessionCredentials | null): void;
  /** How often everybody together may call the operation in the incident's region from now on, calls per second. */
  setRate(service: string, operation: string, ratePerSecond: number): void;
}

export interface CallerIdentity {
  accountId: string;
  arn: string;
  userId: string;
}

/** What is known of the credentials themselves, without a secret. */
export interface CredentialFacts {
  /** An access key of a user, or one of a session. */
  kind: "long-term" | "temporary";
  /** Machine wall time, ms since the epoch; undefined: they do not say. */
  expiresAtMs?: number;
  /** The AWS profile asks for an MFA code (`mfa_serial`). */
  profileAsksForMfa: boolean;
}

/** The client layer as the composition root sees it. */
export interface AwsLayer extends AwsCaller {
  /** The custom endpoint in use, shown in the header; undefined on real AWS. */
  readonly endpoint: string | undefined;
  readOnly: boolean;
  /** A fresh sts:GetCallerIdentity. Refuses when the account differs from the pinned one. */
  identity(options: CallOptions): Promise<CallerIdentity>;
  /** From now on every mutation of another account is refused. */
  pinAccount(accountId: string): void;
  /** The gates for a call that another transport carries out: rejects with the Failure that the same call to AWS would be refused with. */
  admit(service: string, operation: string): Promise<void>;
  /** The call as a line that can be pasted into a shell: `aws ecs update-service ...`. */
  lineOf(service: string, operation: string, input: object): string;
  onCall(listener: (report: CallReport) => void): () => void;
  /** What is known of the credentials in use. Rejects with a Failure. */
  credentials(): Promise<CredentialFacts>;
  /** Gets credentials now, so that a question for an MFA code comes before the screen is taken. Rejects with a Failure. */
  login(): Promise<void>;
  close(): void;
}
