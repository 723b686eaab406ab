import type { CallResult } from "../../aws/contract.ts";
import { Failure } from "../../base/failure.ts";
import type { ExportContext } from "./contract.ts";
import type { Pace } from "./pace.ts";

/** Rounds of the client layer's own attempts; between them this long, machine ms, doubled each time. */
const ROUNDS = 5;
const WAIT_MS = 1000;

/**
 * One call of an export: waits while it is paused and for its turn, and is patient with throttling and lost connections, because
 * a long export must not end by a short trouble. Rejects with what the last round gave, or the signal's reason.
 */
export async function retrying<T>(
  { pause, clock }: Pick<ExportContext, "pause" | "clock">,
  signal: AbortSignal,
  pace: Pace,
  call: () => Promise<CallResult<T>>,
): Promise<CallResult<T>> {
  for (let round = 1; ; round++) {
    await pause.passed(signal);
    await pace.take(signal);
    const askedMs = clock.monotonic();
    try {
      const answer = await call();
      pace.answered(answer.attempts > 1, clock.monotonic() - askedMs - answer.durationMs);
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Failure) || !["throttled", "unreachable"].includes(error.kind)) throw error;
      if (error.kind === "throttled") pace.answered(true);
      if (round === ROUNDS) throw error;
      await clock.sleep(WAIT_MS * 2 ** (round - 1), signal);
    }
  }
}
