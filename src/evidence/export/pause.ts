/** Lets a long job stand still between two calls, without losing anything. */
export class PauseGate {
  #paused = false;
  #waiting: (() => void)[] = [];

  get paused(): boolean {
    return this.#paused;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Resolves at once while nothing is paused, else when it goes on; rejects with the signal's reason when it aborts first. */
  async passed(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (this.#paused) {
      await new Promise<void>((resolve, reject) => {
        const abort = () => reject(signal.reason);
        signal.addEventListener("abort", abort, { once: true });
        this.#waiting.push(() => {
          signal.removeEventListener("abort", abort);
          resolve();
        });
      });
    }
  }
}
