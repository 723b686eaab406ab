import type * as Wire from "@aws-sdk/client-dynamodb";
import { AwsError } from "../../wire/aws-error.ts";
import { pageLimit } from "../../wire/partial-page.ts";
import type { Operations } from "../../wire/types.ts";
import { type KeySchema, RECOVERY_DAYS, type Table } from "../../world/dynamodb/table.ts";
import { tableMissing } from "../../world/dynamodb/tables.ts";
import { invalid } from "../../world/dynamodb/value.ts";
import type { Region } from "../../world/region.ts";
import { shortName } from "../paging.ts";
import { backupsView, tableView } from "./views.ts";

/** Table names a page (DynamoDB API reference, ListTables). */
const PAGE_SIZE = 100;
const NAME = /^[a-zA-Z0-9_.-]{3,255}$/;

/** @throws AwsError ResourceNotFoundException, in the words of DescribeTable. @param name a name or an ARN. */
export function tableOf(region: Region, name: string | undefined): Table {
  const table = region.dynamodb.byName.get(shortName(name));
  if (!table) throw tableMissing(shortName(name));
  return table;
}

/** The operations on recovery answer a missing table with an error of their own. */
function recoverableTable(region: Region, name: string | undefined): Table {
  const table = region.dynamodb.byName.get(shortName(name));
  if (!table) throw new AwsError("TableNotFoundException", `Table not found: ${shortName(name)}`);
  return table;
}

function checkedName(name: string | undefined): string {
  if (NAME.test(name ?? "")) return name!;
  throw invalid(
    "TableName must be at least 3 characters long and at most 255 characters long, and match the pattern [a-zA-Z0-9_.-]+",
  );
}

function keySchemaOf(input: Wire.CreateTableCommandInput): KeySchema {
  const byType = (type: string) => input.KeySchema?.find((element) => element.KeyType === type)?.AttributeName;
  const [hash, range] = [byType("HASH"), byType("RANGE")];
  if (hash === undefined) throw invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  const keys = range === undefined ? [hash] : [hash, range];
  const defined = new Map(
    (input.AttributeDefinitions ?? []).map((definition) => [definition.AttributeName, definition.AttributeType]),
  );
  const missing = keys.filter((name) => !defined.has(name));
  if (missing.length > 0)
    throw invalid(
      `One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [${missing.join(", ")}]`,
    );
  if (defined.size !== keys.length)
    throw invalid(
      "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions",
    );
  return {
    hash,
    ...(range === undefined ? {} : { range }),
    types: Object.fromEntries(keys.map((name) => [name, defined.get(name)!])),
  };
}

function throughputOf(
  given: Wire.ProvisionedThroughput | undefined,
  billingMode: Wire.BillingMode | undefined,
): Table["throughput"] {
  const { ReadCapacityUnits: read = 0, WriteCapacityUnits: write = 0 } = given ?? {};
  if (billingMode === "PAY_PER_REQUEST") {
    if (given)
      throw invalid(
        "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
      );
    return { read: 0, write: 0 };
  }
  if (read < 1 || write < 1)
    throw invalid(
      "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
    );
  return { read, write };
}

/** A table's maximum after a call: -1 takes it away, a member that is not given stays. */
function maximumOf(
  given: Wire.OnDemandThroughput | undefined,
  before: Table["maximum"],
  billingMode: Wire.BillingMode,
): Table["maximum"] {
  if (given === undefined) return before;
  if (billingMode !== "PAY_PER_REQUEST")
    throw invalid(
      "One or more parameter values were invalid: OnDemandThroughput can only be specified when BillingMode is PAY_PER_REQUEST",
    );
  const units = (value: number | undefined, name: string, now: number | undefined) => {
    if (value !== undefined && value < 1 && value !== -1)
      throw invalid(`One or more parameter values were invalid: ${name} must be at least 1, or -1 for no maximum`);
    return value === undefined ? now : value === -1 ? undefined : value;
  };
  const { MaxReadRequestUnits: read, MaxWriteRequestUnits: write } = given;
  if (read === undefined && write === undefined)
    throw invalid(
      "One or more parameter values were invalid: MaxReadRequestUnits or MaxWriteRequestUnits must be specified",
    );
  return {
    read: units(read, "MaxReadRequestUnits", before.read),
    write: units(write, "MaxWriteRequestUnits", before.write),
  };
}

const tagsOf = (tags: readonly Wire.Tag[] | undefined) =>
  Object.fromEntries((tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));

/** Tables and their settings. */
export function tableOperations(region: Region): Operations<typeof Wire> {
  const { dynamodb } = region;
  return {
    ListTables: (input) => {
      const names = [...dynamodb.byName.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const after = input.ExclusiveStartTableName;
      const rest = after === undefined ? names : names.filter((name) => name > after);
      const page = rest.slice(0, pageLimit(Math.min(PAGE_SIZE, input.Limit ?? PAGE_SIZE)));
      return { TableNames: page, ...(page.length < rest.length ? { LastEvaluatedTableName: page.at(-1) } : {}) };
    },
    DescribeTable: (input) => ({ Table: tableView(tableOf(region, input.TableName)) }),
    CreateTable: (input) => {
      const billingMode = input.BillingMode ?? "PROVISIONED";
      const maximum = maximumOf(input.OnDemandThroughput, {}, billingMode);
      const table = dynamodb.create({
        name: checkedName(input.TableName),
        keySchema: keySchemaOf(input),
        billingMode,
        throughput: throughputOf(input.ProvisionedThroughput, input.BillingMode),
        tags: tagsOf(input.Tags),
        deletionProtection: input.DeletionProtectionEnabled ?? false,
      });
      table.maximum = maximum;
      return { TableDescription: tableView(table) };
    },
    DeleteTable: (input) => {
      const table = tableOf(region, input.TableName);
      dynamodb.delete(table);
      return { TableDescription: tableView(table) };
    },
    UpdateTable: (input) => {
      const table = tableOf(region, input.TableName);
      const {
        BillingMode: mode = table.billingMode,
        ProvisionedThroughput: given,
        DeletionProtectionEnabled: protect,
        OnDemandThroughput: limits,
      } = input;
      if ([protect, input.BillingMode, given, limits].every((member) => member === undefined))
        throw invalid(
          "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required",
        );
      const maximum = maximumOf(limits, mode === "PAY_PER_REQUEST" ? table.maximum : {}, mode);
      const throughput = given || mode !== table.billingMode ? throughputOf(given, mode) : table.throughput;
      dynamodb.update(table, () => {
        table.billingMode = mode;
        table.throughput = throughput;
        table.maximum = maximum;
        table.deletionProtection = protect ?? table.deletionProtection;
      });
      return { TableDescription: tableView(table) };
    },
    DescribeContinuousBackups: (input) => {
      const table = recoverableTable(region, input.TableName);
      return { ContinuousBackupsDescription: backupsView(table, dynamodb.restorable(table)) };
    },
    UpdateContinuousBackups: (input) => {
      const table = recoverableTable(region, input.TableName);
      const { PointInTimeRecoveryEnabled: enabled, RecoveryPeriodInDays: days = RECOVERY_DAYS } =
        input.PointInTimeRecoverySpecification ?? {};
      if (days < 1 || days > RECOVERY_DAYS) throw invalid("RecoveryPeriodInDays must be between 1 and 35");
      if (table.status === "CREATING")
        throw new AwsError(
          "ContinuousBackupsUnavailableException",
          "Backups are being enabled for the table. Please retry later",
        );
      if (enabled) table.recovery = { enabledAtMs: table.recovery?.enabledAtMs ?? region.account.kernel.nowMs, days };
      else table.recovery = undefined;
      return { ContinuousBackupsDescription: backupsView(table, dynamodb.restorable(table)) };
    },
    RestoreTableToPointInTime: (input) => {
      const source = recoverableTable(region, input.SourceTableName ?? input.SourceTableArn);
      const latest = input.UseLatestRestorableTime === true;
      if (latest === (input.RestoreDateTime !== undefined))
        throw invalid(
          "One or more parameter values were invalid: Exactly one of RestoreDateTime and UseLatestRestorableTime must be specified",
        );
      const target = checkedName(input.TargetTableName);
      return {
        TableDescription: tableView(
          dynamodb.restore(source, target, input.RestoreDateTime?.getTime(), input.BillingModeOverride),
        ),
      };
    },
    DescribeTimeToLive: (input) => {
      const { timeToLiveAttribute: AttributeName } = tableOf(region, input.TableName);
      return {
        TimeToLiveDescription:
          AttributeName === undefined
            ? { TimeToLiveStatus: "DISABLED" as const }
            : { TimeToLiveStatus: "ENABLED" as const, AttributeName },
      };
    },
    UpdateTimeToLive: (input) => {
      const table = tableOf(region, input.TableName);
      const { Enabled: enabled, AttributeName: name } = input.TimeToLiveSpecification ?? {};
      if (enabled === (table.timeToLiveAttribute !== undefined))
        throw invalid(`TimeToLive is already ${enabled ? "enabled" : "disabled"}`);
      table.timeToLiveAttribute = enabled ? name : undefined;
      return { TimeToLiveSpecification: input.TimeToLiveSpecification };
    },
    ListTagsOfResource: (input) => ({
      Tags: [...tableOf(region, input.ResourceArn).tags].map(([Key, Value]) => ({ Key, Value })),
    }),
    TagResource: (input) => {
      const { tags } = tableOf(region, input.ResourceArn);
      for (const [key, value] of Object.entries(tagsOf(input.Tags))) tags.set(key, value);
      return {};
    },
    UntagResource: (input) => {
      const { tags } = tableOf(region, input.ResourceArn);
      for (const key of input.TagKeys ?? []) tags.delete(key);
      return {};
    },
  };
}
