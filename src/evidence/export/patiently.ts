import { Failure } from "../../base/failure.ts";
import type { ExportContext } from "./contract.ts";

/** Rounds of the client layer's own attempts; between them this long, machine ms, doubled each time. */
const ROUNDS = 5;
const WAIT_MS = 1000;

/**
 * One call of a copy or an upload: waits while it is paused, and is made again after throttling, a lost connection or a conflict with another
 * conditional write. Only for calls that may be carried out twice: reads, conditional writes, and parts.
 */
export async function patiently<T>(
  { pause, clock, signal }: Pick<ExportContext, "pause" | "clock" | "signal">,
  call: () => Promise<T>,
): Promise<T> {
  for (let round = 1; ; round++) {
    await pause.passed(signal);
    try {
      return await call();
    } catch (error) {
      signal.throwIfAborted();
      const passes =
        error instanceof Failure &&
        (["throttled", "unreachable"].includes(error.kind) || error.detail.code === "ConditionalRequestConflict");
      if (!passes || round === ROUNDS) throw error;
      await clock.sleep(WAIT_MS * 2 ** (round - 1), signal);
    }
  }
}
