import * as z from "zod";
import { formatCountdown } from "../../base/duration.ts";
import { TABLE_READS, targetPrefix } from "../../recovery/nessie/tables.ts";
import { VERIFY_READS } from "../../recovery/nessie/verify-tables.ts";
import { utcDay } from "../../recovery/nessie/words.ts";
import type { ActionDefinition, Check, HumanStep, Prepared } from "../contract.ts";
import { REVISION_OPERATIONS } from "../service-revision.ts";
import { followUpSteps, restoreStep, restoreWait, verifyStep } from "./restore-steps.ts";
import { namesCheck, restoreTime } from "./restore-time.ts";
import { readStore, type Store, type TablePair } from "./store.ts";
import { terraformChange } from "./terraform-change.ts";
import { nessieHeldCheck } from "./writers.ts";

const HOUR_MS = 3_600_000;
/** The runbook's objective for the Nessie catalog. */
const RTO_MS = HOUR_MS;
/** A restore takes at least this long (DynamoDB developer guide: typically 20 minutes or more, whatever the size). */
const LEAST_MS = 20 * 60_000;

export const suffixParameter = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9.-]{1,40}$/, "letters, digits, dots and dashes")
  .default("restored");

const parameters = z.object({
  at: z
    .string()
    .trim()
    .default("")
    .describe(
      "Last good second, UTC ISO 8601 or an age such as 45m (empty: the minute before the incident was detected)",
    ),
  suffix: suffixParameter.describe("The restored tables are named PREFIX-SUFFIX_refs and PREFIX-SUFFIX_objs"),
});

/**
 * Point-in-time restore of all tables that Nessie really opens, to the same second: objects are written before the reference that points
 * at them, so that at one second no reference points at what was not written yet. Into new tables; nothing that exists is changed.
 * Run again it goes on with what an earlier run began.
 */
export const recoverNessieTables: ActionDefinition<z.infer<typeof parameters>> = {
  id: "recover-nessie-tables",
  title: "Nessie: restore its DynamoDB tables to a point in time",
  description:
    "For a damaged store: PITR of all tables in use into new ones, in parallel, with checks and the Terraform change. 20 minutes or more.",
  runbook: "Disaster Recovery > Nessie DynamoDB Recovery (Point-in-Time)",
  tier: "yes",
  parameters,
  operations: [
    ...new Set([
      ...REVISION_OPERATIONS.filter((operation) => operation !== "ecs:UpdateService"),
      ...TABLE_READS,
      ...VERIFY_READS,
      "dynamodb:RestoreTableToPointInTime",
      "dynamodb:TagResource",
      "dynamodb:UpdateContinuousBackups",
      "dynamodb:UpdateTable",
      "dynamodb:UpdateTimeToLive",
    ]),
  ],
  async prepare(context, { at, suffix }): Promise<Prepared> {
    const store = await readStore(context, suffix);
    const { pairs, layout } = store;
    const time = restoreTime(context, pairs, at);
    const { detectedAtMs, declaredAtMs } = context.incident;
    const sinceMs = Math.min(detectedAtMs ?? declaredAtMs, declaredAtMs);
    const leftMs = sinceMs + RTO_MS - context.clock.now();
    const change = terraformChange(store, suffix, context.deployment);
    return {
      facts: {
        ...tableFacts(store),
        ...time.facts,
        takes: `20 minutes or more whatever the size, no estimate from AWS; RTO 1 h, ${leftMs > 0 ? `${formatCountdown(leftMs)} left` : `missed by ${formatCountdown(-leftMs)}`}`,
      },
      checks: [
        ...time.checks,
        missingCheck(store),
        namesCheck(pairs, time.atMs),
        nessieHeldCheck(context, store.revision),
        objectiveCheck(leftMs, pairs),
        ...settingsChecks(pairs),
      ],
      plan: {
        actionId: recoverNessieTables.id,
        title: `Restore ${pairs.map(({ source }) => source.name).join(" and ")} to ${utcDay(time.atMs)}`,
        parameters: { at: new Date(time.atMs).toISOString(), suffix },
        tier: "yes",
        resourceName: layout.name,
        effects: [
          pairs.every(({ existing }) => existing)
            ? `Makes nothing new: ${pairs.map(({ target }) => target).join(" and ")} were begun; it goes on waiting for them, and compares them.`
            : `Makes ${pairs.map(({ target }) => target).join(" and ")}: new tables, which cost storage and their restore by the GB. The damaged ones stay as they are, as evidence.`,
          `Commits after ${utcDay(time.atMs)} are not in them: jobs since then have to run again.`,
          "Nessie goes on with its present tables until it is switched.",
        ],
        caveats: [
          "Restores go on in AWS when the cockpit is closed: run this action again to go on waiting and to verify. Nothing is started twice.",
          `A restore brings back none of: auto scaling, IAM policies, CloudWatch alarms, tags, streams, time to live, point-in-time recovery, deletion protection. Yours by hand: ${byHand(pairs)}.`,
          "Undo deletes nothing: the new tables stay until somebody deletes them (the ledger says how).",
        ],
        undoing: { effects: ["Nothing is deleted or switched: it says how the new tables are deleted by hand."] },
        steps: [
          ...pairs.map((pair) => restoreStep(pair, time.atMs)),
          ...pairs.map((pair) => restoreWait(pair, sinceMs, RTO_MS)),
          ...pairs.flatMap((pair) => followUpSteps(pair)),
          verifyStep(pairs),
          swapStep(change, layout.kind === "prefixed" ? targetPrefix(layout.name, suffix) : undefined),
        ],
        verify: null,
        guard: null,
      },
    };
  },
};

function tableFacts({ pairs, layout, variable }: Store): Record<string, string> {
  const found =
    layout.kind === "single"
      ? `one table, ${layout.name} (nessie.tables)`
      : variable
        ? `prefix ${variable.value}, by the tasks' ${variable.name}`
        : "no prefix is set: refs and objs";
  const words = ({ source, target }: TablePair) =>
    `${source.name} into ${target}; ${source.items} items, ${(source.bytes / 1e6).toFixed(1)} MB (as of up to 6 h ago)`;
  return { "tables in use": found, ...Object.fromEntries(pairs.map((pair) => [pair.source.role, words(pair)])) };
}

function missingCheck({ missing, pairs }: Store): Check {
  const label = "tables in use";
  if (missing.length === 0) return { label, status: "pass", detail: pairs.map(({ source }) => source.name).join(", ") };
  const detail = `${missing.join(", ")} is gone: DynamoDB keeps a backup of a deleted table for 35 days (aws dynamodb list-backups --backup-type SYSTEM, then restore-table-from-backup)`;
  return { label, status: "fail", detail };
}

function objectiveCheck(leftMs: number, pairs: readonly TablePair[]): Check {
  const label = "RTO 1 h";
  if (pairs.every(({ existing }) => existing)) return { label, status: "pass", detail: "the restores were begun" };
  if (leftMs < LEAST_MS)
    return { label, status: "warn", detail: "cannot be kept by a restore any more: escalate, and begin now" };
  return { label, status: "pass", detail: `${formatCountdown(leftMs)} left, a restore takes 20 minutes or more` };
}

/** Settings that could not be read cannot be set again. */
function settingsChecks(pairs: readonly TablePair[]): Check[] {
  const unread = pairs.flatMap(({ source }) => source.settings.unread.map((what) => `${source.name}: ${what}`));
  if (unread.length === 0) return [];
  return [{ label: "settings", status: "unknown", detail: `not read, so not set again: ${unread.join("; ")}` }];
}

function byHand(pairs: readonly TablePair[]): string {
  const streams = pairs.flatMap(({ source }) =>
    source.settings.streamView ? [`stream ${source.settings.streamView} of ${source.name}`] : [],
  );
  const scaled = pairs.some(({ source }) => source.settings.isProvisioned)
    ? ["auto scaling of provisioned capacity"]
    : [];
  return ["alarms on the new names", "the task role's policy where it names tables", ...scaled, ...streams].join(", ");
}

function swapStep(change: string, prefix: string | undefined): HumanStep {
  return {
    kind: "human",
    id: "swap-terraform",
    title: "Switch Nessie to the restored tables, in Terraform",
    instruction: [
      change,
      "",
      ...(prefix === undefined
        ? []
        : [
            `At once from here instead: say done, then run switch-nessie-tables (prefix ${prefix}); the Terraform change has to follow.`,
          ]),
      "Done means: the change is made, or will be made by switch-nessie-tables.",
    ].join("\n"),
    details: { $ref: "verify-tables.output.found" },
  };
}
