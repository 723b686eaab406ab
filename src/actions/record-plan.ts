import type { JsonObject } from "../base/json.ts";
import type { RecordDraft } from "../record/entries.ts";
import type { Prepared } from "./contract.ts";

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
