import { formatClock } from "../base/duration.ts";
import type { RecordEntry } from "../record/entries.ts";
import { recoveryObjectives } from "../record/recovery-objectives.ts";
import { forHuman, inline } from "./markdown.ts";
import { dateAndTime } from "./times.ts";

/**
 * Target against attained for every affected component, a list item each. The time can be told from the record; what was lost only by
 * people.
 */
export function objectiveLines(entries: readonly RecordEntry[]): string[] {
  const lines = recoveryObjectives(entries).flatMap(
    ({ label, rto, rtoMs, rpo, realRpo, affected, recovered, partly }) => {
      if (!affected) return [];
      const from = `from ${dateAndTime(affected.startMs)}, ${affected.basis}`;
      const tookMs = recovered && recovered.atMs - affected.startMs;
      const attained =
        recovered && tookMs !== undefined
          ? `attained ${formatClock(tookMs)}, ${tookMs <= rtoMs ? "met" : "**missed**"} (${from}, to ${dateAndTime(recovered.atMs)}: ${inline(recovered.how)})`
          : `not attained by the end of this record (${from})${partly ? `; back in part: ${inline(partly.back.join(", "))}; still affected: ${inline(partly.still)}` : ""}`;
      return [
        `- ${label} (${inline(affected.why)})`,
        `  - RTO ${rto}: ${attained}`,
        `  - RPO ${rpo}; really ${realRpo}. Attained: ${forHuman("what was lost")}`,
      ];
    },
  );
  return lines.length > 0 ? lines : ["No component of the runbook's table was affected, as far as the record says."];
}
