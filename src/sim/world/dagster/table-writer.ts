import type { CatalogCommit } from "../catalog/catalog.ts";
import { keyOf } from "../catalog/catalog.ts";
import { type UploadHeaders, Workload } from "../catalog/workload.ts";
import type { IcebergTable, NewColumns, NewDataFile, ObjectWriter, StagedCommit } from "../iceberg/table.ts";
import type { World } from "../world.ts";
import type { ProgramProcess } from "./process.ts";
import { DamagedMetadata } from "./tracebacks.ts";

/** fsspec's configuration of its S3 file system by environment (fsspec documentation, configuration). */
export const FILE_SYSTEM_VARIABLE = "FSSPEC_S3";
/**
 * With it each upload asks for KMS, as the bucket policy demands.
 * @param key ARN of a KMS key of one's own: without a key's name S3 takes the account's (S3 API reference, PutObject).
 */
export function encryptingFileSystem(key: string | undefined): string {
  const headers: UploadHeaders = {
    ServerSideEncryption: "aws:kms",
    ...(key === undefined ? {} : { SSEKMSKeyId: key }),
  };
  return JSON.stringify({ s3_additional_kwargs: headers });
}

/** The headers that a task's uploads carry, by its environment. */
function uploadHeadersOf(task: ProgramProcess): UploadHeaders {
  const { environment } = task.definition.container;
  const text = environment.find(({ name }) => name === FILE_SYSTEM_VARIABLE)?.value;
  if (text === undefined) return {};
  try {
    return JSON.parse(text)?.s3_additional_kwargs ?? {};
  } catch {
    // fsspec ignores a configuration that it cannot read.
    return {};
  }
}

/** What PyIceberg's calls say of themselves. */
export const PYTHON_AGENT = "Boto3/1.35.36 md/Botocore#1.35.36 ua/2.0 os/linux lang/python#3.11.10";

/** A writer in one of Dagster's processes, with the permissions of its role. */
export function writerOf(world: World, task: ProgramProcess): TableWriter {
  const role = task.definition.taskRoleArn.split("/").pop() ?? "";
  const principal = world.principals.roleSession(role, task.id, "ASIASIMULATEDDAGSTER");
  const { privateIp: ip, subnetId } = task.network;
  const caller = new Workload(world, { principal, ip, subnetId, userAgent: PYTHON_AGENT });
  return new TableWriter(world, caller, uploadHeadersOf(task));
}

/** A process that reads and writes tables as PyIceberg does, with the permissions of whoever runs it. */
export class TableWriter {
  readonly caller: Workload;
  readonly #world: World;
  readonly #headers: UploadHeaders;

  /** @param headers of encryption that its uploads carry. */
  constructor(world: World, caller: Workload, headers: UploadHeaders) {
    this.#world = world;
    this.caller = caller;
    this.#headers = headers;
  }

  /**
   * Asks the catalog for the table and reads its metadata file.
   * @throws CallRefused, NessieFailure, DamagedMetadata.
   */
  load(name: string): IcebergTable {
    const { catalog, storage } = this.#world;
    const table = storage.tables.get(name);
    if (!table) throw new Error(`no table ${name}`);
    const key = keyOf(catalog.locate(this.caller, name));
    const text = this.caller.getObject(storage.lakehouse, key);
    try {
      table.load(key, text);
    } catch (error) {
      throw new DamagedMetadata(`Cannot use ${key}: ${(error as Error).message}`);
    }
    return table;
  }

  /** Appends files and commits. @throws as load does. */
  append(name: string, files: readonly NewDataFile[], by: Pick<CatalogCommit, "message" | "author">): void {
    const table = this.load(name);
    this.#commit(table, table.stageAppend(files, this.#world.kernel.nowMs, this.#writer()), by);
  }

  /** Changes the columns and commits. @throws as load does. */
  changeSchema(name: string, columns: NewColumns, by: Pick<CatalogCommit, "message" | "author">): void {
    const table = this.load(name);
    this.#commit(table, table.stageSchema(columns, this.#world.kernel.nowMs, this.#writer()), by);
  }

  #commit(table: IcebergTable, staged: StagedCommit, by: Pick<CatalogCommit, "message" | "author">): void {
    this.#world.catalog.commit(this.caller, { table, staged, ...by });
    table.apply(staged);
  }

  #writer(): ObjectWriter {
    const { lakehouse } = this.#world.storage;
    return (key, content) => this.caller.putObject(lakehouse, key, content, this.#headers);
  }
}
