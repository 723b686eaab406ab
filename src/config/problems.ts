import { Failure } from "../base/failure.ts";
import { sanitizeLine, truncate } from "../base/text.ts";
import { maskUrl } from "./mask.ts";

/** One thing that is wrong with the configuration. */
export interface Problem {
  /** `mayday.yaml:3`, the variable's or the flag's name. */
  origin: string;
  /** The setting's key, where the problem is about one. */
  key?: string;
  /** What is wrong and what was expected, without a full stop. */
  message: string;
}

/** A value as a problem names it: short, on one line, without the password of a URL. */
export function quoteValue(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  return truncate(sanitizeLine(maskUrl(JSON.stringify(value) ?? String(value))), 60);
}

/** All problems at once as one failure. */
export function problemsFailure(problems: readonly Problem[]): Failure {
  const lines = problems.map(({ origin, key, message }) => `${origin}${key ? ` ${key}` : ""}: ${message}`);
  const why =
    lines.length === 1 ? lines[0]! : `${lines.length} problems:\n${lines.map((line) => `  ${line}`).join("\n")}`;
  return new Failure({
    kind: "invalid",
    what: "Reading the configuration",
    why,
    next: "Correct this and start again; docs/mayday.example.yaml shows every key, `mayday config` the effective values.",
  });
}

/** The candidate that `word` was most likely meant to be, or undefined when none is near. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[-_\s]/g, "");
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(plain(word).length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(plain(word), plain(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance: single-character insertions, deletions and replacements. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = previous[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[to.length]!;
}
