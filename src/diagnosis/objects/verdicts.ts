import type { Finding } from "../check.ts";
import { type Fix, flagFix, type VerdictDefinition } from "../verdict.ts";

const SECOND_MS = 1000;

const iso = (atMs: number) => new Date(atMs).toISOString();

/** The bursts that findings tell of, the largest first. */
function burstsIn(evidence: readonly Finding[]) {
  return evidence
    .flatMap(({ details }) => (typeof details?.objects === "number" ? [details] : []))
    .sort((a, b) => Number(b.objects) - Number(a.objects));
}

export const objectVerdicts: readonly VerdictDefinition[] = [
  {
    id: "objects-deleted",
    title: "Objects of the lakehouse were deleted",
    meaning:
      "Delete markers hide files that tables need. The versions below them are there until the lifecycle expires them (30 days in the template).",
    consequenceOf: [],
    fixes: (evidence) => [
      ...burstsIn(evidence).map(({ fromMs, toMs, objects }): Fix => {
        // A second on each side: S3 keeps whole seconds. What was deleted before and after stays deleted.
        const since = iso(Number(fromMs) - SECOND_MS);
        const until = iso(Number(toMs) + 2 * SECOND_MS);
        return {
          kind: "action",
          title: `Bring back the ${Number(objects)} objects that were deleted between ${since} and ${until}`,
          actionId: "recover-s3-deleted",
          parameters: { since, until },
        };
      }),
      ...burstsIn(evidence)
        .flatMap(({ tables }) => (Array.isArray(tables) ? tables : []))
        .map(
          (table): Fix => ({
            kind: "action",
            title: `Recover the table ${String(table)}`,
            actionId: "recover-table",
            parameters: { table: String(table) },
          }),
        ),
      {
        kind: "action",
        title: "Meanwhile nothing more is deleted: freeze deletion by the bucket policy",
        actionId: "contain-s3",
        parameters: { level: "freeze-deletion" },
      },
      flagFix("suspected-data-loss", "objects of the lakehouse were deleted"),
    ],
  },
];
