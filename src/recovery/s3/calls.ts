import type { CallOptions, CallResult, InputOf, OperationName, OutputOf } from "../../aws/contract.ts";
import { Failure } from "../../base/failure.ts";
import type { RecoveryContext } from "../contract.ts";
import { AdaptiveConcurrency } from "./concurrency.ts";

/** Rounds of the client layer's own attempts; between them this long, machine ms, doubled each time. */
const ROUNDS = 6;
const WAIT_MS = 500;

/**
 * Calls per second that a recovery allows itself, all prefixes together; where S3 takes fewer it says SlowDown and concurrency goes
 * down. DeleteObjects counts as a write for each of its 1000 keys (S3 user guide, best practices for performance).
 */
const RATES: Partial<Record<OperationName<"s3">, number>> = {
  ListObjectVersions: 1000,
  HeadObject: 3000,
  CopyObject: 2000,
  UploadPartCopy: 500,
  DeleteObjects: 20,
  GetObjectTagging: 1000,
};

type Options = Pick<CallOptions, "region" | "answerWithinMs" | "undoesRestore"> & {
  /** A call without an answer may have been carried out: who sends it looks for itself. */
  isMutation?: boolean;
};

/** The calls of a recovery: as many at once as S3 takes, patient with throttling and lost connections, standing still while paused. */
export class S3Calls {
  readonly concurrency: AdaptiveConcurrency;
  readonly #context: RecoveryContext;
  readonly #signal: AbortSignal;

  /** @param signal the recovery's own, which also aborts when a part of it fails. */
  constructor(context: RecoveryContext, signal: AbortSignal) {
    this.#context = context;
    this.#signal = signal;
    this.concurrency = new AdaptiveConcurrency(context.clock);
    for (const [operation, rate] of Object.entries(RATES)) context.aws.setRate("s3", operation, rate);
  }

  /** Rejects with a Failure when the last round failed, or at once for what does not pass by waiting; with the signal's reason. */
  async call<O extends OperationName<"s3">>(
    operation: O,
    input: InputOf<"s3", O>,
    { isMutation = false, ...options }: Options = {},
  ): Promise<CallResult<OutputOf<"s3", O>>> {
    const { aws, clock, pause } = this.#context;
    const signal = this.#signal;
    let isCallerChecked = false;
    for (let round = 1; ; round++) {
      try {
        return await this.concurrency.run(async () => {
          // Looked at when it is its turn: what waited for that must not leave either.
          await pause.passed(signal);
          // What has left may take effect: it is not called back, so that the manifest knows what came of it.
          const answer = await aws.call("s3", operation, input, {
            purpose: "action",
            ...(isMutation ? {} : { signal }),
            ...options,
          });
          this.concurrency.answered(answer.attempts > 1);
          return answer;
        });
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof Failure)) throw error;
        if (error.kind === "throttled") this.concurrency.answered(true);
        if (error.kind === "refused" && isMutation && !isCallerChecked) {
          // Renewed credentials have another key, which the gate refuses until the caller is confirmed again.
          isCallerChecked = true;
          await this.#context.checkCaller();
          continue;
        }
        const passes =
          error.kind === "throttled" || error.kind === "expired" || (error.kind === "unreachable" && !isMutation);
        if (!passes || round === ROUNDS) throw error;
        await clock.sleep(WAIT_MS * 2 ** (round - 1), signal);
      }
    }
  }
}
