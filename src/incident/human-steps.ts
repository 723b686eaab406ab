import { randomUUID } from "node:crypto";
import { Failure } from "../base/failure.ts";
import type { CockpitStore } from "../state/store.ts";

/** Steps of a plan that a person does: shown through the store, answered by whoever sits at the screen. */
export class HumanSteps {
  readonly #store: CockpitStore;
  readonly #operator: () => string;
  #settle: ((isDone: boolean) => void) | undefined;

  constructor(store: CockpitStore, operator: () => string) {
    this.#store = store;
    this.#operator = operator;
  }

  /** Resolves with who said that it is done. Rejects with a Failure when it cannot be done, or with the signal's reason. */
  readonly ask = async (instruction: string, signal: AbortSignal): Promise<string> => {
    signal.throwIfAborted();
    const id = randomUUID();
    const answered = new Promise<boolean>((resolve, reject) => {
      this.#settle = resolve;
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    this.#store.setState({ human: { id, instruction } });
    try {
      if (await answered) return this.#operator();
    } finally {
      this.#settle = undefined;
      this.#store.setState({ human: null });
    }
    throw new Failure({
      kind: "refused",
      what: instruction,
      why: `${this.#operator()} said that it cannot be done`,
      next: "The steps after it were not done. Look at the undo ledger (z), and prepare the action again when it can be.",
    });
  };

  /** The responder's word on the step with this id; one that is not asked for any more is passed over. */
  answer(id: string, isDone: boolean): void {
    if (this.#store.getState().human?.id === id) this.#settle?.(isDone);
  }
}
