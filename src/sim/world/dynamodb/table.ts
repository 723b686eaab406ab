import { hashText } from "../random.ts";
import { compareValues, type Item, itemBytes, type Value, valueKey } from "./value.ts";

export interface KeySchema {
  hash: string;
  range?: string;
  /** Types of the key attributes: S, N or B. */
  types: Record<string, "S" | "N" | "B">;
}

/** One state of a row; undefined: not there. */
interface Version {
  atMs: number;
  item: Item | undefined;
}

/** A place in the table for one key, with what was in it. */
export interface Row {
  /** 32 bits of the partition key: its place among all partitions. */
  hash: number;
  key: Item;
  text: string;
  item: Item | undefined;
  /** Oldest first. */
  versions: Version[];
}

/** Point-in-time recovery reaches back 35 days at most (DynamoDB developer guide). */
export const RECOVERY_DAYS = 35;
const DAY_MS = 86_400_000;

export interface TableIdentity {
  name: string;
  arn: string;
  id: string;
  keySchema: KeySchema;
  createdAtMs: number;
}

export interface Recovery {
  enabledAtMs: number;
  /** 1 to 35. */
  days: number;
}

/** A table: its settings, and its items with their history of 35 days. Item times never go back. */
export class Table {
  readonly identity: TableIdentity;
  status: "CREATING" | "ACTIVE" | "UPDATING" | "DELETING" = "ACTIVE";
  billingMode: "PAY_PER_REQUEST" | "PROVISIONED" = "PAY_PER_REQUEST";
  /** Capacity units of a provisioned table. */
  throughput = { read: 0, write: 0 };
  /** Request units a second that an on-demand table may not exceed; undefined: no maximum of its own. */
  maximum: { read?: number | undefined; write?: number | undefined } = {};
  deletionProtection = false;
  tags = new Map<string, string>();
  /** Point-in-time recovery; undefined: disabled. */
  recovery: Recovery | undefined;
  timeToLiveAttribute: string | undefined;
  /** Where a restored table came from. */
  restored: { sourceArn: string; restoreAtMs: number; inProgress: boolean } | undefined;
  readonly #rows = new Map<string, Row>();
  #ordered: Row[] | undefined;
  #bytes = 0;
  #count = 0;

  constructor(identity: TableIdentity) {
    this.identity = identity;
  }

  get name(): string {
    return this.identity.name;
  }

  get keySchema(): KeySchema {
    return this.identity.keySchema;
  }

  get itemCount(): number {
    return this.#count;
  }

  /** Bytes of all items. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The key attributes of an item. */
  keyOf(item: Item): Item {
    const { hash, range } = this.keySchema;
    return Object.fromEntries((range === undefined ? [hash] : [hash, range]).map((name) => [name, item[name]!]));
  }

  get(key: Item): Item | undefined {
    return this.#rows.get(this.#text(key))?.item;
  }

  /** Puts an item in place of what has its key, or takes that away with `undefined`. @param atMs virtual time. */
  set(key: Item, item: Item | undefined, atMs: number): void {
    const row = this.#row(key);
    if (row.item === undefined && item === undefined) return;
    this.#count += (item ? 1 : 0) - (row.item ? 1 : 0);
    this.#bytes += (item ? itemBytes(item) : 0) - (row.item ? itemBytes(row.item) : 0);
    if ((row.item === undefined) !== (item === undefined)) this.#ordered = undefined;
    row.item = item;
    row.versions.push({ atMs, item });
    const keptFromMs = atMs - RECOVERY_DAYS * DAY_MS;
    while (row.versions[1] && row.versions[1].atMs <= keptFromMs) row.versions.shift();
  }

  put(item: Item, atMs: number): void {
    this.set(this.keyOf(item), item, atMs);
  }

  /** The items as they were at a time. */
  itemsAt(atMs: number): Item[] {
    const then = [...this.#rows.values()].map(
      ({ versions }) => versions.findLast((version) => version.atMs <= atMs)?.item,
    );
    return then.filter((item) => item !== undefined);
  }

  /** Rows with an item in the order of a Scan: by partition, then by sort key. */
  rows(): readonly Row[] {
    this.#ordered ??= [...this.#rows.values()]
      .filter((row) => row.item !== undefined)
      .sort((a, b) => this.compare(a, b));
    return this.#ordered;
  }

  /** Order of two places in a Scan. */
  compare(a: Pick<Row, "hash" | "key" | "text">, b: Pick<Row, "hash" | "key" | "text">): number {
    if (a.hash !== b.hash) return a.hash - b.hash;
    const { hash, range } = this.keySchema;
    const partition = compareValues(a.key[hash]!, b.key[hash]!) ?? 0;
    if (partition !== 0 || range === undefined) return partition;
    return compareValues(a.key[range]!, b.key[range]!) ?? 0;
  }

  /** Where a key is, or would be. */
  place(key: Item): Pick<Row, "hash" | "key" | "text"> {
    return { hash: hashText(valueKey(key[this.keySchema.hash] as Value)), key, text: this.#text(key) };
  }

  #text(key: Item): string {
    const { hash, range } = this.keySchema;
    const partition = valueKey(key[hash] as Value);
    return range === undefined ? partition : `${partition}|${valueKey(key[range] as Value)}`;
  }

  #row(key: Item): Row {
    const text = this.#text(key);
    let row = this.#rows.get(text);
    if (!row) {
      row = { ...this.place(key), item: undefined, versions: [] };
      this.#rows.set(text, row);
    }
    return row;
  }
}
