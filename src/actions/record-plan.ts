import type { JsonObject } from "../base/json.ts";
import type { RecordDraft } from "../record/entries.ts";
import type { Prepared } from "./contract.ts";

/** A plan with one effect: an entry in the record. Nothing is sent to AWS. */
export function recordPlan(
  definition: { id: string },
  title: string,
  parameters: JsonObject,
  entry: RecordDraft,
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
      steps: [{ kind: "record", id: "record", title, entry }],
      verify: null,
      guard: null,
    },
  };
}
