import type { RecordEntry } from "../record/entries.ts";
import { inline } from "./markdown.ts";
import { hourMinute } from "./times.ts";

/**
 * What guided diagnoses said, an item each: the last one that named each verdict, with its reasons. They are cited, not concluded:
 * the root cause is for people to judge.
 */
export function diagnosisFacts(entries: readonly RecordEntry[]): string[] {
  const told = new Map<string, string>();
  for (const entry of entries) {
    if (entry.kind !== "diagnosis.finished") continue;
    const { title, conclusion, summary, verdicts, unknown, startedAtMs } = entry.payload;
    const when = `Diagnosis "${inline(title)}" at ${hourMinute(startedAtMs)}`;
    const open = unknown.length > 0 ? ` Not readable: ${unknown.map(inline).join("; ")}.` : "";
    if (conclusion !== "causes") {
      told.set(conclusion, `${when}: ${inline(summary)}${conclusion === "inconclusive" ? "" : open}`);
      continue;
    }
    for (const verdict of verdicts) {
      const reasons = verdict.for.slice(0, REASONS_SHOWN).map(inline).join(" ");
      const against = verdict.against.length > 0 ? ` Against it: ${verdict.against.map(inline).join(" ")}` : "";
      told.delete(verdict.id);
      told.set(
        verdict.id,
        `${when}: ${inline(verdict.title)} (${verdict.certainty}). ${reasons}${against}${open}`.trim(),
      );
    }
  }
  return [...told.values()];
}

/** Reasons of one verdict that are cited; the record has all. */
const REASONS_SHOWN = 3;
