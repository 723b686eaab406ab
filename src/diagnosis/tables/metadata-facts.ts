import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { Failure } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import { parseTableMetadata, s3Place, type TableMetadata } from "../../iceberg/metadata.ts";
import type { FactReader, FactSource } from "../fact.ts";
import { type CatalogTable, icebergTables } from "./catalog-facts.ts";
import { tableTemplates } from "./template-facts.ts";

/** A table's current metadata file, as far as it could be read. */
export type LiveTable = Pick<CatalogTable, "name" | "namespace" | "table" | "metadataLocation"> & {
  /** Which catalog says that this file is the current one; `s3`: none could, it is the newest under the table's folder. */
  catalog: CatalogTable["catalog"] | "s3";
  version?: string;
} & (
    | { status: "read"; metadata: TableMetadata }
    /** The catalog names a file that is not there. */
    | { status: "missing" }
    /** It was registered and never written. */
    | { status: "empty" }
    | { status: "unreadable"; reason: string }
  );

const unzip = promisify<Uint8Array, Buffer>(gunzip);
/** Tables whose metadata files are read at most. */
const MOST = 200;

/** The metadata of each table of the catalog, read from S3. */
export const liveTables: FactSource<LiveTable[]> = {
  id: "live-tables",
  title: "the tables' current metadata in S3",
  operations: ["s3:GetObject", "s3:ListObjectsV2"],
  async fetch(reader) {
    const tables = await reader.fact(icebergTables);
    if (tables.status === "known")
      return Promise.all(tables.value.slice(0, MOST).map((table) => liveTable(reader, table)));
    // The catalog does not answer: the newest metadata file of each template's table is what was current last.
    const { templates } = await reader.need(tableTemplates);
    if (tables.status === "absent") return [];
    return Promise.all(
      templates.map(async ({ namespace, name }) => {
        const folder = `s3://${reader.deployment.buckets.lakehouse}/${namespace}/${name}/metadata/`;
        const table = { name: `${namespace}.${name}`, namespace, table: name, catalog: "s3" as const };
        const newest = await newestMetadata(reader, folder);
        if (newest === undefined) return { ...table, metadataLocation: folder, status: "missing" as const };
        return { ...table, metadataLocation: newest, ...(await readMetadata(reader, newest)) };
      }),
    );
  },
};

async function liveTable(reader: FactReader, table: CatalogTable): Promise<LiveTable> {
  const { metadataLocation } = table;
  if (metadataLocation.endsWith("/") || metadataLocation === "") {
    // The template registers tables with their folder: until somebody writes there is no file.
    const newest = metadataLocation === "" ? undefined : await newestMetadata(reader, metadataLocation);
    if (newest === undefined) return { ...table, status: "empty" };
    return { ...table, metadataLocation: newest, catalog: "s3", ...(await readMetadata(reader, newest)) };
  }
  return { ...table, ...(await readMetadata(reader, metadataLocation)) };
}

type Reading =
  | { status: "read"; metadata: TableMetadata }
  | { status: "missing" }
  | { status: "unreadable"; reason: string };

/** Reads and parses a metadata file. Rejects with a Failure where S3 does not let it be read. */
export async function readMetadata(reader: FactReader, path: string): Promise<Reading> {
  const place = s3Place(path);
  if (!place) return { status: "unreadable", reason: `${sanitizeLine(path)} is no path of S3` };
  try {
    const { Body } = await reader.call("s3", "GetObject", { Bucket: place.bucket, Key: place.key });
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
    return { status: "read", metadata: parseTableMetadata(await textOf(bytes)) };
  } catch (error) {
    if (error instanceof Failure && error.kind === "not-found") return { status: "missing" };
    if (error instanceof Failure) throw error;
    return { status: "unreadable", reason: sanitizeLine(error instanceof Error ? error.message : String(error)) };
  }
}

/** Iceberg may compress its metadata files (write.metadata.compression-codec). */
async function textOf(bytes: Uint8Array): Promise<string> {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return Buffer.from(isGzip ? await unzip(bytes) : bytes).toString("utf8");
}

/** The metadata file of a folder that was written last; undefined: there is none. */
async function newestMetadata(reader: FactReader, folder: string): Promise<string | undefined> {
  const place = s3Place(folder);
  if (!place) return undefined;
  let newest: { key: string; atMs: number } | undefined;
  let ContinuationToken: string | undefined;
  do {
    const output = await reader.call("s3", "ListObjectsV2", {
      Bucket: place.bucket,
      Prefix: place.key,
      ...(ContinuationToken ? { ContinuationToken } : {}),
    });
    for (const { Key = "", LastModified } of output.Contents ?? []) {
      const atMs = LastModified?.getTime() ?? 0;
      if (Key.endsWith(".metadata.json") && (!newest || atMs >= newest.atMs)) newest = { key: Key, atMs };
    }
    ContinuationToken = output.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return newest && `s3://${place.bucket}/${newest.key}`;
}
