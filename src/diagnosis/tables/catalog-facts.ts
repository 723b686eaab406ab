import type { OutputOf } from "../../aws/contract.ts";
import { Failure } from "../../base/failure.ts";
import { type JsonObject, toJson } from "../../base/json.ts";
import type { FactReader, FactSource } from "../fact.ts";
import { NESSIE_BOX_MS } from "../fact-desk.ts";
import { listeners, loadBalancer } from "../nessie/network-facts.ts";
import { glueDatabase } from "../sources/glue-database.ts";

export type NessieEntry = OutputOf<"nessie", "GetEntries">["entries"][number];
export type NessieLogEntry = OutputOf<"nessie", "GetHistory">["logEntries"][number];

/** The branch that readers and writers of the lakehouse use (Nessie's default branch). */
export const BRANCH = "main";

/** A table as the catalog in use knows it. */
export interface CatalogTable {
  /** `lakehouse.orders` */
  name: string;
  namespace: string;
  table: string;
  /** `s3://...metadata.json`, or a folder where the table was registered and never written. */
  metadataLocation: string;
  catalog: "glue" | "nessie";
  /** Of Glue: the table's version, for a conditional change. */
  version?: string;
}

/** Base of Nessie's REST API: the setting, else the load balancer's DNS name. */
export const nessieEndpoint: FactSource<string> = {
  id: "nessie-endpoint",
  title: "the address of Nessie's REST API",
  operations: [],
  async fetch(reader) {
    const { nessie } = reader.deployment;
    if (!nessie) return reader.absent("this lakehouse has no Nessie: its catalog is Glue");
    if (nessie.endpoint !== undefined) return nessie.endpoint.replace(/\/+$/, "");
    const [{ dnsName }, open] = await Promise.all([reader.need(loadBalancer), reader.fact(listeners)]);
    const secure = open.status === "known" && open.value.some(({ protocol }) => protocol === "HTTPS");
    return `${secure ? "https" : "http"}://${dnsName}/api/v2`;
  },
};

/**
 * The same where somebody answers there, asked by one quick question: behind a closed security group everything else would wait for its
 * time-out. An error of Nessie's own is an answer.
 */
export const answeringNessie: FactSource<string> = {
  id: "nessie-rest-api",
  title: "Nessie's REST API",
  operations: ["nessie:GetReference"],
  async fetch(reader) {
    const Endpoint = await reader.need(nessieEndpoint);
    await reader.call("nessie", "GetReference", { Endpoint, Reference: BRANCH }).catch((error: unknown) => {
      const own = error instanceof Failure && (error.kind === "invalid" || error.kind === "not-found");
      if (!own) throw error;
    });
    return Endpoint;
  },
};

/** Pages of a listing that are read at most, 250 entries each. */
const PAGES = 20;

/** What each key of the branch main stands for now. */
export const nessieEntries: FactSource<NessieEntry[]> = {
  id: "nessie-entries",
  title: "the tables on Nessie's branch main",
  operations: ["nessie:GetEntries"],
  boxMs: NESSIE_BOX_MS,
  async fetch(reader) {
    const Endpoint = await reader.need(answeringNessie);
    const found: NessieEntry[] = [];
    let PageToken: string | undefined;
    for (let page = 0; page < PAGES; page++) {
      const paging = PageToken === undefined ? {} : { PageToken };
      const output = await reader.call("nessie", "GetEntries", { Endpoint, Reference: BRANCH, ...paging });
      found.push(...output.entries);
      if (!output.hasMore || output.token === undefined) break;
      PageToken = output.token;
    }
    return found;
  },
};

/** Commits that are looked at, newest first: a day of appends every few minutes. */
const COMMITS = 500;
const COMMITS_A_PAGE = 250;

export interface NessieHistory {
  /** Newest first, with their operations. */
  commits: NessieLogEntry[];
  /** True: down to the first commit. */
  whole: boolean;
}

/** The newest commits of the branch main. */
export const nessieHistory: FactSource<NessieHistory> = {
  id: "nessie-history",
  title: "the commit log of Nessie's branch main",
  operations: ["nessie:GetHistory"],
  boxMs: NESSIE_BOX_MS,
  async fetch(reader) {
    const Endpoint = await reader.need(answeringNessie);
    const commits: NessieLogEntry[] = [];
    let PageToken: string | undefined;
    for (;;) {
      const paging = PageToken === undefined ? {} : { PageToken };
      const output = await reader.call("nessie", "GetHistory", {
        Endpoint,
        Reference: BRANCH,
        MaxRecords: COMMITS_A_PAGE,
        ...paging,
      });
      commits.push(...output.logEntries);
      if (!output.hasMore || output.token === undefined) return { commits, whole: true };
      if (commits.length >= COMMITS) return { commits, whole: false };
      PageToken = output.token;
    }
  },
};

/** The tables of Glue's database, as Glue gives them. */
export const glueTables: FactSource<JsonObject[]> = {
  id: "glue-tables",
  title: "the tables in Glue",
  operations: ["glue:GetTables"],
  async fetch(reader) {
    const DatabaseName = await reader.need(glueDatabase);
    const found: JsonObject[] = [];
    let NextToken: string | undefined;
    do {
      const output = await reader.call("glue", "GetTables", { DatabaseName, ...(NextToken ? { NextToken } : {}) });
      found.push(...(output.TableList ?? []).map((table) => toJson(table) as JsonObject));
      NextToken = output.NextToken;
    } while (NextToken !== undefined);
    return found;
  },
};

/** All Iceberg tables of the catalog in use. */
export const icebergTables: FactSource<CatalogTable[]> = {
  id: "iceberg-tables",
  title: "the catalog's tables",
  operations: [],
  async fetch(reader) {
    return reader.deployment.catalogType === "glue" ? ofGlue(reader) : ofNessie(reader);
  },
};

async function ofGlue(reader: FactReader): Promise<CatalogTable[]> {
  const tables = await reader.need(glueTables);
  return tables.flatMap((table): CatalogTable[] => {
    const parameters = (table.Parameters ?? {}) as Record<string, string>;
    if (parameters.table_type?.toUpperCase() !== "ICEBERG") return [];
    const storage = (table.StorageDescriptor ?? {}) as { Location?: string };
    const name = String(table.Name);
    // Glue has one level: the namespace is the folder in which the template puts the table.
    const namespace = storage.Location?.replace(/\/+$/, "").split("/").at(-2) ?? "";
    return [
      {
        name: `${namespace}.${name}`,
        namespace,
        table: name,
        metadataLocation: parameters.metadata_location ?? "",
        catalog: "glue",
        version: String(table.VersionId ?? ""),
      },
    ];
  });
}

async function ofNessie(reader: FactReader): Promise<CatalogTable[]> {
  const entries = await reader.need(nessieEntries);
  return entries.flatMap(({ name: { elements }, content }): CatalogTable[] => {
    if (content?.type !== "ICEBERG_TABLE") return [];
    return [
      {
        name: elements.join("."),
        namespace: elements.slice(0, -1).join("."),
        table: elements.at(-1) ?? "",
        metadataLocation: content.metadataLocation ?? "",
        catalog: "nessie",
      },
    ];
  });
}
