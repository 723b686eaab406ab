import { userInfo } from "node:os";
import { createInterface } from "node:readline/promises";
import { Failure } from "../base/failure.ts";
import { sanitizeText } from "../base/text.ts";

/**
 * Asks on the terminal for a step that a person does, as `mayday run` does. Resolves with who said that it is done.
 * @throws Failure (refused) without a terminal, or when the answer is not `yes`.
 */
export async function askHumanStep(instruction: string, signal: AbortSignal): Promise<string> {
  const refused = (why: string, next: string) => new Failure({ kind: "refused", what: instruction, why, next });
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw refused("this step needs a person, and there is no terminal to ask on", "Run the action from the cockpit.");
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    process.stderr.write(`\nYour step:\n${sanitizeText(instruction)}\n`);
    const answer = await lines.question('Type "yes" when it is done, anything else when it cannot be: ', { signal });
    if (answer.trim().toLowerCase() === "yes") return userInfo().username;
  } finally {
    lines.close();
  }
  throw refused(`${userInfo().username} said that it cannot be done`, "The steps after it were not done.");
}
