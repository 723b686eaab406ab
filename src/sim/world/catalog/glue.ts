import { AwsError } from "../../wire/aws-error.ts";
import type { Requirement } from "../authorization/requirement.ts";
import { currentVersion, type TableInput } from "../glue/catalog.ts";
import { glueColumns } from "../iceberg/glue-columns.ts";
import { currentSchema } from "../iceberg/metadata.ts";
import type { IcebergTable } from "../iceberg/table.ts";
import type { PastCommit } from "../iceberg/template-tables.ts";
import { arn } from "../names.ts";
import type { World } from "../world.ts";
import type { CatalogCommit, TableCatalog } from "./catalog.ts";
import { CallRefused, type Workload } from "./workload.ts";

/** Glue as the catalog: a table's parameters name its metadata file, and every change of the schema is a version. */
export class GlueTableCatalog implements TableCatalog {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  fill(history: readonly PastCommit[]): void {
    const { glue, names } = this.#world;
    const session = (role: string) => `arn:aws:sts::${names.accountId}:assumed-role/${role}`;
    for (const { table, atMs, metadataLocation, snapshot } of history) {
      const input = tableInput(table, metadataLocation, undefined);
      if (!snapshot) glue.createTable(names.glueDatabase, input, session("terraform/ci"), atMs);
      else {
        const by = session(`${names.prefix}-dagster-task/history`);
        glue.updateTable(names.glueDatabase, input, by, { skipArchive: true, atMs });
      }
    }
  }

  peek(table: string): string | undefined {
    const { glue, names } = this.#world;
    const found = glue.databases.get(names.glueDatabase)?.tables.get(table);
    return found && currentVersion(found).input.parameters.metadata_location;
  }

  locate(caller: Workload, table: string): string {
    caller.require("glue", "GetTable", this.#requirements("glue:GetTable", table));
    this.#requireGrant(caller, "GetTable", table, "DESCRIBE");
    const location = this.peek(table);
    if (location === undefined) throw new CallRefused("GetTable", "EntityNotFoundException", "Entity Not Found");
    return location;
  }

  commit(caller: Workload, { table, staged }: CatalogCommit): void {
    const { glue, names } = this.#world;
    const input = tableInput(table, staged.metadataLocation, this.peek(table.name));
    input.columns = glueColumns(currentSchema(staged.state));
    const request = { DatabaseName: names.glueDatabase, TableInput: wireInput(input), SkipArchive: !!staged.snapshot };
    try {
      caller.require("glue", "UpdateTable", this.#requirements("glue:UpdateTable", table.name));
      this.#requireGrant(caller, "UpdateTable", table.name, "ALTER");
      glue.updateTable(names.glueDatabase, input, caller.identity.principal.arn, { skipArchive: request.SkipArchive });
    } catch (error) {
      const refused =
        error instanceof AwsError ? new CallRefused("UpdateTable", error.code, error.message) : (error as Error);
      if (refused instanceof CallRefused) caller.recordMutation("glue", "UpdateTable", request, refused);
      throw refused;
    }
    caller.recordMutation("glue", "UpdateTable", request);
  }

  #requirements(action: string, table: string): Requirement[] {
    const { names } = this.#world;
    const database = names.glueDatabase;
    const resources = ["catalog", `database/${database}`, `table/${database}/${table}`];
    return resources.map((resource) => ({ action, resource: arn(names, "glue", resource) }));
  }

  #requireGrant(caller: Workload, operation: string, table: string, permission: "DESCRIBE" | "ALTER"): void {
    const { lakeFormation, names } = this.#world;
    const { roleArn = "" } = caller.identity.principal;
    if (lakeFormation.permits(roleArn, names.glueDatabase, table, permission)) return;
    const spelled = permission === "ALTER" ? "Alter" : "Describe";
    const reason = `Insufficient Lake Formation permission(s): Required ${spelled} on ${table}`;
    throw new CallRefused(operation, "AccessDeniedException", reason);
  }
}

/** The table as writers of Iceberg tell Glue of it. */
function tableInput(table: IcebergTable, metadataLocation: string, previous: string | undefined): TableInput {
  return {
    name: table.name,
    tableType: "EXTERNAL_TABLE",
    columns: glueColumns(table.schema),
    location: `s3://${table.bucket.name}/${table.prefix}`,
    parameters: {
      table_type: "ICEBERG",
      metadata_location: metadataLocation,
      ...(previous !== undefined && { previous_metadata_location: previous }),
    },
  };
}

/** The input in the form of the API, for the event history. */
function wireInput({ name, tableType, columns, location, parameters }: TableInput): object {
  const Columns = columns.map((column) => ({ Name: column.name, Type: column.type }));
  return {
    Name: name,
    TableType: tableType,
    Parameters: parameters,
    StorageDescriptor: { Columns, Location: location },
  };
}
