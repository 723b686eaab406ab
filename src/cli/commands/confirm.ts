import { userInfo } from "node:os";
import { createInterface } from "node:readline/promises";
import { answerBox, readRequest } from "../../base/drop-box.ts";
import { Failure } from "../../base/failure.ts";
import { sanitizeText } from "../../base/text.ts";
import { EXIT } from "../exit.ts";

const FIELDS = {
  principal: "principal",
  by: "asked by",
  second: "second",
  reason: "reason",
  scope: "scope",
  account: "account",
  incident: "incident",
};

/**
 * `mayday confirm CODE`: the second person's word on a break-glass request, from their own login on the same host. Shows the request and
 * asks. Exit code 0 when it was confirmed, 3 when declined.
 * @throws Failure when it is one's own request, root, or there is no such request.
 */
export async function runConfirm(code: string, options: { yes: boolean; decline?: string }): Promise<number> {
  const { uid, content } = await readRequest(code);
  const own = process.getuid?.() ?? 0;
  const refused = (why: string, next: string) => new Failure({ kind: "refused", what: `confirm ${code}`, why, next });
  if (uid === own) throw refused("it is your own request", "The second person confirms it from their own login.");
  if (own === 0) throw refused("root is no person", "Run it as yourself, without sudo.");
  const rows = Object.entries(FIELDS).map(([name, label]) => `  ${label.padEnd(10)} ${text(content[name])}`);
  process.stdout.write(sanitizeText(`Break-glass request ${code} (made by uid ${uid})\n${rows.join("\n")}\n`));
  const isConfirmed = options.decline === undefined && (options.yes || (await agreed()));
  const user = userInfo().username;
  const why = options.decline ?? "";
  await answerBox(code, { requestId: code, user, confirmed: isConfirmed, ...(isConfirmed ? {} : { why }) });
  process.stdout.write(isConfirmed ? "Confirmed. It is on the requester's record with your name.\n" : "Declined.\n");
  return isConfirmed ? EXIT.ok : EXIT.refused;
}

const UNANSWERED = new Failure({
  kind: "refused",
  what: "confirm",
  why: "it was left without an answer: neither confirmed nor declined",
  next: "Run it again to answer; the requester goes on waiting.",
});

const text = (value: unknown): string => (typeof value === "string" ? value : "");

async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new Failure({
      kind: "invalid",
      what: "confirm",
      why: "there is no terminal to ask on",
      next: "Add --yes when you have read the request and agree.",
    });
  }
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-C and Ctrl-D are no answer: readline rejects for the one, and for the other only closes.
  const left = new Promise<never>((_, reject) => {
    lines.once("close", () => reject(UNANSWERED));
  });
  try {
    const answer = lines.question('Type "yes" to confirm, anything else to decline: ').catch(() => {
      throw UNANSWERED;
    });
    return (await Promise.race([answer, left])).trim().toLowerCase() === "yes";
  } finally {
    lines.close();
  }
}
