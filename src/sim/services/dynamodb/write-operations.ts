import type * as Wire from "@aws-sdk/client-dynamodb";
import { AwsError } from "../../wire/aws-error.ts";
import type { Operations } from "../../wire/types.ts";
import { type Change, type ChangeRequest, changeOf } from "../../world/dynamodb/change.ts";
import type { Table } from "../../world/dynamodb/table.ts";
import { type Item, invalid, sameValue } from "../../world/dynamodb/value.ts";
import type { Region } from "../../world/region.ts";
import { consume, writeUnits } from "./capacity.ts";
import { requestedTable } from "./requested-table.ts";
import { transactWrite } from "./transaction.ts";
import { writeInput } from "./write-input.ts";

/** Writes of one BatchWriteItem (DynamoDB API reference). */
const BATCH_WRITES = 25;

function write(region: Region, table: Table, operation: string, request: ChangeRequest, asked: string | undefined) {
  const change = changeOf(table, request);
  if (change.before !== change.after) table.set(change.key, change.after, region.account.kernel.nowMs);
  return { change, capacity: consume(region, table, operation, writeUnits(change.before, change.after), asked) };
}

function differing(item: Item | undefined, other: Item | undefined): Item {
  const entries = Object.entries(item ?? {}).filter(
    ([name, value]) => !other?.[name] || !sameValue(value, other[name]),
  );
  return Object.fromEntries(entries);
}

function returned({ before, after }: Change, wanted: string | undefined): { Attributes?: Item } {
  const view = {
    ALL_OLD: before,
    ALL_NEW: after,
    UPDATED_OLD: differing(before, after),
    UPDATED_NEW: differing(after, before),
  }[wanted ?? ""];
  return view && Object.keys(view).length > 0 ? { Attributes: view } : {};
}

function checkReturnValues(wanted: string | undefined): void {
  if (wanted !== undefined && wanted !== "NONE" && wanted !== "ALL_OLD")
    throw invalid("Return values set to invalid value");
}

function batchWrite(
  region: Region,
  input: Wire.BatchWriteItemCommandInput,
): Omit<Wire.BatchWriteItemCommandOutput, "$metadata"> {
  const requests = Object.entries(input.RequestItems ?? {});
  const total = requests.reduce((sum, [, writes]) => sum + writes.length, 0);
  if (total === 0 || total > BATCH_WRITES)
    throw invalid(
      "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Member must have length less than or equal to 25, Member must have length greater than or equal to 1",
    );
  const planned = requests.map(([name, writes]) => {
    const table = requestedTable(region, name, "BatchWriteItem");
    const changes = writes.map(({ PutRequest: put, DeleteRequest: remove }) =>
      changeOf(table, put ? { kind: "put", item: put.Item } : { kind: "delete", item: remove?.Key }),
    );
    if (new Set(changes.map(({ key }) => table.place(key).text)).size !== changes.length)
      throw invalid("Provided list of item keys contains duplicates");
    return { table, changes };
  });
  for (const { table, changes } of planned) {
    for (const { key, after } of changes) table.set(key, after, region.account.kernel.nowMs);
    const units = changes.reduce((sum, { before, after }) => sum + writeUnits(before, after), 0);
    consume(region, table, "BatchWriteItem", units, undefined);
  }
  return { UnprocessedItems: {} };
}

/** PutItem, UpdateItem, DeleteItem, BatchWriteItem and TransactWriteItems. */
export function writeOperations(region: Region): Operations<typeof Wire> {
  return {
    PutItem: (input) => {
      checkReturnValues(input.ReturnValues);
      const table = requestedTable(region, input.TableName, "PutItem");
      const request = { kind: "put" as const, item: input.Item, ...writeInput(input) };
      const { change, capacity } = write(region, table, "PutItem", request, input.ReturnConsumedCapacity);
      return { ...returned(change, input.ReturnValues), ...capacity };
    },
    UpdateItem: (input) => {
      const table = requestedTable(region, input.TableName, "UpdateItem");
      const request = {
        kind: "update" as const,
        item: input.Key,
        update: input.UpdateExpression,
        ...writeInput(input),
      };
      const { change, capacity } = write(region, table, "UpdateItem", request, input.ReturnConsumedCapacity);
      return { ...returned(change, input.ReturnValues), ...capacity };
    },
    DeleteItem: (input) => {
      checkReturnValues(input.ReturnValues);
      const table = requestedTable(region, input.TableName, "DeleteItem");
      const request = { kind: "delete" as const, item: input.Key, ...writeInput(input) };
      const { change, capacity } = write(region, table, "DeleteItem", request, input.ReturnConsumedCapacity);
      return { ...returned(change, input.ReturnValues), ...capacity };
    },
    BatchWriteItem: (input) => batchWrite(region, input),
    TransactWriteItems: (input) => {
      const items = input.TransactItems ?? [];
      if (items.length === 0)
        throw new AwsError(
          "ValidationException",
          "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
        );
      transactWrite(region, items);
      return {};
    },
  };
}
