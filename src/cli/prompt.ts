import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { Failure } from "../base/failure.ts";

/**
 * Asks for the code of an MFA device on the terminal, without showing what is typed. Throws a Failure that says what to do when there is
 * no terminal to ask on.
 */
export async function askMfaCode(serial: string): Promise<string> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new Failure({
      kind: "expired",
      what: "get credentials",
      why: `the profile needs a code of the MFA device ${serial}, and there is no terminal to ask on`,
      next: "Run it in a terminal, or export session credentials (aws sts get-session-token) first.",
    });
  }
  return typed(`Code of MFA device ${serial}: `, () => {
    return new Failure({
      kind: "refused",
      what: "get credentials",
      why: "no MFA code was given",
      next: "Start again when you have the code.",
    });
  });
}

/** One line from the terminal, not shown while it is typed. */
async function typed(label: string, missing: () => Failure): Promise<string> {
  process.stderr.write(label);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once("line", (line) => resolve(line.trim()));
      lines.once("SIGINT", () => reject(missing()));
      lines.once("close", () => reject(missing()));
    });
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}
