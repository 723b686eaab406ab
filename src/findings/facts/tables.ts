import { storeTables } from "../../watch/metric-plan.ts";
import type { NessieFacts } from "./nessie.ts";
import type { FactReader } from "./reader.ts";

export const operations = ["dynamodb:DescribeTable", "dynamodb:DescribeContinuousBackups", "cloudwatch:GetMetricData"];

const HOUR_MS = 3_600_000;

/** One of the tables that may hold the catalog, as far as it exists. */
export interface TableFacts {
  name: string;
  /** DynamoDB counts about every six hours (API reference, TableDescription.ItemCount). */
  items: number;
  onDemand: boolean;
  pointInTimeRecovery: boolean;
  /** ms since the epoch; only with point-in-time recovery. */
  latestRestorableMs?: number;
  /** Capacity units that were read and written in the last hour. */
  consumedUnits: number;
}

/** The names that Nessie's tables can have: as configured, with the endings of its version store, and by the running task's own prefix. */
export function candidateTables(tables: readonly string[], nessie: NessieFacts | null): string[] {
  const prefix = nessie?.tablePrefix;
  const own = prefix ? [`${prefix}_refs`, `${prefix}_objs`] : [];
  return [...new Set([...own, ...storeTables(tables)])];
}

/** The tables that may hold the catalog; empty where the lakehouse has no Nessie. */
export async function readTables(reader: FactReader, nessie: NessieFacts | null): Promise<TableFacts[]> {
  const { deployment, clock } = reader.context;
  if (!deployment.nessie) return [];
  const names = candidateTables(deployment.nessie.tables, nessie);
  const [described, consumed] = await Promise.all([
    Promise.all(names.map((name) => describe(reader, name))),
    consumption(reader, names, clock.now()),
  ]);
  return described.flatMap((table) => (table ? [{ ...table, consumedUnits: consumed.get(table.name) ?? 0 }] : []));
}

async function describe(reader: FactReader, name: string): Promise<Omit<TableFacts, "consumedUnits"> | undefined> {
  const found = await reader.callIfThere("dynamodb", "DescribeTable", { TableName: name });
  const table = found?.Table;
  if (!table) return undefined;
  const backups = await reader.callIfThere("dynamodb", "DescribeContinuousBackups", { TableName: name });
  const recovery = backups?.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
  const latest = recovery?.LatestRestorableDateTime?.getTime();
  return {
    name,
    items: table.ItemCount ?? 0,
    onDemand: table.BillingModeSummary?.BillingMode === "PAY_PER_REQUEST",
    pointInTimeRecovery: recovery?.PointInTimeRecoveryStatus === "ENABLED",
    ...(latest === undefined ? {} : { latestRestorableMs: latest }),
  };
}

async function consumption(reader: FactReader, names: readonly string[], nowMs: number): Promise<Map<string, number>> {
  const kinds = ["ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"];
  const asked = names.flatMap((name) => kinds.map((MetricName) => ({ name, MetricName })));
  const { MetricDataResults = [] } = await reader.call("cloudwatch", "GetMetricData", {
    StartTime: new Date(nowMs - HOUR_MS),
    EndTime: new Date(nowMs),
    MetricDataQueries: asked.map(({ name, MetricName }, index) => ({
      Id: `m${index}`,
      MetricStat: {
        Metric: { Namespace: "AWS/DynamoDB", MetricName, Dimensions: [{ Name: "TableName", Value: name }] },
        Period: 300,
        Stat: "Sum",
      },
    })),
  });
  const sums = new Map<string, number>();
  for (const { Id = "", Values = [] } of MetricDataResults) {
    const name = asked[Number(Id.slice(1))]?.name;
    if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + Values.reduce((sum, value) => sum + value, 0));
  }
  return sums;
}
