import type * as Wire from "@aws-sdk/client-dynamodb";
import type { Table } from "../../world/dynamodb/table.ts";

/** A table as DescribeTable and the operations that change it return it. */
export function tableView(table: Table): Wire.TableDescription {
  const { hash, range, types } = table.keySchema;
  const names = range === undefined ? [hash] : [hash, range];
  const { restored, maximum } = table;
  return {
    TableName: table.name,
    TableArn: table.identity.arn,
    TableId: table.identity.id,
    TableStatus: table.status,
    CreationDateTime: new Date(table.identity.createdAtMs),
    KeySchema: names.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? "HASH" : "RANGE" })),
    AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: types[AttributeName] })),
    ItemCount: table.itemCount,
    TableSizeBytes: table.bytes,
    ProvisionedThroughput: {
      ReadCapacityUnits: table.throughput.read,
      WriteCapacityUnits: table.throughput.write,
      NumberOfDecreasesToday: 0,
    },
    ...(table.billingMode === "PAY_PER_REQUEST"
      ? { BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" as const } }
      : {}),
    ...(maximum.read === undefined && maximum.write === undefined
      ? {}
      : {
          // -1 stands for no maximum.
          OnDemandThroughput: { MaxReadRequestUnits: maximum.read ?? -1, MaxWriteRequestUnits: maximum.write ?? -1 },
        }),
    DeletionProtectionEnabled: table.deletionProtection,
    ...(restored
      ? {
          RestoreSummary: {
            SourceTableArn: restored.sourceArn,
            RestoreDateTime: new Date(restored.restoreAtMs),
            RestoreInProgress: restored.inProgress,
          },
        }
      : {}),
  };
}

/** A table's backups; times are whole seconds. */
export function backupsView(
  table: Table,
  window: { earliestMs: number; latestMs: number } | undefined,
): Wire.ContinuousBackupsDescription {
  const seconds = (atMs: number) => new Date(Math.floor(atMs / 1000) * 1000);
  return {
    ContinuousBackupsStatus: "ENABLED",
    PointInTimeRecoveryDescription: window
      ? {
          PointInTimeRecoveryStatus: "ENABLED",
          RecoveryPeriodInDays: table.recovery!.days,
          EarliestRestorableDateTime: new Date(Math.ceil(window.earliestMs / 1000) * 1000),
          LatestRestorableDateTime: seconds(window.latestMs),
        }
      : { PointInTimeRecoveryStatus: "DISABLED" },
  };
}
