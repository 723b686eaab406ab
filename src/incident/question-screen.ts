import { Failure } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";

/** One question to the responder; exactly one of `answer` and `cancel` is called, once. */
export interface Question {
  /** What is asked: "Code of MFA device arn:aws:iam::111122223333:mfa/ada". Sanitised. */
  label: string;
  /** The answer is a secret: it is neither shown nor kept. */
  masked: boolean;
  answer(text: string): void;
  cancel(): void;
}

type Listener = (question: Question) => void;

/** Where questions of a run go: to the screen, when there is one that listens. */
export class QuestionScreen {
  #listener: Listener | undefined;

  /** Calls `listener` for each question. Returns how to stop. */
  subscribe(listener: Listener): () => void {
    this.#listener = listener;
    return () => {
      if (this.#listener === listener) this.#listener = undefined;
    };
  }

  /** Resolves with the answer. Rejects with a Failure when it is cancelled or nobody is there, or with the signal's reason. */
  readonly ask = (label: string, { masked }: { masked: boolean }, signal: AbortSignal): Promise<string> => {
    signal.throwIfAborted();
    const refused = (why: string, next: string) => new Failure({ kind: "refused", what: label, why, next });
    const listener = this.#listener;
    if (!listener)
      return Promise.reject(refused("there is no screen to ask on", "Run it from the cockpit, and answer there."));
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      listener({
        label: sanitizeLine(label),
        masked,
        answer: resolve,
        cancel: () => reject(refused("it was not answered", "Prepare the action again when you have the answer.")),
      });
    });
  };
}
