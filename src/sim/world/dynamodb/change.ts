import { AwsError } from "../../wire/aws-error.ts";
import { holds, parseCondition } from "./expression/condition.ts";
import { refuseUnused, type Substitutions } from "./expression/parser.ts";
import { applyUpdate, parseUpdate } from "./expression/update.ts";
import type { Table } from "./table.ts";
import { checkedItem, contentOf, type Item, invalid, itemBytes, typeOf } from "./value.ts";

/** Largest item in bytes (DynamoDB developer guide, quotas). */
const ITEM_BYTES = 400 * 1024;

/** One write, or a mere check of a condition, as a request asks for it. */
export interface ChangeRequest extends Substitutions {
  kind: "put" | "update" | "delete" | "check";
  /** The whole item of a put, the key of the others. */
  item: Item | undefined;
  /** UpdateExpression; without one an update makes an item of the key alone. */
  update?: string | undefined;
  condition?: string | undefined;
  /** The failed condition's error carries the item. */
  returnOnFailure?: boolean;
}

/** A write that has passed its condition and is not made yet. */
export interface Change {
  key: Item;
  before: Item | undefined;
  after: Item | undefined;
}

function checkKeyAttributes(table: Table, item: Item, missing: (name: string) => AwsError): void {
  const { hash, range, types } = table.keySchema;
  for (const name of range === undefined ? [hash] : [hash, range]) {
    const value = item[name];
    if (!value) throw missing(name);
    const type = typeOf(value);
    if (type !== types[name])
      throw invalid(
        `One or more parameter values were invalid: Type mismatch for key ${name} expected: ${types[name]} actual: ${type}`,
      );
    const content = contentOf(value) as string | Uint8Array;
    if (content.length === 0)
      throw invalid(
        `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${type === "B" ? "binary" : "string"} value. Key: ${name}`,
      );
  }
}

/** The key as the table keeps it. @throws ValidationException when it is not exactly the table's key. */
export function checkedKey(table: Table, given: Item | undefined): Item {
  const key = checkedItem(given ?? {});
  const mismatch = () => invalid("The provided key element does not match the schema");
  checkKeyAttributes(table, key, mismatch);
  if (Object.keys(key).length !== (table.keySchema.range === undefined ? 1 : 2)) throw mismatch();
  return key;
}

function checkSize(item: Item, what: string): void {
  if (itemBytes(item) > ITEM_BYTES) throw invalid(`${what} has exceeded the maximum allowed size`);
}

function updated(
  key: Item,
  before: Item | undefined,
  expression: string,
  request: ChangeRequest,
  used: Set<string>,
): Item {
  const update = parseUpdate(expression, request, used);
  for (const name of Object.keys(key)) {
    if (update.some(({ path }) => path[0] === name))
      throw invalid(
        `One or more parameter values were invalid: Cannot update attribute ${name}. This attribute is part of the key`,
      );
  }
  const after = checkedItem(applyUpdate(update, before ?? key));
  checkSize(after, "Item size to update");
  return after;
}

function checkedPut(table: Table, given: Item | undefined): Item {
  const item = checkedItem(given ?? {});
  checkKeyAttributes(table, item, (name) =>
    invalid(`One or more parameter values were invalid: Missing the key ${name} in the item`),
  );
  checkSize(item, "Item size");
  return item;
}

/**
 * What a write would do, its condition checked.
 * @throws AwsError ValidationException; ConditionalCheckFailedException, with the item when that was asked for.
 */
export function changeOf(table: Table, request: ChangeRequest): Change {
  const used = new Set<string>();
  const item = request.kind === "put" ? checkedPut(table, request.item) : undefined;
  const key = item ? table.keyOf(item) : checkedKey(table, request.item);
  const before = table.get(key);
  const { condition: text, update } = request;
  const condition = text === undefined ? undefined : parseCondition(text, "ConditionExpression", request, used);
  if (condition && !holds(condition, before ?? {})) {
    // An update that its condition stops is still read: its placeholders count as used.
    if (update !== undefined) parseUpdate(update, request, used);
    refuseUnused(request, used);
    const members = request.returnOnFailure && before ? { Item: before } : {};
    throw new AwsError("ConditionalCheckFailedException", "The conditional request failed", { members });
  }
  let after = before;
  if (item) after = item;
  else if (request.kind === "delete") after = undefined;
  else if (request.kind === "update")
    after = update === undefined ? (before ?? key) : updated(key, before, update, request, used);
  refuseUnused(request, used);
  return { key, before, after };
}
