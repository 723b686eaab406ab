import type * as Wire from "@aws-sdk/client-dynamodb";
import { AwsError } from "../../wire/aws-error.ts";
import { type Change, type ChangeRequest, changeOf } from "../../world/dynamodb/change.ts";
import type { Table } from "../../world/dynamodb/table.ts";
import { invalid } from "../../world/dynamodb/value.ts";
import type { Region } from "../../world/region.ts";
import { consume, writeUnits } from "./capacity.ts";
import { requestedTable } from "./requested-table.ts";
import { writeInput } from "./write-input.ts";

/** Actions of one transaction (DynamoDB API reference, TransactWriteItems). */
const ACTIONS = 100;

function actionOf(item: Wire.TransactWriteItem): { tableName: string | undefined; request: ChangeRequest } {
  const { Put: put, Update: update, Delete: remove, ConditionCheck: check } = item;
  if (put) return { tableName: put.TableName, request: { kind: "put", item: put.Item, ...writeInput(put) } };
  if (update)
    return {
      tableName: update.TableName,
      request: { kind: "update", item: update.Key, update: update.UpdateExpression, ...writeInput(update) },
    };
  if (remove)
    return { tableName: remove.TableName, request: { kind: "delete", item: remove.Key, ...writeInput(remove) } };
  if (check) return { tableName: check.TableName, request: { kind: "check", item: check.Key, ...writeInput(check) } };
  throw invalid("TransactItems can only contain one of Check, Put, Update or Delete");
}

/** All writes or none. @throws AwsError ValidationException; TransactionCanceledException with a reason for every action. */
export function transactWrite(region: Region, items: readonly Wire.TransactWriteItem[]): void {
  if (items.length > ACTIONS)
    throw invalid(
      `1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to ${ACTIONS}`,
    );
  const planned: { table: Table; change: Change }[] = [];
  const reasons: Wire.CancellationReason[] = items.map((item) => {
    const { tableName, request } = actionOf(item);
    const table = requestedTable(region, tableName, "TransactWriteItems");
    try {
      planned.push({ table, change: changeOf(table, request) });
      return { Code: "None" };
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== "ConditionalCheckFailedException") throw error;
      return { Code: "ConditionalCheckFailed", Message: error.message, ...error.members };
    }
  });
  const codes = reasons.map((reason) => reason.Code);
  if (codes.some((code) => code !== "None")) {
    const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(", ")}]`;
    throw new AwsError("TransactionCanceledException", message, { members: { CancellationReasons: reasons } });
  }
  const places = planned.map(({ table, change }) => `${table.name} ${table.place(change.key).text}`);
  if (new Set(places).size !== places.length)
    throw invalid("Transaction request cannot include multiple operations on one item");
  for (const { table, change } of planned) {
    if (change.before !== change.after) table.set(change.key, change.after, region.account.kernel.nowMs);
    // A transactional write costs twice (DynamoDB developer guide).
    consume(region, table, "TransactWriteItems", 2 * writeUnits(change.before, change.after), undefined);
  }
}
