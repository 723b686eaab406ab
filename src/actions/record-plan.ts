import type { JsonObject } from "../base/json.ts";
import type { RecordDraft } from "../record/entries.ts";
import type { Prepared } from "./contract.ts";

/** A plan whose only effect is entries in the record. Nothing is sent to AWS. */
export function recordPlan(
  definition: { id: string },
  title: string,
  parameters: JsonObject,
  ...entries: RecordDraft[]
): Prepared {
  return {
    facts: {},
    checks: [],
    plan: {
      actionId: definition.id,
      title,
      parameters,
      tier: "none",
      resourceName: "",
      effects: [],
      caveats: [],
      steps: entries.map((entry, index) => ({
        kind: "record",
        id: entries.length === 1 ? "record" : `record-${index + 1}`,
        title,
        entry,
      })),
      verify: null,
      guard: null,
    },
  };
}
