import * as z from "zod";
import { TABLE_READS, targetPrefix } from "../../recovery/nessie/tables.ts";
import type { ActionDefinition, Check, Prepared } from "../contract.ts";
import { REGISTER_OPERATIONS } from "../register-revision.ts";
import { revisionPlan } from "../revision-plan.ts";
import { REVISION_OPERATIONS, readServiceRevision } from "../service-revision.ts";
import { activeTables, nessieService, PREFIX_VARIABLE, prefixVariable } from "./store.ts";
import { nessieHeldCheck } from "./writers.ts";

const parameters = z.object({
  prefix: z
    .string()
    .trim()
    .regex(/^([A-Za-z0-9_.-]{1,200})?$/, "letters, digits, dots, dashes and underscores")
    .default("")
    .describe("Table prefix that Nessie opens from now on (empty: the present one with -restored)"),
});

/** Points Nessie at the restored tables: a revision of its task definition with another table prefix. */
export const switchNessieTables: ActionDefinition<z.infer<typeof parameters>> = {
  id: "switch-nessie-tables",
  title: "Nessie: switch to the restored tables",
  description:
    "Registers a revision with another table prefix and rolls it out; the Terraform change has to follow. Can be undone.",
  runbook: "Disaster Recovery > Nessie DynamoDB Recovery (Point-in-Time)",
  tier: "name",
  parameters,
  operations: [...new Set([...REVISION_OPERATIONS, ...REGISTER_OPERATIONS, ...TABLE_READS])],
  async prepare(context, { prefix: asked }): Promise<Prepared> {
    const named = nessieService(context);
    const found = await readServiceRevision(context, named);
    const variable = prefixVariable(found, named.container);
    const before = variable?.value ?? "";
    const prefix = asked === "" ? targetPrefix(before, "restored") : asked;
    const name = variable?.name ?? PREFIX_VARIABLE;
    const tables = await activeTables(context, [`${prefix}_refs`, `${prefix}_objs`]);
    const missing = tables.filter(({ table }) => table?.TableStatus !== "ACTIVE");
    const words = missing.map((one) => `${one.name} ${one.table ? `is ${one.table.TableStatus}` : "is not there"}`);
    const checks: Check[] = [
      missing.length > 0
        ? { label: "tables", status: "fail", detail: `${words.join("; ")}: recover-nessie-tables first, to its end` }
        : { label: "tables", status: "pass", detail: `${tables.map((one) => one.name).join(", ")} are ACTIVE` },
      prefix === before
        ? { label: "prefix", status: "fail", detail: `Nessie opens tables of prefix ${prefix} already` }
        : { label: "prefix", status: "pass", detail: `${before || "none"} becomes ${prefix}` },
      nessieHeldCheck(context, found),
    ];
    const change = { variable: { container: named.container, name, value: prefix } };
    const prepared = revisionPlan(context, {
      id: switchNessieTables.id,
      found,
      change,
      title: `Nessie: open the tables of prefix ${prefix}`,
      parameters: { prefix },
      facts: {
        "table prefix": `${before || "none"} -> ${prefix}`,
        "line for Terraform": `{ name = "${name}", value = "${prefix}" }`,
      },
      checks,
      inConfiguration: `Set ${name} to ${prefix} in your Terraform as well, or the next apply takes Nessie back to the damaged tables.`,
      caveats: [
        "If the policy of the task role names its tables, allow the new ones first: tasks that may not read them do not become healthy, and the old ones go on.",
      ],
    });
    const { plan } = prepared;
    const effects = [
      ...plan.effects,
      "What was committed to the present tables since the restored second is not seen any more.",
    ];
    return { ...prepared, plan: { ...plan, tier: "name", effects } };
  },
};
