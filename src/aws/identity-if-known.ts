import type { Clock } from "../base/clock.ts";
import { Failure } from "../base/failure.ts";
import type { CallerIdentity } from "./contract.ts";

/** How long is waited for STS, machine ms. */
const WAIT_MS = 3000;

/**
 * Who the caller is, where STS says so in time: undefined while it cannot be reached, limits us, or the credentials have run out. What
 * tells people must not wait for that. Rejects with the gate's Failure when the credentials belong to another account than the
 * incident's, and with the signal's reason.
 */
export async function identityIfKnown(
  asking: Promise<CallerIdentity>,
  clock: Clock,
  signal: AbortSignal,
): Promise<CallerIdentity | undefined> {
  const answered = new AbortController();
  const late = clock.sleep(WAIT_MS, AbortSignal.any([signal, answered.signal])).then(
    () => undefined,
    () => undefined,
  );
  try {
    const identity = await Promise.race([asking, late]);
    signal.throwIfAborted();
    return identity;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure && error.kind === "refused") throw error;
    // Not known is an answer here: whoever asks goes on without, and the header shows why STS did not say.
    return undefined;
  } finally {
    answered.abort();
    // An answer that comes too late is nobody's to miss.
    asking.catch(() => undefined);
  }
}
