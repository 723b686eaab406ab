import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { AwsCaller } from "../../aws/contract.ts";
import { Failure } from "../../base/failure.ts";
import { type JsonObject, toJson } from "../../base/json.ts";
import { sanitizeLine } from "../../base/text.ts";
import type { Deployment } from "../../config/deployment.ts";
import { chooseDatabase } from "../../iceberg/glue.ts";
import { parseTableMetadata, s3Place, type TableMetadata } from "../../iceberg/metadata.ts";

const unzip = promisify<Uint8Array, Buffer>(gunzip);

/** Where a table's catalog keeps what is current: plain JSON, for plans and jobs. */
export type CatalogPlace =
  | { catalog: "glue"; database: string; table: string }
  | { catalog: "nessie"; endpoint: string; key: string[] };

/** A table as its catalog has it. */
export interface CatalogEntry {
  place: CatalogPlace;
  metadataLocation: string;
  /** Glue's table, or Nessie's content, as it was given. */
  raw: JsonObject;
}

export interface Reading {
  aws: AwsCaller;
  signal?: AbortSignal;
}

export const TABLE_READS = [
  "glue:GetDatabases",
  "glue:GetTable",
  "nessie:GetContent",
  "elbv2:DescribeLoadBalancers",
  "elbv2:DescribeListeners",
  "s3:GetObject",
];

const calling = ({ signal }: Reading) => ({ purpose: "action" as const, ...(signal ? { signal } : {}) });

/** @param name `lakehouse.orders`. @throws Failure where the catalog has no such table. */
export async function catalogEntry(reading: Reading, deployment: Deployment, name: string): Promise<CatalogEntry> {
  const key = name.split(".");
  const table = key.at(-1) ?? "";
  if (key.length < 2 || key.some((part) => part === "")) {
    throw new Failure({
      kind: "invalid",
      what: `table ${sanitizeLine(name)}`,
      why: "it is not namespace.table",
      next: "Give it as lakehouse.orders.",
    });
  }
  const place: CatalogPlace =
    deployment.catalogType === "glue"
      ? { catalog: "glue", database: await databaseOf(reading, deployment), table }
      : { catalog: "nessie", endpoint: await nessieEndpoint(reading, deployment), key };
  return readEntry(reading, place);
}

/** What the catalog has at this place now. */
export async function readEntry(reading: Reading, place: CatalogPlace): Promise<CatalogEntry> {
  if (place.catalog === "glue") {
    const { output } = await reading.aws.call(
      "glue",
      "GetTable",
      { DatabaseName: place.database, Name: place.table },
      calling(reading),
    );
    const raw = toJson(output.Table) as JsonObject;
    const parameters = (raw.Parameters ?? {}) as Record<string, string>;
    return { place, metadataLocation: parameters.metadata_location ?? "", raw };
  }
  const { endpoint, key } = place;
  const input = { Endpoint: endpoint, Reference: "main", Key: key };
  const { output } = await reading.aws.call("nessie", "GetContent", input, calling(reading));
  const raw = toJson(output.content) as JsonObject;
  return { place, metadataLocation: String(raw.metadataLocation ?? ""), raw };
}

async function databaseOf(reading: Reading, deployment: Deployment): Promise<string> {
  const { project, environment, buckets } = deployment;
  const databases: { name: string; location: string }[] = [];
  let NextToken: string | undefined;
  do {
    const paging = NextToken === undefined ? {} : { NextToken };
    const { output } = await reading.aws.call("glue", "GetDatabases", paging, calling(reading));
    for (const { Name = "", LocationUri = "" } of output.DatabaseList ?? [])
      databases.push({ name: Name, location: LocationUri });
    NextToken = output.NextToken;
  } while (NextToken !== undefined);
  const database = chooseDatabase(databases, { project, environment, bucket: buckets.lakehouse });
  if (database !== undefined) return database;
  throw new Failure({
    kind: "not-found",
    what: "the Glue database",
    why: `none of ${databases.length} databases is called ${project}_${environment} or lies in bucket ${buckets.lakehouse}`,
    next: "Check project, environment, region and account (mayday config).",
  });
}

/** Base of Nessie's REST API: the setting, else the load balancer's DNS name. */
export async function nessieEndpoint(reading: Reading, { nessie }: Deployment): Promise<string> {
  if (nessie?.endpoint !== undefined) return nessie.endpoint.replace(/\/+$/, "");
  const names = { Names: [nessie?.loadBalancer ?? ""] };
  const { output } = await reading.aws.call("elbv2", "DescribeLoadBalancers", names, calling(reading));
  const [balancer] = output.LoadBalancers ?? [];
  const LoadBalancerArn = balancer?.LoadBalancerArn ?? "";
  const open = await reading.aws.call("elbv2", "DescribeListeners", { LoadBalancerArn }, calling(reading));
  const secure = (open.output.Listeners ?? []).some(({ Protocol }) => Protocol === "HTTPS");
  return `${secure ? "https" : "http"}://${balancer?.DNSName}/api/v2`;
}

/** Reads a metadata file. @throws Failure where it is not there, cannot be read, or is none. */
export async function readMetadataFile(reading: Reading, path: string): Promise<TableMetadata> {
  const place = s3Place(path);
  const what = `metadata file ${sanitizeLine(path)}`;
  const next = "Diagnose schema drift again (d): the table may have moved on.";
  if (!place) throw new Failure({ kind: "invalid", what, why: "it is no path of S3", next });
  const { output } = await reading.aws.call(
    "s3",
    "GetObject",
    { Bucket: place.bucket, Key: place.key },
    calling(reading),
  );
  const bytes = (await output.Body?.transformToByteArray()) ?? new Uint8Array();
  try {
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return parseTableMetadata(Buffer.from(isGzip ? await unzip(bytes) : bytes).toString("utf8"));
  } catch (error) {
    throw new Failure({ kind: "invalid", what, why: sanitizeLine((error as Error).message), next }, { cause: error });
  }
}
