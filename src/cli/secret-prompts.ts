import { Failure } from "../base/failure.ts";
import type { PromptSource } from "../cockpit/prompts.ts";
import { askMfaCode } from "./prompt.ts";

type Listener = Parameters<PromptSource["subscribe"]>[0];

/**
 * Where the client layer's question for an MFA code goes: to the cockpit's masked dialog while it is open, before that to the plain
 * terminal. The code passes through and is kept nowhere.
 */
export class SecretPrompts implements PromptSource {
  readonly #aside: <T>(work: () => Promise<T>) => Promise<T>;
  #listener: Listener | undefined;

  /** @param aside does something on the plain terminal while the cockpit is not open yet. */
  constructor(aside: <T>(work: () => Promise<T>) => Promise<T> = (work) => work()) {
    this.#aside = aside;
  }

  subscribe(listener: Listener): () => void {
    this.#listener = listener;
    return () => {
      if (this.#listener === listener) this.#listener = undefined;
    };
  }

  /** Asks for the code of an MFA device. Rejects with a Failure when the question is cancelled, or there is nobody to ask. */
  readonly mfaCode = (serial: string): Promise<string> => {
    const listener = this.#listener;
    if (!listener) return this.#aside(() => askMfaCode(serial));
    return new Promise((resolve, reject) => {
      listener({
        label: `Code of MFA device ${serial}`,
        masked: true,
        answer: (text) => resolve(text.trim()),
        cancel: () =>
          reject(
            new Failure({
              kind: "expired",
              what: "get credentials",
              why: "no MFA code was given",
              next: "Press r to be asked again, or log in again in another shell.",
            }),
          ),
      });
    });
  };
}
