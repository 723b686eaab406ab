import * as z from "zod";
import { Failure } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import type { ActionDefinition } from "../contract.ts";
import { recordPlan } from "../record-plan.ts";

const RUNBOOK = "Break-Glass Access > Procedure";

function said(text: string, what: string): string {
  const clean = sanitizeLine(text).trim();
  if (clean !== "") return clean;
  throw new Failure({ kind: "invalid", what, why: "it is empty", next: "Write at least a word." });
}

const documentedParameters = z.object({ where: z.string().describe("Where: the channel, a link to the message") });

/** Step 4 of the runbook's procedure: the actions stand in the incident channel. */
export const breakGlassDocumented: ActionDefinition<z.infer<typeof documentedParameters>> = {
  id: "break-glass-documented",
  title: "Say where the break-glass actions are documented",
  description: "Step 4 of the procedure: every action taken is in the incident channel.",
  runbook: RUNBOOK,
  tier: "none",
  parameters: documentedParameters,
  operations: [],
  async prepare(context, given) {
    const where = said(given.where, "where");
    const payload = { by: context.operator, where };
    return recordPlan(
      breakGlassDocumented,
      `Break-glass documented: ${where}`,
      { where },
      { kind: "break-glass.documented", payload },
    );
  },
};

const reviewParameters = z.object({
  reviewer: z.string().describe("Who reviews that it was needed and what was done, by name"),
});

/** Step 6: somebody other than the two answers for the review. */
export const breakGlassReview: ActionDefinition<z.infer<typeof reviewParameters>> = {
  id: "break-glass-review",
  title: "Name the reviewer of the break-glass use",
  description: "Step 6 of the procedure: the post-mortem explains why it was needed, and this person reviews it.",
  runbook: RUNBOOK,
  tier: "none",
  parameters: reviewParameters,
  operations: [],
  async prepare(context, given) {
    const reviewer = said(given.reviewer, "reviewer");
    const payload = { by: context.operator, reviewer };
    return recordPlan(
      breakGlassReview,
      `Break-glass reviewer: ${reviewer}`,
      { reviewer },
      { kind: "break-glass.review", payload },
    );
  },
};
