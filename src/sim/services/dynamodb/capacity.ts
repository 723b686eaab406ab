import type * as Wire from "@aws-sdk/client-dynamodb";
import type { Table } from "../../world/dynamodb/table.ts";
import { type Item, itemBytes } from "../../world/dynamodb/value.ts";
import type { Region } from "../../world/region.ts";

/** Bytes of a read and of a write capacity unit; an eventually consistent read costs half (DynamoDB developer guide). */
const READ_UNIT_BYTES = 4096;
const WRITE_UNIT_BYTES = 1024;
/** Typical times of single item operations and of pages, ms. */
const LATENCY_MS = { item: 4, page: 11 };

/** Read capacity units of this many bytes. */
export function readUnits(bytes: number, consistent: boolean | undefined): number {
  return Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * (consistent ? 1 : 0.5);
}

/** Write capacity units of an item before and after: the larger counts. */
export function writeUnits(before: Item | undefined, after: Item | undefined): number {
  const bytes = Math.max(before ? itemBytes(before) : 0, after ? itemBytes(after) : 0);
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));
}

/** Meters a served request. @returns what its answer says of the capacity, if it was asked to. */
export function consume(
  region: Region,
  table: Table,
  operation: string,
  units: number,
  asked: string | undefined,
): { ConsumedCapacity?: Wire.ConsumedCapacity } {
  region.dynamodb.recordServed(
    table.name,
    operation,
    units,
    /Scan|Query|Batch/.test(operation) ? LATENCY_MS.page : LATENCY_MS.item,
  );
  return asked === "TOTAL" || asked === "INDEXES"
    ? { ConsumedCapacity: { TableName: table.name, CapacityUnits: units } }
    : {};
}
