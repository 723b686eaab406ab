import { useApp } from "ink";
import { useEffect } from "react";

/** What is done while the terminal is not the cockpit's. */
type Work = () => Promise<void>;

/** The request to give the terminal away for a while, from the key to the component that can do it. */
export class Suspending {
  #listener: ((work: Work) => void) | undefined;

  /** Asks for it; nothing happens while no component listens. `work`: what has the terminal meanwhile; left out: the shell. */
  request(work: Work = stopUntilContinued): void {
    this.#listener?.(work);
  }

  /** Sets who does it. Returns how to stop. */
  listen(listener: (work: Work) => void): () => void {
    this.#listener = listener;
    return () => {
      this.#listener = undefined;
    };
  }
}

/** The job is looked after by the shell; this only keeps the event loop from ending meanwhile. */
const KEEP_ALIVE_MS = 60_000;

/** Stops this process like any job, once the terminal is restored, and resolves when the shell continues it (`fg`). */
async function stopUntilContinued(): Promise<void> {
  const keepAlive = setInterval(() => {}, KEEP_ALIVE_MS);
  try {
    await new Promise<void>((resolve) => {
      process.once("SIGCONT", resolve);
      // The whole job of this terminal, so that a launcher that waits for us is stopped with us.
      process.kill(0, "SIGTSTP");
    });
  } finally {
    clearInterval(keepAlive);
  }
}

/** Carries out such a request: out of the alternate screen, do it, and draw everything again when it is over. */
export function useSuspending(suspending: Suspending, failed: (error: unknown) => void): void {
  const { suspendTerminal } = useApp();
  useEffect(
    () => suspending.listen((work) => void suspendTerminal(work).catch(failed)),
    [suspending, suspendTerminal, failed],
  );
}
