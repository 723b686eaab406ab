import { AwsError } from "../../wire/aws-error.ts";
import type { Table } from "../dynamodb/table.ts";
import type { DynamoTables } from "../dynamodb/tables.ts";
import { type Item, itemBytes } from "../dynamodb/value.ts";
import { type Commit, NessieError, NO_ANCESTOR, type Reference } from "./model.ts";

/** Where Nessie keeps things, by its `table-prefix` (Nessie 0.99 server configuration; the DynamoDB backend's table names). */
export function tableNames(prefix: string): { refs: string; objs: string } {
  const start = prefix === "" ? "" : `${prefix}_`;
  return { refs: `${start}refs`, objs: `${start}objs` };
}

const FOLDERS = { BRANCH: "refs/heads/", TAG: "refs/tags/" } as const;

/** Keys begin with the repository id, which is empty unless configured, and a colon. */
const referenceKey = ({ type, name }: Pick<Reference, "type" | "name">) => `:${FOLDERS[type]}${name}`;
const objectKey = (hash: string) => `:${hash}`;

function toReference(item: Item): Reference | undefined {
  const key = item.k?.S?.slice(1) ?? "";
  const type = key.startsWith(FOLDERS.BRANCH) ? "BRANCH" : "TAG";
  if (item.d?.BOOL || !item.p?.B) return undefined;
  return { type, name: key.slice(FOLDERS[type].length), hash: Buffer.from(item.p.B).toString("hex") };
}

/** A commit as an item of the objects table: Nessie's attribute names, its operations as JSON in the index attribute. */
function commitItem(commit: Commit): Item {
  const header = (value: string) => ({ L: [{ S: value }] });
  return {
    k: { S: objectKey(commit.hash) },
    y: { S: "c" },
    c: {
      M: {
        c: { N: String(commit.atMs * 1000) },
        q: { N: String(commit.sequence) },
        m: { S: commit.message },
        h: { M: { Author: header(commit.author), Committer: header(commit.committer) } },
        t: { L: [{ B: Buffer.from(commit.parent, "hex") }] },
        i: { B: Buffer.from(JSON.stringify(commit.operations)) },
        n: { BOOL: false },
        y: { S: "n" },
      },
    },
  };
}

function toCommit(hash: string, item: Item): Commit {
  const { c: created, q, m, h, t, i } = item.c?.M ?? {};
  const header = (name: string) => h?.M?.[name]?.L?.[0]?.S ?? "";
  return {
    hash,
    parent: Buffer.from(t?.L?.[0]?.B ?? []).toString("hex"),
    sequence: Number(q?.N),
    message: m?.S ?? "",
    author: header("Author"),
    committer: header("Committer"),
    atMs: Number(created?.N) / 1000,
    operations: JSON.parse(Buffer.from(i?.B ?? []).toString("utf8") || "[]"),
  };
}

/** Items never change, so that what was read of one holds for ever; restored tables share their items with the source. */
const READ_COMMITS = new WeakMap<Item, Commit>();

/** Gives the table for a request. @throws NessieError when it is not there or refuses. */
export type TableAccess = (name: string, operation: string, units: number) => Table;

/** Typical time of DynamoDB's answers, ms. */
const LATENCY_MS = 4;

/** Access as a running server has it: throttled and metered. */
export function meteredAccess(tables: DynamoTables): TableAccess {
  const absent = (name: string) =>
    new NessieError(500, "UNKNOWN", `Requested resource not found (Service: DynamoDb, Status Code: 400): ${name}`);
  return (name, operation, units) => {
    const table = tables.byName.get(name);
    if (!table) throw absent(name);
    try {
      tables.request(table, operation);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (error.code === "ResourceNotFoundException") throw absent(name);
      throw new NessieError(
        429,
        "TOO_MANY_REQUESTS",
        "Backend store refused to process the request: too many requests",
      );
    }
    tables.recordServed(name, operation, units, LATENCY_MS);
    return table;
  };
}

/**
 * Nessie's two DynamoDB tables: `<prefix>_refs` with an item a reference, `<prefix>_objs` with an item a commit. Every
 * access is a request that DynamoDB may refuse.
 */
export class NessiePersist {
  readonly #access: TableAccess;
  readonly #names: { refs: string; objs: string };
  readonly #nowMs: () => number;

  /** @param prefix the server's table prefix, without the underscore. @param nowMs the time of writes. */
  constructor(access: TableAccess, prefix: string, nowMs: () => number) {
    this.#access = access;
    this.#names = tableNames(prefix);
    this.#nowMs = nowMs;
  }

  /** All references by name. @throws NessieError when the table cannot be read. */
  references(): Reference[] {
    const table = this.#requested("refs", "Scan");
    const found = table.rows().flatMap(({ item }) => toReference(item!) ?? []);
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  reference(name: string): Reference | undefined {
    const table = this.#requested("refs", "GetItem");
    for (const type of ["BRANCH", "TAG"] as const) {
      const item = table.get({ k: { S: referenceKey({ type, name }) } });
      const reference = item && toReference(item);
      if (reference) return reference;
    }
    return undefined;
  }

  /** Makes a reference or moves it. */
  setReference(reference: Reference): void {
    const key = { k: { S: referenceKey(reference) } };
    const table = this.#requested("refs", "UpdateItem");
    const before = table.get(key);
    const created = before?.c ?? { N: String(this.#nowMs() * 1000) };
    table.put({ ...key, p: { B: Buffer.from(reference.hash, "hex") }, d: { BOOL: false }, c: created }, this.#nowMs());
  }

  deleteReference(reference: Reference): void {
    this.#requested("refs", "DeleteItem").set({ k: { S: referenceKey(reference) } }, undefined, this.#nowMs());
  }

  /** A commit, undefined when the table has none of this hash. */
  commit(hash: string): Commit | undefined {
    return this.#read(this.#requested("objs", "GetItem"), hash);
  }

  /**
   * A commit and its predecessors, newest first, read as they are asked for.
   * @throws NessieError (500) where one is missing: the store is damaged.
   */
  *ancestry(hash: string): Generator<Commit> {
    const table = this.#requested("objs", "BatchGetItem");
    for (let next = hash; next !== NO_ANCESTOR; ) {
      const commit = this.#read(table, next);
      if (!commit) throw new NessieError(500, "UNKNOWN", `ObjNotFoundException: Object with ID ${next} not found`);
      yield commit;
      next = commit.parent;
    }
  }

  storeCommit(commit: Commit): void {
    const item = commitItem(commit);
    READ_COMMITS.set(item, commit);
    this.#requested("objs", "PutItem", Math.ceil(itemBytes(item) / 1024)).put(item, this.#nowMs());
  }

  #read(table: Table, hash: string): Commit | undefined {
    const item = table.get({ k: { S: objectKey(hash) } });
    if (!item) return undefined;
    let commit = READ_COMMITS.get(item);
    if (!commit) {
      commit = toCommit(hash, item);
      READ_COMMITS.set(item, commit);
    }
    return commit;
  }

  #requested(kind: "refs" | "objs", operation: string, units = 1): Table {
    return this.#access(this.#names[kind], operation, units);
  }
}
