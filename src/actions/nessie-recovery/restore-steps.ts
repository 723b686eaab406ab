import { VERIFY_READS } from "../../recovery/nessie/verify-tables.ts";
import type { CallStep, HumanStep, JobStep, Step, WaitStep } from "../contract.ts";
import type { TablePair } from "./store.ts";

const HOUR_MS = 3_600_000;
/** AWS gives no estimate; a restore that takes longer than this is looked at by a person. Domain ms. */
const RESTORE_DEADLINE_MS = 3 * HOUR_MS;
/** Counting, and reading a sample; machine ms. */
const VERIFY_BOX_MS = 5 * 60_000;

const aws = { kind: "call", transport: "aws", service: "dynamodb" } as const;
/** What is not set again keeps the restored data from nobody: the plan goes on, and counts as partial. */
const followUp = { ...aws, optional: true } as const;

/** RestoreTableToPointInTime into a new table. It answers at once: the restore goes on in AWS, also without us. */
export function restoreStep({ source, target }: TablePair, atMs: number): CallStep {
  const at = new Date(atMs).toISOString();
  return {
    ...aws,
    id: `restore-${source.role}`,
    title: `Begin to restore ${source.name} into ${target}`,
    operation: "RestoreTableToPointInTime",
    input: { SourceTableName: source.name, TargetTableName: target, RestoreDateTime: at },
    resource: `table ${target}`,
    state: {
      reading: {
        service: "dynamodb",
        operation: "DescribeTable",
        input: { TableName: target },
        pick: { source: "Table.RestoreSummary.SourceTableArn", "restored to": "Table.RestoreSummary.RestoreDateTime" },
        absent: ["ResourceNotFoundException"],
      },
      before: { source: null, "restored to": null },
      after: { source: source.arn, "restored to": at },
    },
    undo: [leaveStep(source.role, target)],
  };
}

/** Deleting a table is final, so that no undo does it. */
function leaveStep(role: string, target: string): HumanStep {
  return {
    kind: "human",
    id: `leave-${role}`,
    title: `${target} stays: delete it by hand once nothing opens it`,
    instruction: [
      `The restored table ${target} is not deleted from here: that would be final.`,
      "When no task of Nessie opens it (switch-nessie-tables is undone or was never done), and the incident is reviewed:",
      `aws dynamodb delete-table --table-name ${target}`,
      "With deletion protection first: aws dynamodb update-table --no-deletion-protection-enabled",
    ].join("\n"),
  };
}

/** @param sinceMs when the incident began. @param rtoMs the runbook's objective. */
export function restoreWait({ source, target }: TablePair, sinceMs: number, rtoMs: number): WaitStep {
  return {
    kind: "wait",
    id: `wait-${source.role}`,
    title: `Wait until ${target} is restored (20 minutes or more, whatever its size)`,
    reading: {
      service: "dynamodb",
      operation: "DescribeTable",
      input: { TableName: target },
      pick: { [target]: "Table.TableStatus" },
    },
    until: [{ label: target, op: "equals", value: "ACTIVE" }],
    deadlineMs: RESTORE_DEADLINE_MS,
    objective: { name: "RTO", sinceMs, budgetMs: rtoMs },
  };
}

/** What a restore leaves out and a call can bring back: a step each. */
export function followUpSteps(pair: TablePair): Step[] {
  const { source, target, targetArn } = pair;
  const { tags, timeToLive, deletionProtection } = source.settings;
  const resource = `table ${target}`;
  const days = source.window?.days;
  const steps: CallStep[] = [
    {
      ...followUp,
      id: `pitr-${source.role}`,
      title: `Turn point-in-time recovery on for ${target}`,
      operation: "UpdateContinuousBackups",
      input: {
        TableName: target,
        PointInTimeRecoverySpecification: {
          PointInTimeRecoveryEnabled: true,
          ...(days === undefined ? {} : { RecoveryPeriodInDays: days }),
        },
      },
      resource,
      state: {
        reading: {
          service: "dynamodb",
          operation: "DescribeContinuousBackups",
          input: { TableName: target },
          pick: { recovery: "ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus" },
        },
        before: { recovery: "DISABLED" },
        after: { recovery: "ENABLED" },
      },
    },
  ];
  if (tags.length > 0)
    steps.push({
      ...followUp,
      id: `tags-${source.role}`,
      title: `Give ${target} the tags of ${source.name}`,
      operation: "TagResource",
      input: { ResourceArn: targetArn, Tags: tags.map(({ Key, Value }) => ({ Key, Value })) },
      resource,
      state: {
        reading: {
          service: "dynamodb",
          operation: "ListTagsOfResource",
          input: { ResourceArn: targetArn },
          pick: { tags: "Tags[].Key.(sorted)" },
          otherwise: { tags: [] },
        },
        before: { tags: [] },
        after: { tags: tags.map(({ Key }) => Key).sort() },
      },
    });
  if (timeToLive !== undefined)
    steps.push({
      ...followUp,
      id: `time-to-live-${source.role}`,
      title: `Turn time to live on for ${target}`,
      operation: "UpdateTimeToLive",
      input: { TableName: target, TimeToLiveSpecification: { Enabled: true, AttributeName: timeToLive } },
      resource,
      state: {
        reading: {
          service: "dynamodb",
          operation: "DescribeTimeToLive",
          input: { TableName: target },
          pick: { attribute: "TimeToLiveDescription.AttributeName" },
        },
        before: { attribute: null },
        after: { attribute: timeToLive },
      },
    });
  if (deletionProtection)
    steps.push({
      ...followUp,
      id: `protection-${source.role}`,
      title: `Protect ${target} against deletion`,
      operation: "UpdateTable",
      input: { TableName: target, DeletionProtectionEnabled: true },
      resource,
    });
  return steps;
}

/** Compares what was restored with what it came from. */
export function verifyStep(pairs: readonly TablePair[]): JobStep {
  return {
    kind: "job",
    id: "verify-tables",
    title: "Compare the restored tables: key schema, counts, a sample, where references point",
    job: "verify-nessie-tables",
    input: { pairs: pairs.map(({ source: { role, name }, target }) => ({ role, source: name, target })) },
    operations: VERIFY_READS,
    boxMs: VERIFY_BOX_MS,
    essential: true,
  };
}
