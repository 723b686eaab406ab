import { Failure, failureDetail } from "../base/failure.ts";
import { sanitizeText } from "../base/text.ts";

/** Exit codes of every command; those of `mayday run` are in docs/contracts.md. */
export const EXIT = { ok: 0, failed: 1, usage: 2, refused: 3, unverified: 4, partial: 5 } as const;

/** A failure in the form that every command prints: what failed, why, what to do next. */
export function failureText(error: unknown, what: string): string {
  const detail = failureDetail(error, what);
  const lines = [`mayday: ${detail.what}: ${detail.why}`];
  if (detail.missingPermission) lines.push(`  missing permission: ${detail.missingPermission}`);
  lines.push(`  next: ${detail.next}`);
  return sanitizeText(lines.join("\n"));
}

/** The exit code that fits a failure: what the user gave is 2, what a gate stopped is 3. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof Failure)) return EXIT.failed;
  if (error.kind === "invalid") return EXIT.usage;
  return error.kind === "refused" ? EXIT.refused : EXIT.failed;
}

/** Says what went wrong beside the command's own work, without ending it. */
export function printWarnings(problems: readonly string[]): void {
  for (const problem of problems) process.stderr.write(`mayday: ${problem}\n`);
}
