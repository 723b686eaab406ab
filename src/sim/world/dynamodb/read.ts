import { checkedKey } from "./change.ts";
import { type Condition, holds, parseCondition } from "./expression/condition.ts";
import { refuseUnused, type Substitutions } from "./expression/parser.ts";
import { parseProjection, project } from "./expression/path.ts";
import type { Row, Table } from "./table.ts";
import { type Item, invalid, itemBytes } from "./value.ts";

/** Data that one page reads at most, before filters (DynamoDB API reference, Scan and Query). */
const PAGE_BYTES = 1_048_576;

/** What Scan and Query have in common. */
export interface ReadRequest extends Substitutions {
  limit?: number | undefined;
  after?: Item | undefined;
  filter?: string | undefined;
  projection?: string | undefined;
  /** Items read for one page, beside `limit` and the size of a page. */
  itemsPerPage: number;
  /** Select COUNT: no items. */
  countOnly: boolean;
}

export interface ScanRequest extends ReadRequest {
  segment?: number | undefined;
  totalSegments?: number | undefined;
}

export interface QueryRequest extends ReadRequest {
  keyCondition: string | undefined;
  forward: boolean;
}

export interface Page {
  items: Item[];
  /** Items that passed the filter, and items read. */
  count: number;
  scanned: number;
  bytes: number;
  lastKey?: Item;
}

/** 2^32: the number of places of partitions. */
const PLACES = 0x1_0000_0000;

/** One page of a table or of one segment of it. @throws ValidationException. */
export function scan(table: Table, request: ScanRequest): Page {
  const { segment, totalSegments } = request;
  if ((segment === undefined) !== (totalSegments === undefined))
    throw invalid(
      "The Segment parameter is required but was not present in the request when parameter TotalSegments is present",
    );
  if (segment !== undefined && segment >= totalSegments!)
    throw invalid(
      `The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${segment} is not less than TotalSegments: ${totalSegments}`,
    );
  const used = new Set<string>();
  const all = table.rows();
  const rows =
    segment === undefined ? all : all.filter((row) => Math.floor((row.hash / PLACES) * totalSegments!) === segment);
  return pageOf(table, rows, request, used, (a, b) => table.compare(a, b));
}

/** Equality on the hash key among the parts that must all hold. */
function partitionOf(condition: Condition, hash: string): boolean {
  if (condition.kind === "and") return condition.parts.some((part) => partitionOf(part, hash));
  return (
    condition.kind === "compare" &&
    condition.operator === "=" &&
    "path" in condition.left &&
    condition.left.path.length === 1 &&
    condition.left.path[0] === hash
  );
}

/** One page of a partition in the order of the sort key. @throws ValidationException. */
export function query(table: Table, request: QueryRequest): Page {
  if (request.keyCondition === undefined)
    throw invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  const used = new Set<string>();
  const condition = parseCondition(request.keyCondition, "KeyConditionExpression", request, used);
  const { hash } = table.keySchema;
  if (!partitionOf(condition, hash)) throw invalid(`Query condition missed key schema element: ${hash}`);
  const rows = table.rows().filter((row) => holds(condition, row.key));
  const sign = request.forward ? 1 : -1;
  return pageOf(table, request.forward ? rows : rows.reverse(), request, used, (a, b) => sign * table.compare(a, b));
}

type Place = Pick<Row, "hash" | "key" | "text">;

function pageOf(
  table: Table,
  rows: readonly Row[],
  request: ReadRequest,
  used: Set<string>,
  compare: (a: Place, b: Place) => number,
): Page {
  const { limit, after } = request;
  if (limit !== undefined && limit < 1)
    throw invalid(
      "1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
    );
  const filter =
    request.filter === undefined ? undefined : parseCondition(request.filter, "FilterExpression", request, used);
  const paths = request.projection === undefined ? undefined : parseProjection(request.projection, request, used);
  refuseUnused(request, used);
  const start = after && table.place(checkedKey(table, after));
  const first = start ? rows.findIndex((row) => compare(row, start) > 0) : 0;
  const page: Page = { items: [], count: 0, scanned: 0, bytes: 0 };
  for (const row of first < 0 ? [] : rows.slice(first)) {
    const item = row.item!;
    page.scanned += 1;
    page.bytes += itemBytes(item);
    if (!filter || holds(filter, item)) {
      page.count += 1;
      if (!request.countOnly) page.items.push(paths ? project(item, paths) : item);
    }
    if (page.scanned === limit || page.scanned >= request.itemsPerPage || page.bytes >= PAGE_BYTES) {
      page.lastKey = row.key;
      break;
    }
  }
  return page;
}
