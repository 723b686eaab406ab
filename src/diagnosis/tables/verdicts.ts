import type { JsonObject } from "../../base/json.ts";
import type { Finding, Scope } from "../check.ts";
import type { Fix, VerdictDefinition } from "../verdict.ts";

const text = (value: unknown) => (typeof value === "string" ? value : "");

/** The tables that findings are about, each once. */
function tablesOf(evidence: readonly Finding[]): JsonObject[] {
  const found = new Map<string, JsonObject>();
  for (const { details } of evidence) if (details && text(details.name)) found.set(text(details.name), details);
  return [...found.values()];
}

/** What a person does with Terraform after a template was changed, in the template's own words. */
export function terraformLines({ deployment }: Pick<Scope, "deployment">): string {
  const { environment, terraform } = deployment;
  const key = terraform?.stateKey ?? `iceberg-lakehouse/${environment}/terraform.tfstate`;
  return [
    "cd aws",
    `terraform init -reconfigure -backend-config="key=${key}"`,
    `terraform plan -var-file=../environments/${environment}.tfvars`,
    `terraform apply -var-file=../environments/${environment}.tfvars`,
  ].join("\n");
}

export const driftVerdicts: readonly VerdictDefinition[] = [
  {
    id: "schema-drift-intentional",
    title: "A schema was changed on purpose; its template has not followed",
    meaning: "The live table is right and the YAML template is behind. The template has to say what the table is.",
    consequenceOf: [],
    fixes: (evidence, scope) =>
      tablesOf(evidence).flatMap(({ name, diff, notes }): Fix[] => [
        {
          kind: "action",
          title: `Let the template of ${text(name)} follow, apply, and compare again`,
          actionId: "adopt-schema",
          parameters: { table: text(name) },
        },
        {
          kind: "text",
          title: `Patch of the template of ${text(name)} (git apply)`,
          text: `${text(diff)}${(notes as string[]).map((note) => `# ${note}\n`).join("")}`,
        },
        { kind: "text", title: "Then, in the checkout", text: `${terraformLines(scope)}\n` },
      ]),
  },
  {
    id: "schema-drift-unintentional",
    title: "A schema was changed by accident",
    meaning: "The template is right and the live table is not. Readers and jobs meet columns that they do not expect.",
    consequenceOf: [],
    fixes: (evidence) =>
      tablesOf(evidence).flatMap(({ name, former }): Fix[] => {
        if (!text(former)) {
          return [
            {
              kind: "text",
              title: `${text(name)}: no former metadata file with the template's schema`,
              text: `None of the metadata files that ${text(name)} still lists has the schema of its template: put the columns back by ALTER TABLE (Spark, Athena), which keeps the rows written since.\n`,
            },
          ];
        }
        return [
          {
            kind: "action",
            title: `Point ${text(name)} at its last metadata file with the template's schema`,
            actionId: "roll-back-schema",
            parameters: { table: text(name), metadata: text(former) },
          },
        ];
      }),
  },
];
