import type { JsonObject } from "../base/json.ts";
import { sanitizeLine } from "../base/text.ts";
import type { RecordDraft } from "../record/entries.ts";
import type { Check, Prepared } from "./contract.ts";

/** A plan whose only effect is one entry in the record, or several. Nothing is sent to AWS. */
export function recordPlan(
  definition: { id: string },
  title: string,
  parameters: JsonObject,
  entry: RecordDraft | readonly RecordDraft[],
  facts: Record<string, string> = {},
): Prepared {
  return {
    facts,
    checks: [],
    plan: {
      actionId: definition.id,
      title,
      parameters,
      tier: "none",
      resourceName: "",
      effects: [],
      caveats: [],
      steps: [entry].flat().map((one, index) => ({
        kind: "record",
        id: index === 0 ? "record" : `record-${index + 1}`,
        title,
        entry: one,
      })),
      verify: null,
      guard: null,
    },
  };
}

/**
 * What was found, to be looked at; confirming it writes the summary to the timeline. Nothing is changed in AWS.
 * @param summary a sentence.
 */
export function reportPlan(
  definition: { id: string },
  summary: string,
  parameters: JsonObject,
  { facts, checks }: { facts: Record<string, string>; checks: Check[] },
): Prepared {
  const text = sanitizeLine(summary);
  const entry: RecordDraft = { kind: "incident.note", payload: { text } };
  const prepared = recordPlan(definition, `Note: ${text}`, parameters, entry, facts);
  return { ...prepared, checks, plan: { ...prepared.plan, tier: "yes" } };
}
