import * as z from "zod";
import { Failure } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import type { Component } from "../record/entries.ts";
import type { ActionDefinition } from "./contract.ts";
import { recordPlan } from "./record-plan.ts";

const COMPONENTS: readonly Component[] = ["nessie", "dagster", "s3", "terraform-state", "audit-logs"];

const parameters = z.object({
  components: z.string().describe(`What is affected, separated by commas: ${COMPONENTS.join(", ")}`),
  environment: z.string().default("").describe("Default: the one that the incident was opened for"),
  reasons: z.string().default("").describe("Why, separated by semicolons"),
});

/** Says which environment and which parts are affected: step 1 of the runbook's containment. Nothing is sent to AWS. */
export const setBlastRadius: ActionDefinition<z.infer<typeof parameters>> = {
  id: "blast-radius",
  title: "Say the blast radius",
  description:
    "Which environment and which parts are affected. It goes to the timeline and to the post-mortem's Impact.",
  runbook: "Incident Response > Containment",
  tier: "none",
  parameters,
  operations: [],
  async prepare(context, given) {
    const components = listOf(given.components, ",").map((text) => text.toLowerCase());
    const wrong = components.filter((text) => !(COMPONENTS as readonly string[]).includes(text));
    if (components.length === 0 || wrong.length > 0) {
      throw new Failure({
        kind: "invalid",
        what: "blast radius",
        why: wrong.length > 0 ? `${wrong.join(", ")} is no part of the lakehouse` : "nothing is named",
        next: `Name at least one of ${COMPONENTS.join(", ")}.`,
      });
    }
    const environment = sanitizeLine(given.environment).trim() || context.deployment.environment;
    const reasons = listOf(given.reasons, ";");
    const named = components as Component[];
    return recordPlan(
      setBlastRadius,
      `Blast radius: ${environment}, ${components.join(", ")}`,
      { components: components.join(","), environment, reasons: reasons.join("; ") },
      { kind: "incident.blast-radius", payload: { by: context.operator, environment, components: named, reasons } },
    );
  },
};

function listOf(text: string, separator: string): string[] {
  const items = text.split(separator).map((item) => sanitizeLine(item).trim());
  return [...new Set(items.filter((item) => item !== ""))];
}
