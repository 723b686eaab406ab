import * as z from "zod";
import { Failure } from "../base/failure.ts";
import type { Json } from "../base/json.ts";
import { sanitizeLine } from "../base/text.ts";
import type { ActionDefinition, CallStep, Check, Reading, WaitStep } from "./contract.ts";

const parameters = z.object({
  table: z.string().describe("DynamoDB table"),
  read: z
    .string()
    .default("")
    .describe("Read request units a second at most (empty: ten times as many, where there is a maximum)"),
  write: z
    .string()
    .default("")
    .describe("Write request units a second at most (empty: ten times as many, where there is one)"),
});

/** How much higher a maximum is set unless told otherwise: a maximum is there to bound cost, so it stays one. */
const TIMES = 10;

/** Raises the maximum throughput that an on-demand table was given. */
export const raiseTableMaximum: ActionDefinition<z.infer<typeof parameters>> = {
  id: "raise-table-maximum",
  title: "Raise the maximum throughput of a DynamoDB table",
  description: "For an on-demand table with a maximum of its own. The maximum stays one, higher. Can be undone.",
  runbook: "Common Failure Runbooks > Nessie Unreachable",
  tier: "yes",
  parameters,
  operations: ["dynamodb:DescribeTable", "dynamodb:UpdateTable", "sts:GetCallerIdentity"],
  async prepare({ aws, signal }, { table, read, write }) {
    const name = table.trim();
    const options = { purpose: "action" as const, ...(signal ? { signal } : {}) };
    const { output } = await aws.call("dynamodb", "DescribeTable", { TableName: name }, options);
    const { OnDemandThroughput: now, BillingModeSummary: billing, TableStatus: status = "" } = output.Table ?? {};
    const [nowRead, nowWrite] = [maximum(now?.MaxReadRequestUnits), maximum(now?.MaxWriteRequestUnits)];
    const next = { read: wanted(read, nowRead), write: wanted(write, nowWrite) };
    const changes = [
      ...(next.read === undefined
        ? []
        : [{ label: "read units", member: "MaxReadRequestUnits", from: nowRead, to: next.read }]),
      ...(next.write === undefined
        ? []
        : [{ label: "write units", member: "MaxWriteRequestUnits", from: nowWrite, to: next.write }]),
    ];
    const onDemand = billing?.BillingMode === "PAY_PER_REQUEST";
    const checks: Check[] = [
      {
        label: "billing",
        status: onDemand ? "pass" : "fail",
        detail: onDemand ? "on-demand" : "provisioned: it has no maximum of this kind",
      },
      {
        label: "maximum",
        status: changes.length > 0 ? "pass" : "fail",
        detail:
          changes.length > 0
            ? changes.map(({ label, from, to }) => `${label}: ${from ?? "none"} becomes ${to}`).join("; ")
            : "the table has no maximum: what limits it is a hot partition or the account",
      },
      { label: "table", status: status === "ACTIVE" ? "pass" : "warn", detail: sanitizeLine(status) },
    ];
    const throughput = (side: "from" | "to") =>
      Object.fromEntries(changes.map((change) => [change.member, change[side] ?? -1]));
    const state = (side: "from" | "to"): Record<string, Json> =>
      Object.fromEntries(changes.map((change) => [change.label, change[side] ?? null]));
    const reading: Reading = {
      service: "dynamodb",
      operation: "DescribeTable",
      input: { TableName: name },
      pick: {
        "read units": "Table.OnDemandThroughput.MaxReadRequestUnits",
        "write units": "Table.OnDemandThroughput.MaxWriteRequestUnits",
        status: "Table.TableStatus",
      },
    };
    const step = (id: string, title: string, from: "from" | "to", to: "from" | "to"): CallStep => ({
      kind: "call",
      id,
      title,
      transport: "aws",
      service: "dynamodb",
      operation: "UpdateTable",
      input: { TableName: name, OnDemandThroughput: throughput(to) },
      resource: `table ${name}`,
      state: { reading, before: state(from), after: state(to) },
    });
    const wait = (id: string, title: string, side: "from" | "to"): WaitStep => ({
      kind: "wait",
      id,
      title,
      reading,
      until: [
        { label: "status", op: "equals", value: "ACTIVE" },
        ...changes.map((change) => ({ label: change.label, op: "equals" as const, value: change[side] ?? -1 })),
      ],
      deadlineMs: 300_000,
    });
    const words = changes.map(({ label, to }) => `${to} ${label}`).join(", ");
    return {
      facts: {
        table: sanitizeLine(name),
        "maximum now": `${nowRead ?? "no"} read units, ${nowWrite ?? "no"} write units`,
        "maximum then": words,
      },
      checks,
      plan: {
        actionId: raiseTableMaximum.id,
        title: `Raise the maximum of ${name} to ${words}`,
        parameters: { table: name, read: next.read ?? "", write: next.write ?? "" },
        tier: "yes",
        resourceName: name,
        effects: ["Requests up to the new maximum are served, and paid for by the request."],
        caveats: [
          "Somebody set the maximum to bound the cost: tell them. -1 in aws dynamodb update-table takes it away altogether.",
          "AWS applies it within a minute or so; until then requests are refused as before.",
        ],
        steps: [
          {
            ...step("raise", `Set the maximum to ${words}`, "from", "to"),
            undo: [
              step("restore", "Set the former maximum", "to", "from"),
              wait("wait-restored", "The table has its former maximum", "from"),
            ],
          },
        ],
        verify: wait("verify-maximum", "The table has the new maximum and is active", "to"),
        undoing: {
          effects: ["Requests beyond the former maximum are refused again: Nessie is slow, and answers 5xx."],
        },
        guard: null,
      },
    };
  },
};

/** -1 stands for none. */
const maximum = (units: number | undefined) => (units === undefined || units < 1 ? undefined : units);

function wanted(text: string, now: number | undefined): number | undefined {
  if (text.trim() === "") return now === undefined ? undefined : now * TIMES;
  const units = Number(text.trim());
  if (Number.isInteger(units) && units >= 1) return units;
  const why = `"${sanitizeLine(text)}" is no number of request units`;
  throw new Failure({ kind: "invalid", what: "maximum", why, next: "Give a whole number above 0." });
}
