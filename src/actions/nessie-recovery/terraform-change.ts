import type { Deployment } from "../../config/deployment.ts";
import { targetPrefix } from "../../recovery/nessie/tables.ts";
import { PREFIX_VARIABLE, type Store } from "./store.ts";

/** The change of the Terraform configuration that points Nessie at the restored tables, for a person to make. */
export function terraformChange(store: Store, suffix: string, { environment }: Deployment): string {
  const { layout, pairs, revision, named } = store;
  const apply = [
    `terraform plan -var-file=../environments/${environment}.tfvars   # read it: it must destroy no table`,
    `terraform apply -var-file=../environments/${environment}.tfvars`,
  ];
  const role = revision.definition.taskRoleArn?.split("/").at(-1) ?? "the task role";
  const rights = `If the policy of ${role} names its tables, add ${pairs.map(({ targetArn }) => targetArn).join(" and ")}.`;
  if (layout.kind === "single") {
    const [pair] = pairs;
    return [
      `Nessie keeps everything in ${layout.name}; the restored table is ${pair?.target}.`,
      "Changing only the name of aws_dynamodb_table would make Terraform destroy the old table and fail on the new one. Instead:",
      "terraform state rm aws_dynamodb_table.nessie",
      `terraform import aws_dynamodb_table.nessie ${pair?.target}`,
      `- name = "${layout.name}"`,
      `+ name = "${pair?.target}"`,
      "in aws_dynamodb_table.nessie, and the same name wherever Nessie's container gets it.",
      rights,
      ...apply,
    ].join("\n");
  }
  const name = store.variable?.name ?? PREFIX_VARIABLE;
  const line = (sign: string, value: string) => `${sign} { name = "${name}", value = "${value}" },`;
  return [
    `In the environment of container ${named.container} (aws_ecs_task_definition, family ${revision.definition.family}):`,
    ...(store.variable ? [line("-", store.variable.value)] : []),
    line("+", targetPrefix(layout.name, suffix)),
    rights,
    ...apply,
  ].join("\n");
}
