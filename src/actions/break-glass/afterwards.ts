import * as z from "zod";
import { Failure } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import type { RecordDraft } from "../../record/entries.ts";
import type { ActionDefinition } from "../contract.ts";
import { recordPlan } from "../record-plan.ts";

/** A word of the responder on a step of the procedure; its only effect is on the record. */
interface Word {
  id: string;
  title: string;
  description: string;
  /** The parameter, and what it asks for. */
  name: string;
  asks: string;
  /** How the entry begins: "Break-glass reviewer". */
  says: string;
  entry(word: string, by: string): RecordDraft;
}

function wordOf({ id, title, description, name, asks, says, entry }: Word): ActionDefinition<Record<string, string>> {
  const definition: ActionDefinition<Record<string, string>> = {
    id,
    title,
    description,
    runbook: "Break-Glass Access > Procedure",
    tier: "none",
    parameters: z.object({ [name]: z.string().describe(asks) }),
    operations: [],
    async prepare({ operator }, given) {
      const word = sanitizeLine(given[name] ?? "").trim();
      if (word === "")
        throw new Failure({ kind: "invalid", what: name, why: "it is empty", next: "Write at least a word." });
      return recordPlan(definition, `${says}: ${word}`, { [name]: word }, entry(word, operator));
    },
  };
  return definition;
}

/** Step 4 of the runbook's procedure: the actions stand in the incident channel. */
export const breakGlassDocumented = wordOf({
  id: "break-glass-documented",
  title: "Say where the break-glass actions are documented",
  description: "Step 4 of the procedure: every action taken is in the incident channel.",
  name: "where",
  asks: "The channel, or a link to the message",
  says: "Break-glass documented",
  entry: (where, by) => ({ kind: "break-glass.documented", payload: { by, where } }),
});

/** Step 6: somebody other than the two answers for the review. */
export const breakGlassReview = wordOf({
  id: "break-glass-review",
  title: "Name the reviewer of the break-glass use",
  description: "Step 6 of the procedure: the post-mortem explains why it was needed, and this person reviews it.",
  name: "reviewer",
  asks: "Who reviews that it was needed and what was done, by name",
  says: "Break-glass reviewer",
  entry: (reviewer, by) => ({ kind: "break-glass.review", payload: { by, reviewer } }),
});
