import { createInterface } from "node:readline/promises";
import type { JobContext } from "../actions/jobs.ts";
import { Failure } from "../base/failure.ts";

/** Lines that a terminal shows can be taken off it again, as long as they are on its screen. */
const CLEAR_LINES_UP = (count: number) => `\u001b[${count}A\r\u001b[J`;

/**
 * Shows a secret once on the terminal that `mayday run` was started in, and takes it off when the responder has it.
 * @throws Failure (refused) where there is no terminal: a secret never goes into a pipe or a log.
 */
export const showSecretOnTerminal: JobContext["showSecret"] = async ({ title, explanation, lines }, signal) => {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new Failure({
      kind: "refused",
      what: title,
      why: "there is no terminal to show it on",
      next: "Name a file for it, or run it from the cockpit.",
    });
  }
  const answers = createInterface({ input: process.stdin, output: process.stderr });
  try {
    process.stderr.write(`\n${title}\n${explanation}\n${lines.join("\n")}\n`);
    await answers.question("Press Enter once you have it: it cannot be shown again. ", { signal });
  } finally {
    answers.close();
    process.stderr.write(CLEAR_LINES_UP(lines.length + 1));
  }
};
