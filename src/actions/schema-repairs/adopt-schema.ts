import * as z from "zod";
import { Failure } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import type { Deployment } from "../../config/deployment.ts";
import { compareSchemas, differenceTexts } from "../../iceberg/compare.ts";
import { templatePatch } from "../../iceberg/template-patch.ts";
import type { ActionDefinition, HumanStep, Prepared } from "../contract.ts";
import { COMPARE_OPERATIONS, compareStep } from "./compare-schema.ts";
import { catalogEntry, readMetadataFile } from "./table-facts.ts";
import { findTemplate } from "./templates.ts";

const parameters = z.object({
  table: z.string().min(3).describe("Table as namespace.table, such as lakehouse.orders"),
});

/** Lets a template follow its live table: a person applies the patch and Terraform, then both are compared again. */
export const adoptSchema: ActionDefinition<z.infer<typeof parameters>> = {
  id: "adopt-schema",
  title: "Let a table template follow its live table",
  description:
    "The patch of the YAML and terraform apply as your steps; then template and live schema are compared again.",
  runbook: "Common Failure Runbooks > Schema Drift Alert",
  tier: "yes",
  parameters,
  operations: COMPARE_OPERATIONS,
  async prepare(context, { table }): Promise<Prepared> {
    const { deployment } = context;
    const [template, entry] = await Promise.all([
      findTemplate(deployment, table),
      catalogEntry(context, deployment, table),
    ]);
    if (!template) {
      throw new Failure({
        kind: "not-found",
        what: `the template of ${sanitizeLine(table)}`,
        why:
          deployment.tableTemplates === undefined
            ? "no folder of table templates is set"
            : "the folder has none of this name",
        next: "Set tableTemplates (MAYDAY_TABLE_TEMPLATES) to the folder table-templates of a checkout.",
      });
    }
    const live = (await readMetadataFile(context, entry.metadataLocation)).schema.fields;
    const difference = compareSchemas(template.fields, live);
    const patch = templatePatch(template, live);
    const logGroups = deployment.dagster?.logGroups ?? [];
    return {
      facts: {
        table,
        template: template.file,
        metadata: entry.metadataLocation,
        differs: difference ? differenceTexts(difference).join("; ") : "in nothing",
      },
      checks: [
        patch
          ? { label: "patch", status: "pass", detail: "the patched template says what the live table is" }
          : { label: "patch", status: "fail", detail: "template and live schema agree already" },
        ...(patch?.notes ?? []).map((detail) => ({ label: "look at", status: "warn" as const, detail })),
      ],
      plan: {
        actionId: adoptSchema.id,
        title: `Let the template of ${table} follow the live table`,
        parameters: { table },
        tier: "yes",
        resourceName: table,
        effects: ["Dagster and Terraform take the live schema for the right one from the next deployment on."],
        caveats: ["Only where the change was meant: ask its author first. By accident: roll-back-schema."],
        steps: [
          patchStep(template.file, patch?.diff ?? ""),
          applyStep(deployment),
          compareStep({ place: entry.place, template: template.file, name: table, logGroups }),
        ],
        verify: null,
        guard: null,
      },
    };
  },
};

function patchStep(file: string, diff: string): HumanStep {
  return {
    kind: "human",
    id: "apply-patch",
    title: "Apply the patch to the template, in the checkout",
    instruction: [
      "In the checkout of the lakehouse's repository: git apply, review, commit, merge.",
      `The file that is compared afterwards: ${file}`,
      "",
      diff,
    ].join("\n"),
  };
}

/** In the words of the Terraform template's own guide to several environments. */
function applyStep({ environment, terraform }: Deployment): HumanStep {
  const key = terraform?.stateKey ?? `iceberg-lakehouse/${environment}/terraform.tfstate`;
  return {
    kind: "human",
    id: "terraform-apply",
    title: "terraform apply, and deploy Dagster with the new template",
    instruction: [
      "Read the plan before you say yes: it may also take back what this incident changed (bucket policy, desired counts).",
      "",
      "cd aws",
      `terraform init -reconfigure -backend-config="key=${key}"`,
      `terraform plan -var-file=../environments/${environment}.tfvars`,
      `terraform apply -var-file=../environments/${environment}.tfvars`,
      "",
      "Dagster reads the templates of its image: build and deploy it, or the sensor goes on comparing with the old one.",
    ].join("\n"),
  };
}
