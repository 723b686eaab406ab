/** "Are you well?": the terminal answers when it has drawn all before it (DSR, ECMA-48 8.3.35). */
export const QUESTION = "\u001b[5n";

/** Its answer. No key sends this. */
export const ANSWER = "\u001b[0n";

const ANSWERS = /\u001b\[0n/g;

/** Takes the terminal's answers out of what is typed, also when one arrives in pieces. Text is latin1: a character a byte. */
export class ReplyFilter {
  #held = "";

  /** What came, without answers, and how many there were. An unfinished answer at its end is held when `expecting`. */
  push(input: string, expecting: boolean): { input: string; answers: number } {
    const all = this.#held + input;
    const rest = all.replace(ANSWERS, "");
    const held = expecting ? unfinished(rest) : 0;
    this.#held = rest.slice(rest.length - held);
    return { input: rest.slice(0, rest.length - held), answers: (all.length - rest.length) / ANSWER.length };
  }

  get holds(): boolean {
    return this.#held !== "";
  }

  /** What was held after all: it was no answer (the escape key). */
  release(): string {
    const held = this.#held;
    this.#held = "";
    return held;
  }
}

/** Length of the longest end of `text` that may be the beginning of an answer. */
function unfinished(text: string): number {
  for (let length = ANSWER.length - 1; length > 0; length--) {
    if (text.endsWith(ANSWER.slice(0, length))) return length;
  }
  return 0;
}
