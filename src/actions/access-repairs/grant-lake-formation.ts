import * as z from "zod";
import type { Json, JsonObject } from "../../base/json.ts";
import type { ActionDefinition, CallStep, Check, Prepared, Reading } from "../contract.ts";
import { takeReading } from "../reading.ts";

const PERMISSIONS = ["ALL", "ALTER", "DELETE", "DESCRIBE", "DROP", "INSERT", "SELECT"] as const;

const parameters = z.object({
  principal: z
    .string()
    .regex(/^arn:[a-z-]+:iam::\d{12}:(role|user)\/[\w+=,.@/-]+$/)
    .describe("ARN of the role or user"),
  database: z.string().min(1).describe("Glue database"),
  table: z.string().default("*").describe("Table, or * for all tables of the database"),
  permissions: z
    .string()
    .refine(
      (text) =>
        listOf(text).length > 0 && listOf(text).every((one) => (PERMISSIONS as readonly string[]).includes(one)),
    )
    .describe(`Permissions, commas between: ${PERMISSIONS.join(", ")}`),
});

const listOf = (text: string) => text.split(/[\s,]+/).filter((one) => one !== "");

/** Grants permissions of Lake Formation on tables to one principal. */
export const grantLakeFormation: ActionDefinition<z.infer<typeof parameters>> = {
  id: "grant-lake-formation",
  title: "Grant permissions of Lake Formation on tables",
  description: "Grants what was taken away, to one principal, without the right to grant it on. Can be undone.",
  runbook: "Common Failure Runbooks > S3 403 Forbidden",
  tier: "name",
  parameters,
  operations: [
    "lakeformation:ListPermissions",
    "lakeformation:GrantPermissions",
    "lakeformation:RevokePermissions",
    "sts:GetCallerIdentity",
  ],
  async prepare(context, { principal, database, table, permissions }): Promise<Prepared> {
    const { signal } = context;
    const resource: JsonObject = {
      Table: { DatabaseName: database, ...(table === "*" ? { TableWildcard: {} } : { Name: table }) },
    };
    const reading = grantReading(principal, resource);
    const { picked } = await takeReading(context.aws, reading, { purpose: "action", ...(signal ? { signal } : {}) });
    const before = textsOf(picked.permissions ?? null);
    const added = listOf(permissions).filter((one) => !before.includes(one));
    const role = principal.split("/").at(-1) ?? principal;
    const on = table === "*" ? `all tables of ${database}` : `${database}.${table}`;
    const check: Check =
      added.length > 0
        ? {
            label: "permissions",
            status: "pass",
            detail: `${added.join(", ")} missing; it has ${before.join(", ") || "none"}`,
          }
        : { label: "permissions", status: "fail", detail: `${role} has ${before.join(", ")} on ${on} already` };
    return {
      facts: { principal, on, "permissions now": before.join(", ") || "none", grant: added.join(", ") },
      checks: [check],
      plan: {
        actionId: grantLakeFormation.id,
        title: `Grant ${added.join(", ")} on ${on} to ${role}`,
        parameters: { principal, database, table, permissions },
        tier: "name",
        resourceName: role,
        effects: [`${role} may use ${on} again: catalog first, then the objects behind it.`],
        caveats: [
          "If an access review took them away, tell its author: otherwise the next one takes them again.",
          "Where Terraform has the grant (aws_lakeformation_permissions), put it back there too.",
        ],
        steps: [grantStep({ principal, resource, on, role }, reading, before, added)],
        verify: {
          kind: "wait",
          id: "verify-grant",
          title: "Lake Formation lists the permissions",
          reading,
          until: [{ label: "permissions", op: "equals", value: union(before, added) }],
          deadlineMs: 60_000,
        },
        undoing: { effects: [`${role} may no longer use ${on}: its jobs fail again.`], tier: "name" },
        guard: null,
      },
    };
  },
};

function grantReading(principal: string, resource: JsonObject): Reading {
  return {
    service: "lakeformation",
    operation: "ListPermissions",
    input: { Principal: { DataLakePrincipalIdentifier: principal }, Resource: resource },
    pick: { permissions: "PrincipalResourcePermissions[0].Permissions.(sorted)" },
    otherwise: { permissions: [] },
  };
}

const textsOf = (value: Json): string[] => (Array.isArray(value) ? value.map(String) : []);
const union = (before: readonly string[], added: readonly string[]) => [...before, ...added].sort();

function grantStep(
  { principal, resource, on, role }: { principal: string; resource: JsonObject; on: string; role: string },
  reading: Reading,
  before: string[],
  added: string[],
): CallStep {
  const base = {
    kind: "call" as const,
    transport: "aws" as const,
    service: "lakeformation",
    resource: `permissions of ${role} on ${on}`,
    input: {
      Principal: { DataLakePrincipalIdentifier: principal },
      Resource: resource,
      Permissions: added,
    },
  };
  const after = union(before, added);
  return {
    ...base,
    id: "grant",
    title: `Grant ${added.join(", ")}`,
    operation: "GrantPermissions",
    state: { reading, before: { permissions: before }, after: { permissions: after } },
    undo: [
      {
        ...base,
        id: "revoke",
        title: `Revoke ${added.join(", ")} again`,
        operation: "RevokePermissions",
        state: { reading, before: { permissions: after }, after: { permissions: before } },
      },
    ],
  };
}
