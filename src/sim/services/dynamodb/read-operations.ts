import type * as Wire from "@aws-sdk/client-dynamodb";
import { pageLimit } from "../../wire/partial-page.ts";
import type { Operations } from "../../wire/types.ts";
import { checkedKey } from "../../world/dynamodb/change.ts";
import { refuseUnused } from "../../world/dynamodb/expression/parser.ts";
import { parseProjection, project } from "../../world/dynamodb/expression/path.ts";
import { type Page, query, type ReadRequest, scan } from "../../world/dynamodb/read.ts";
import type { Table } from "../../world/dynamodb/table.ts";
import { type Item, invalid, itemBytes } from "../../world/dynamodb/value.ts";
import type { Region } from "../../world/region.ts";
import { consume, readUnits } from "./capacity.ts";
import { requestedTable } from "./requested-table.ts";

/** Keys and bytes of one BatchGetItem (DynamoDB API reference). */
const BATCH_KEYS = 100;
const BATCH_BYTES = 16 * 1024 * 1024;

type Projected = Pick<Wire.GetItemCommandInput, "ProjectionExpression" | "ExpressionAttributeNames">;

function projection(input: Projected): (item: Item) => Item {
  const used = new Set<string>();
  const substitutions = { names: input.ExpressionAttributeNames };
  const paths =
    input.ProjectionExpression === undefined
      ? undefined
      : parseProjection(input.ProjectionExpression, substitutions, used);
  refuseUnused(substitutions, used);
  return (item) => (paths ? project(item, paths) : item);
}

function readRequest(table: Table, input: Wire.ScanCommandInput | Wire.QueryCommandInput): ReadRequest {
  if (input.IndexName !== undefined) throw invalid(`The table does not have the specified index: ${input.IndexName}`);
  if (input.Select === "ALL_PROJECTED_ATTRIBUTES")
    throw invalid(`ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName: ${table.name}`);
  if (input.Select === "COUNT" && input.ProjectionExpression !== undefined)
    throw invalid("Cannot specify the ProjectionExpression when choosing to get only the Count");
  return {
    limit: input.Limit,
    after: input.ExclusiveStartKey,
    filter: input.FilterExpression,
    projection: input.ProjectionExpression,
    itemsPerPage: pageLimit(Number.POSITIVE_INFINITY),
    countOnly: input.Select === "COUNT",
    names: input.ExpressionAttributeNames,
    values: input.ExpressionAttributeValues,
  };
}

function pageView(page: Page, input: Wire.ScanCommandInput | Wire.QueryCommandInput) {
  return {
    ...(input.Select === "COUNT" ? {} : { Items: page.items }),
    Count: page.count,
    ScannedCount: page.scanned,
    LastEvaluatedKey: page.lastKey,
  };
}

function batchGet(
  region: Region,
  input: Wire.BatchGetItemCommandInput,
): Omit<Wire.BatchGetItemCommandOutput, "$metadata"> {
  const requests = Object.entries(input.RequestItems ?? {});
  const total = requests.reduce((sum, [, { Keys }]) => sum + (Keys?.length ?? 0), 0);
  if (total > BATCH_KEYS) throw invalid(`Too many items requested for the BatchGetItem call`);
  const found: Record<string, Item[]> = {};
  const unprocessed: Record<string, Wire.KeysAndAttributes> = {};
  let bytes = 0;
  for (const [name, request] of requests) {
    const table = requestedTable(region, name, "BatchGetItem");
    const view = projection(request);
    const keys = (request.Keys ?? []).map((key) => checkedKey(table, key));
    if (new Set(keys.map((key) => table.place(key).text)).size !== keys.length)
      throw invalid("Provided list of item keys contains duplicates");
    const items: Item[] = [];
    found[name] = items;
    for (const [index, key] of keys.entries()) {
      const item = table.get(key);
      bytes += item ? itemBytes(item) : 0;
      if (bytes > BATCH_BYTES) {
        unprocessed[name] = { ...request, Keys: keys.slice(index) };
        break;
      }
      if (item) items.push(view(item));
    }
    consume(region, table, "BatchGetItem", keys.length * readUnits(0, request.ConsistentRead), undefined);
  }
  return { Responses: found, UnprocessedKeys: unprocessed };
}

/** GetItem, BatchGetItem, Scan and Query. */
export function readOperations(region: Region): Operations<typeof Wire> {
  return {
    GetItem: (input) => {
      const table = requestedTable(region, input.TableName, "GetItem");
      const view = projection(input);
      const item = table.get(checkedKey(table, input.Key));
      const units = readUnits(item ? itemBytes(item) : 0, input.ConsistentRead);
      return {
        ...(item ? { Item: view(item) } : {}),
        ...consume(region, table, "GetItem", units, input.ReturnConsumedCapacity),
      };
    },
    BatchGetItem: (input) => batchGet(region, input),
    Scan: (input) => {
      const table = requestedTable(region, input.TableName, "Scan");
      const page = scan(table, {
        ...readRequest(table, input),
        segment: input.Segment,
        totalSegments: input.TotalSegments,
      });
      return {
        ...pageView(page, input),
        ...consume(region, table, "Scan", readUnits(page.bytes, input.ConsistentRead), input.ReturnConsumedCapacity),
      };
    },
    Query: (input) => {
      const table = requestedTable(region, input.TableName, "Query");
      const page = query(table, {
        ...readRequest(table, input),
        keyCondition: input.KeyConditionExpression,
        forward: input.ScanIndexForward ?? true,
      });
      return {
        ...pageView(page, input),
        ...consume(region, table, "Query", readUnits(page.bytes, input.ConsistentRead), input.ReturnConsumedCapacity),
      };
    },
  };
}
