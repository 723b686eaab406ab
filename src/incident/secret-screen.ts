import { Failure } from "../base/failure.ts";

/** A secret that is shown once. It is in this object only: not in the store, and not in the record. */
export interface ShownSecret {
  title: string;
  /** What it belongs to and what to do with it; no secret. */
  explanation: string;
  /** Lines with the secret in them. */
  lines: readonly string[];
  /** The responder has it: it is not shown again. */
  seen(): void;
}

/** Shows it; what it returns takes it away unseen. */
type Listener = (secret: ShownSecret) => () => void;

/** Where secrets of a run are shown: the screen, when there is one that listens. */
export class SecretScreen {
  #listener: Listener | undefined;

  /** Calls `listener` for each secret. Returns how to stop. */
  subscribe(listener: Listener): () => void {
    this.#listener = listener;
    return () => {
      if (this.#listener === listener) this.#listener = undefined;
    };
  }

  /** Resolves when the responder says that they have it. Rejects without a screen, or with the signal's reason. */
  readonly show = (secret: Omit<ShownSecret, "seen">, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    const listener = this.#listener;
    if (!listener) {
      return Promise.reject(
        new Failure({
          kind: "refused",
          what: secret.title,
          why: "there is no screen to show it on",
          next: "Run it from the cockpit, or name a file for it.",
        }),
      );
    }
    return new Promise((resolve, reject) => {
      const withdraw = listener({ ...secret, seen: resolve });
      const abort = () => {
        withdraw();
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
    });
  };
}
