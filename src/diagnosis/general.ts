import { formatUtcTime } from "../base/duration.ts";
import { defineCheck } from "./check.ts";
import type { VerdictDefinition } from "./verdict.ts";

/** Verdicts that are about no component. */
export const generalVerdicts: readonly VerdictDefinition[] = [
  {
    id: "contained-by-us",
    title: "Contained by us",
    meaning:
      "This incident holds something down on purpose. What looks broken because of it is no fault; undo it when the cause is gone.",
    consequenceOf: [],
    fixes: () => [],
  },
  {
    id: "nothing-wrong",
    title: "Nothing wrong that these checks can see",
    meaning: "Every check was answered, and none found a fault.",
    consequenceOf: [],
    fixes: () => [],
  },
];

/** Our own containment comes before every other explanation, in every diagnosis. */
export const containmentCheck = defineCheck({
  id: "own-containment",
  title: "What this incident holds down itself",
  diagnoses: [],
  verdicts: ["contained-by-us"],
  needs: {},
  judge: (_facts, { held }) =>
    held
      .filter(({ badge }) => badge !== "")
      .map(({ title, badge, sinceMs, runId }) => ({
        verdict: "contained-by-us",
        strength: "proves",
        text: `${title} (${badge}) has been held open since ${formatUtcTime(sinceMs)} UTC, by this incident.`,
        details: { runId },
      })),
});
