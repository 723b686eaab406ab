import { Failure } from "../../base/failure.ts";
import type { FactReader, FactSource } from "../fact.ts";
import { NESSIE_BOX_MS } from "../fact-desk.ts";
import { namesOf, nessieDefinitions, nessieService } from "../nessie/service-facts.ts";
import { METRIC_OPERATIONS, type Metric, readMetrics, type Series } from "../sources/metrics.ts";
import { answeringNessie, BRANCH } from "../tables/catalog-facts.ts";

/** Settings of Nessie's server (Nessie 0.99 server configuration, version store), as environment variables of its container. */
const PREFIX_VARIABLE = "NESSIE_VERSION_STORE_PERSIST_DYNAMODB_TABLE_PREFIX";
const REPOSITORY_VARIABLE = "NESSIE_VERSION_STORE_PERSIST_REPOSITORY_ID";

/** The two tables that Nessie opens, and how its keys begin. */
export interface StoreNames {
  refs: string;
  objs: string;
  /** Keys begin with the repository's id and a colon. */
  keyPrefix: string;
}

export const storeNames: FactSource<StoreNames> = {
  id: "nessie-store-names",
  title: "which DynamoDB tables Nessie opens",
  operations: [],
  async fetch(reader) {
    const { container } = namesOf(reader);
    const [service, definitions] = await Promise.all([reader.need(nessieService), reader.need(nessieDefinitions)]);
    const definition = definitions.get(service.taskDefinition);
    const variables = definition?.containers.find(({ name }) => name === container)?.environment ?? {};
    const prefix = variables[PREFIX_VARIABLE];
    const start = prefix === undefined || prefix === "" ? "" : `${prefix}_`;
    return { refs: `${start}refs`, objs: `${start}objs`, keyPrefix: `${variables[REPOSITORY_VARIABLE] ?? ""}:` };
  },
};

/** What Nessie says when it is asked for the newest commit of main. */
export type StoreAnswer = { answer: "commit"; hash: string } | { answer: "error"; text: string };

export const storeAnswer: FactSource<StoreAnswer> = {
  id: "nessie-store-answer",
  title: "the history of main",
  operations: ["nessie:GetHistory"],
  boxMs: NESSIE_BOX_MS,
  async fetch(reader) {
    const Endpoint = await reader.need(answeringNessie);
    try {
      const output = await reader.call("nessie", "GetHistory", { Endpoint, Reference: BRANCH, MaxRecords: 1 });
      return { answer: "commit", hash: output.logEntries[0]?.commitMeta.hash ?? "" };
    } catch (error) {
      // An error of Nessie's own is the answer; that nobody answered is none.
      const own = error instanceof Failure && (error.kind === "invalid" || error.kind === "not-found");
      if (!own) throw error;
      return { answer: "error", text: error.detail.why };
    }
  },
};

/** What the items of the two tables say of main. */
export interface StoreItems {
  refs: "ok" | "no-table" | "no-item";
  /** Hash to which the reference points, hexadecimal. */
  head?: string;
  objs: "ok" | "no-table" | "no-item" | "not-asked";
}

/** The reference main and the object that it points to, read as Nessie reads them. */
export const storeItems: FactSource<StoreItems> = {
  id: "nessie-store-items",
  title: "the items behind Nessie's branch main",
  operations: ["dynamodb:GetItem"],
  async fetch(reader) {
    const { refs, objs, keyPrefix } = await reader.need(storeNames);
    const reference = await readItem(reader, refs, `${keyPrefix}refs/heads/${BRANCH}`);
    if (reference === "no-table") return { refs: "no-table", objs: await tableOf(reader, objs) };
    const pointer = reference?.p?.B;
    if (!reference || !pointer || reference.d?.BOOL === true)
      return { refs: "no-item", objs: await tableOf(reader, objs) };
    const head = Buffer.from(pointer).toString("hex");
    const object = await readItem(reader, objs, `${keyPrefix}${head}`);
    return { refs: "ok", head, objs: object === "no-table" ? "no-table" : object ? "ok" : "no-item" };
  },
};

async function readItem(reader: FactReader, TableName: string, key: string) {
  try {
    const { Item } = await reader.call("dynamodb", "GetItem", {
      TableName,
      Key: { k: { S: key } },
      ConsistentRead: true,
    });
    return Item;
  } catch (error) {
    if (error instanceof Failure && error.kind === "not-found") return "no-table";
    throw error;
  }
}

/** Whether a table is there, asked by a key that no item has. */
async function tableOf(reader: FactReader, table: string): Promise<"no-table" | "not-asked"> {
  return (await readItem(reader, table, "mayday")) === "no-table" ? "no-table" : "not-asked";
}

/** Batch writes on the two tables by minute: Nessie itself writes single items. */
export const batchWrites: FactSource<{ refs: Series; objs: Series }> = {
  id: "nessie-batch-writes",
  title: "batch writes on Nessie's tables",
  operations: METRIC_OPERATIONS,
  async fetch(reader) {
    const { refs, objs } = await reader.need(storeNames);
    const metric = (table: string): Metric => ({
      namespace: "AWS/DynamoDB",
      name: "SuccessfulRequestLatency",
      dimensions: { TableName: table, Operation: "BatchWriteItem" },
      // How many answers the latency is of: how many requests there were.
      stat: "SampleCount",
    });
    const { fromMs, toMs } = reader.window;
    return readMetrics(reader, { refs: metric(refs), objs: metric(objs) }, fromMs, toMs);
  },
};
